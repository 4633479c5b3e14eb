import { expect } from 'chai';
import { areServed, type Claimant, NO_PART, partsFor, raisedParts } from '../../lib/shards/limit-parts.ts';

const TURNS = { now: 10_000, stayMs: 3_000 };
const NONE = Number.POSITIVE_INFINITY;
const slots = (count: number) => ({ slots: count, burst: NONE });
const claimant = (want: number, part = 0, since = 0): Claimant => ({
  want,
  since,
  part: part === 0 ? NO_PART : slots(part),
});
const shares = (whole: number, shards: readonly Claimant[]): number[] =>
  partsFor(slots(whole), shards, TURNS).map((part) => part.slots);
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

describe('the parts of a limit', () => {
  it('follow where jobs wait, and are even where none do', () => {
    expect(shares(10, [claimant(0), claimant(0), claimant(0), claimant(0)])).to.deep.equal([3, 3, 2, 2]);
    expect(shares(10, [claimant(0), claimant(500), claimant(0)])).to.deep.equal([0, 10, 0]);
    expect(shares(10, [claimant(2), claimant(500), claimant(0)])).to.deep.equal([2, 7, 1]);
    expect(shares(10, [claimant(500), claimant(500), claimant(500)])).to.deep.equal([3, 3, 4]);
    expect(shares(100, [claimant(0), claimant(500), claimant(0)])).to.deep.equal([1, 98, 1]);
  });

  it('go from shard to shard where there are too few, to who waits the longest', () => {
    const waiting = [claimant(5, 1, 1_000), claimant(5, 0, 2_000), claimant(5, 0, 500)];
    expect(shares(1, waiting)).to.deep.equal([0, 0, 1]);
    expect(shares(1, [claimant(5, 1, 9_000), ...waiting.slice(1)])).to.deep.equal([1, 0, 0]);
    expect(shares(0, waiting)).to.deep.equal([0, 0, 0]);
  });

  it('never exceed the whole, and leave none without that could have some', () => {
    for (let nth = 0; nth < 2_000; nth++) {
      const count = 1 + (nth % 9);
      const whole = (nth * 7) % 23;
      const shards = Array.from({ length: count }, (_, at) =>
        claimant((nth * (at + 3)) % 17, (nth + at) % 4, at),
      );
      const parts = shares(whole, shards);
      const busy = shards.filter(({ want }) => want > 0).length;
      expect(sum(parts)).to.be.at.most(whole);
      if (busy > 0) expect(sum(parts)).to.equal(whole);
      const bare = shards.filter(({ want }, at) => want > 0 && parts[at] === 0).length;
      expect(bare).to.equal(Math.max(0, busy - whole));
    }
  });

  it('are given only as far as others have let go', () => {
    const holders = [
      { ...claimant(9, 2), bound: slots(5), isThere: true },
      { ...claimant(9, 0), bound: slots(0), isThere: true },
      { ...claimant(0, 3), bound: slots(3), isThere: false },
    ];
    const raised = raisedParts(slots(10), holders, [slots(2), slots(5), slots(3)]);
    expect(raised.map((part) => part.slots)).to.deep.equal([2, 2, 3]);
  });

  it('are left as they are as long as they serve', () => {
    expect(areServed(slots(4), [claimant(2, 2), claimant(0, 2)])).to.equal(true);
    expect(areServed(slots(4), [claimant(3, 2), claimant(0, 2)])).to.equal(false);
    expect(areServed(slots(4), [claimant(3, 4), claimant(0, 0)])).to.equal(false);
    expect(areServed(slots(3), [claimant(2, 2), claimant(0, 2)])).to.equal(false);
  });
});
