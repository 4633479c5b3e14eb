import { expect } from 'chai';
import { Recent } from '../lib/recent.ts';

describe('what was asked for recently', () => {
  it('is kept up to its bound, the one that was not asked for the longest time goes first', () => {
    const recent = new Recent<string, number>(2);
    recent.set('a', 1);
    recent.set('b', 2);
    recent.get('a');

    recent.set('c', 3);

    expect(['a', 'b', 'c'].map((key) => recent.get(key))).to.deep.equal([1, undefined, 3]);
    expect(recent.size).to.equal(2);
  });

  it('tells its newest keys, the last first', () => {
    const recent = new Recent<string, number>(5);
    for (const key of ['a', 'b', 'c']) recent.set(key, 1);
    recent.get('a');

    expect(recent.newestKeys(2)).to.deep.equal(['a', 'c']);
  });

  it('replaces a value without forgetting another', () => {
    const recent = new Recent<string, number>(2);
    for (const [key, value] of [
      ['a', 1],
      ['b', 2],
      ['b', 3],
    ] as const)
      recent.set(key, value);

    expect([recent.get('a'), recent.get('b')]).to.deep.equal([1, 3]);
  });
});
