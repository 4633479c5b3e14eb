import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import type { WorkerInfo } from '../../../lib/inspector/inspector.ts';
import { Demands } from '../../../lib/server/metrics/demand.ts';
import type { Seen, SeenQueue } from '../../../lib/server/metrics/seen.ts';

const QUEUE: SeenQueue = {
  name: 'mail',
  counts: { waiting: 3, active: 9, delayed: 0, succeeded: 1, failed: 1 },
  latencyMs: 5,
  overdueMs: 0,
  paused: null,
  grouped: 0,
  processedToday: 2,
  failedToday: 1,
  rates: { inPerMin: 4, outPerMin: 5 },
  isScheduled: false,
  limits: {},
};

function seen(queue: Partial<SeenQueue>, busy: number): Seen {
  const running = Array.from({ length: busy }, (_, at) => ({
    queue: 'mail',
    id: `${at}`,
    type: 'a',
    startedAt: 1,
  }));
  const worker: WorkerInfo = {
    id: 'w',
    host: 'h',
    pid: 1,
    version: '1.0.0',
    startedAt: 1,
    queues: [{ name: 'mail', weight: 1 }],
    strict: false,
    concurrency: 25,
    status: 'running',
    handlers: [],
    runningCount: busy,
    running,
  };
  const queues = [{ ...QUEUE, ...queue }];
  const all = { unreadable: [], queueCount: 1, leftOut: 0, troubles: [] };
  return { pingMs: 1, redis: null, queues, workers: [worker], ...all };
}

describe('Demands', () => {
  let elapsedMs = 0;
  let demands: Demands;

  beforeEach(() => {
    demands = new Demands({ clock: { ...systemClock, elapsed: () => elapsedMs }, slots: 10 });
  });

  it('tells the load of a queue and who serves it', () => {
    expect(demands.of(seen({}, 7)).get('mail')).to.deep.equal({
      waiting: 3,
      isExpecting: false,
      isPaused: false,
      inPerMin: 4,
      outPerMin: 5,
      busySlots: 7,
      workers: 1,
      slotsEach: 25,
      mostRunning: null,
      mostPerMin: null,
    });
  });

  it('takes a worker to have the slots that were said where none is alive', () => {
    const { workers: _, ...rest } = seen({}, 0);

    expect(demands.of({ ...rest, workers: [] }).get('mail')).to.include({ workers: 0, slotsEach: 10 });
  });

  it('tells what the limits of the queue allow', () => {
    const limits = { concurrency: 7, rate: { count: 5, perMs: 1_000 }, perKey: { concurrency: 1 } };

    expect(demands.of(seen({ limits }, 0)).get('mail')).to.include({ mostRunning: 7, mostPerMin: 300 });
  });

  const expecting: [string, Partial<SeenQueue>][] = [
    ['delayed jobs', { counts: { ...QUEUE.counts, delayed: 1 } }],
    ['jobs in groups', { grouped: 1 }],
    ['a schedule', { isScheduled: true }],
  ];
  for (const [what, queue] of expecting) {
    it(`expects something of ${what}`, () => {
      expect(demands.of(seen(queue, 0)).get('mail')).to.include({ isExpecting: true });
    });
  }

  it('averages the busy slots over minutes, and forgets a queue that is gone', () => {
    demands.of(seen({}, 20));
    elapsedMs += 15_000;
    const soon = demands.of(seen({}, 0)).get('mail')?.busySlots;
    elapsedMs += 3_600_000;
    const late = demands.of(seen({}, 0)).get('mail')?.busySlots;
    demands.of({ ...seen({}, 0), queues: [] });

    expect(soon).to.be.within(17, 19);
    expect(late).to.be.closeTo(0, 0.01);
    expect(demands.of(seen({}, 6)).get('mail')).to.include({ busySlots: 6 });
  });
});
