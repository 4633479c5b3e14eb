import { expect } from 'chai';
import type { LaneAttempt } from '../../../../lib/inspector/inspector.ts';
import { mostWorthShowing, toLaneRows } from '../../../../lib/server/pages/worker/lane-rows.ts';

const NOW = 100_000;

function attempt(id: string, startedAt: number, endedAt: number | null, more = {}): LaneAttempt {
  const end = endedAt === null ? 'running' : 'succeeded';
  return { queue: 'mail', id, type: 'send', startedAt, endedAt, end, ...more };
}

const idsOf = (lanes: LaneAttempt[][]): (string | null)[][] => lanes.map((lane) => lane.map(({ id }) => id));

describe('the lanes of a worker', () => {
  it('hold attempts one after the other, and those of the same time in lanes of their own', () => {
    const { lanes, left } = toLaneRows(
      [attempt('c', 30, 40), attempt('a', 0, 20), attempt('b', 10, 30), attempt('d', 35, null)],
      NOW,
      10,
    );

    expect(idsOf(lanes)).to.deep.equal([
      ['a', 'c'],
      ['b', 'd'],
    ]);
    expect(left).to.equal(0);
  });

  it('have what is stuck on top, and count what has no room', () => {
    const stuck = attempt('stuck', 50, null, { stuckSince: 60 });
    const { lanes, left } = toLaneRows([attempt('a', 0, null), stuck, attempt('b', 1, null)], NOW, 2);

    expect(idsOf(lanes)).to.deep.equal([['stuck'], ['a']]);
    expect(left).to.equal(1);
  });

  it('take no harm from times of another clock', () => {
    const ahead = attempt('ahead', NOW + 5_000, null);
    const back = attempt('back', 50, 10);

    expect(idsOf(toLaneRows([ahead, back], NOW, 5).lanes)).to.deep.equal([['back', 'ahead']]);
  });

  it('show what is in trouble first, then what runs longest, then what ended last', () => {
    const all = [
      attempt('old', 0, 10),
      attempt('new', 0, 90),
      attempt('young', 80, null),
      attempt('blocks', 70, null, { blockedSince: 75 }),
      attempt('aged', 5, null),
    ];

    expect(mostWorthShowing(all, 4).map(({ id }) => id)).to.deep.equal(['blocks', 'aged', 'young', 'new']);
  });
});
