import { expect } from 'chai';
import { namesOf } from '../lib/names-of.ts';

describe('namesOf', () => {
  it('gives the names of a table in its order', () => {
    const names: ('second' | 'first')[] = namesOf({ second: 2, first: 1 });

    expect(names).to.deep.equal(['second', 'first']);
  });
});
