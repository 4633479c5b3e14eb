import { expect } from 'chai';
import fc from 'fast-check';
import { quantileOf } from '../../../lib/engine/times/quantiles.ts';
import { BUCKETS, boundsOf, bucketOf } from '../../../lib/engine/times/time-buckets.ts';

const LONGEST_MS = 2 ** 32 - 1;
const time = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.double({ min: 0, max: LONGEST_MS, noNaN: true }),
);

describe('the buckets of times', () => {
  it('lie one behind the other, from 0 on, each an eighth wide at most', () => {
    expect(boundsOf(0).fromMs).to.equal(0);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const { fromMs, toMs } = boundsOf(bucket);
      expect(toMs).to.equal(boundsOf(bucket + 1).fromMs);
      expect(toMs - fromMs).to.be.at.most(Math.max(1, fromMs / 8));
      expect([bucketOf(fromMs), bucketOf(toMs - 0.001)]).to.deep.equal([bucket, bucket]);
    }
  });

  it('have every time within the bounds of its own', () => {
    fc.assert(
      fc.property(time, (ms) => {
        const { fromMs, toMs } = boundsOf(bucketOf(ms));
        expect(ms).to.be.within(fromMs, toMs);
      }),
    );
  });

  it('have what is no time in the first, and what is longer than any in the last', () => {
    for (const ms of [Number.NaN, -1, Number.NEGATIVE_INFINITY, 0]) expect(bucketOf(ms)).to.equal(0);
    for (const ms of [LONGEST_MS, 2 ** 40, Number.POSITIVE_INFINITY, Number.MAX_VALUE])
      expect(bucketOf(ms)).to.equal(BUCKETS - 1);
  });
});

describe('quantileOf', () => {
  const histogramOf = (times: readonly number[]): Uint32Array => {
    const buckets = new Uint32Array(BUCKETS);
    for (const ms of times) buckets[bucketOf(ms)] = (buckets[bucketOf(ms)] ?? 0) + 1;
    return buckets;
  };

  it('knows none where nothing was timed', () => {
    expect(quantileOf(new Uint32Array(BUCKETS), 0.5)).to.equal(null);
  });

  it('is off from that of all times by less than the width of their bucket', () => {
    const part = fc.oneof(fc.constantFrom(0, 0.5, 0.95, 0.99, 1), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 300 }), part, (times, wanted) => {
        const sorted = [...times].sort((one, other) => one - other);
        const exact = sorted[Math.max(0, Math.ceil(wanted * sorted.length) - 1)] ?? Number.NaN;
        const { fromMs, toMs } = boundsOf(bucketOf(exact));
        const found = quantileOf(histogramOf(times), wanted) ?? Number.NaN;
        expect(found).to.be.within(fromMs, toMs);
        expect(Math.abs(found - exact)).to.be.at.most(Math.max(1, exact / 8));
      }),
      { numRuns: 500 },
    );
  });

  it('is that of all where histograms are added up, in whichever order', () => {
    fc.assert(
      fc.property(fc.array(fc.array(time), { maxLength: 8 }), (parts) => {
        const sum = new Uint32Array(BUCKETS);
        for (const one of parts.toReversed())
          for (const [at, n] of histogramOf(one).entries()) sum[at] = (sum[at] ?? 0) + n;
        expect(quantileOf(sum, 0.95)).to.equal(quantileOf(histogramOf(parts.flat()), 0.95));
      }),
    );
  });
});
