import { expect } from 'chai';
import { Buckets } from '../../../lib/server/metrics/buckets.ts';

describe('Buckets', () => {
  it('counts a value in the first bucket that reaches it, and in all above', () => {
    const buckets = new Buckets([1, 5, 10]);
    for (const value of [0, 1, 1.5, 5, 11]) buckets.observe(value);

    expect(buckets.lines()).to.deep.equal([
      { part: 'bucket', le: 1, value: 2 },
      { part: 'bucket', le: 5, value: 4 },
      { part: 'bucket', le: 10, value: 4 },
      { part: 'bucket', le: '+Inf', value: 5 },
      { part: 'sum', value: 18.5 },
      { part: 'count', value: 5 },
    ]);
  });
});
