import { expect } from 'chai';
import { deathsInRow, isHopeless, waitBeforeStart } from '../../lib/swarm/restart-rule.ts';

describe('when a worker process is started again', () => {
  const longest = () => 1;
  const shortest = () => 0;

  it('is at once after the first death, then later each time, half a minute at most', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map((inRow) => waitBeforeStart(inRow, longest));

    expect(waits).to.deep.equal([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is by chance up to a half sooner', () => {
    expect([2, 3, 9].map((inRow) => waitBeforeStart(inRow, shortest))).to.deep.equal([500, 1_000, 15_000]);
  });

  it('counts deaths in a row, and begins anew with one that was ready for a minute', () => {
    expect(deathsInRow(3, { readyMs: null })).to.equal(4);
    expect(deathsInRow(3, { readyMs: 0 })).to.equal(4);
    expect(deathsInRow(3, { readyMs: 59_999 })).to.equal(4);
    expect(deathsInRow(3, { readyMs: 60_000 })).to.equal(1);
  });

  it('is never when the very first start failed', () => {
    expect(isHopeless({ inRow: 1, hasBegun: false, ready: 0 })).to.be.true;
  });

  it('is never when none runs and five starts in a row failed', () => {
    const isOver = (inRow: number, ready: number) => isHopeless({ inRow, ready, hasBegun: true });

    expect([1, 4, 5, 6].map((inRow) => isOver(inRow, 0))).to.deep.equal([false, false, true, true]);
    expect([5, 100].map((inRow) => isOver(inRow, 1))).to.deep.equal([false, false]);
  });
});
