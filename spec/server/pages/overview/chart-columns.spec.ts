import { expect } from 'chai';
import { dayColumns, minuteColumns } from '../../../../lib/server/pages/overview/chart-columns.ts';
import type { QueueFacts } from '../../../../lib/server/pages/overview/overview-facts.ts';

const NOW = Date.UTC(2026, 0, 31, 12, 30, 40);
const MINUTE_MS = 60_000;
const minute = (ago: number, added: number, succeeded: number, failed: number) => ({
  at: Math.floor(NOW / MINUTE_MS) * MINUTE_MS - ago * MINUTE_MS,
  added,
  succeeded,
  failed,
});

describe('the columns of charts', () => {
  const queue = (name: string, minutes: QueueFacts['rates']['minutes']): QueueFacts => ({
    name,
    counts: { waiting: 0, active: 0, delayed: 0, succeeded: 0, failed: 0 },
    latencyMs: 0,
    overdueMs: 0,
    paused: null,
    grouped: 0,
    processedToday: 0,
    failedToday: 0,
    limits: null,
    rates: { inPerMin: null, outPerMin: null, minutes },
  });
  const queues = [queue('a', [minute(60, 9, 9, 9), minute(2, 5, 3, 1)]), queue('b', [minute(2, 1, 1, 1)])];

  it('are the sixty minutes that are over, the oldest first', () => {
    const columns = minuteColumns({ queues }, null, NOW);

    expect(columns).to.have.lengthOf(60);
    expect([columns[0]?.label, columns[59]?.label]).to.deep.equal(['11:30', '12:29']);
    expect(columns[0]).to.deep.include({ added: 9, succeeded: 9, failed: 9 });
  });

  it('are summed over queues, or those of one', () => {
    expect(minuteColumns({ queues }, null, NOW)[58]).to.deep.equal({
      label: '12:28',
      added: 6,
      succeeded: 4,
      failed: 2,
    });
    expect(minuteColumns({ queues }, 'b', NOW)[58]).to.deep.include({ added: 1, succeeded: 1, failed: 1 });
  });

  it('know nothing of a minute of which there is no note', () => {
    expect(minuteColumns({ queues }, null, NOW)[59]).to.deep.include({
      added: null,
      succeeded: 0,
      failed: 0,
    });
  });

  it('leave out what is older than the chart, or not over yet', () => {
    const odd = [queue('a', [minute(61, 9, 9, 9), minute(0, 9, 9, 9)])];

    expect(minuteColumns({ queues: odd }, null, NOW).every(({ added }) => added === null)).to.equal(true);
  });

  it('are the days, the oldest first, summed over queues', () => {
    const day = (text: string, succeeded: number, failed: number) => ({
      day: text,
      processed: succeeded + failed,
      succeeded,
      failed,
    });
    const history = new Map([
      ['a', [day('2026-01-31', 1, 2), day('2026-01-30', 10, 0)]],
      ['b', [day('2026-01-31', 5, 0), day('2026-01-30', 0, 0)]],
    ]);

    expect(dayColumns({ history }, null)).to.deep.equal([
      { label: '2026-01-30', added: null, succeeded: 10, failed: 0 },
      { label: '2026-01-31', added: null, succeeded: 6, failed: 2 },
    ]);
    expect(dayColumns({ history }, 'b').map(({ succeeded }) => succeeded)).to.deep.equal([0, 5]);
  });
});
