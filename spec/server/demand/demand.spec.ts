import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import type { WorkerInfo } from '../../../lib/inspector/inspector.ts';
import { Demands } from '../../../lib/server/demand/demand.ts';
import type { QueueLoad } from '../../../lib/server/demand/queue-load.ts';

const QUEUE: QueueLoad = {
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

function seen(queue: Partial<QueueLoad>, busy: number): [QueueLoad, WorkerInfo[]] {
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
  return [{ ...QUEUE, ...queue }, [worker]];
}

describe('Demands', () => {
  let elapsedMs = 0;
  let demands: Demands;

  beforeEach(() => {
    demands = new Demands({ clock: { ...systemClock, elapsed: () => elapsedMs }, slots: 10 });
  });

  it('tells the load of a queue and who serves it', () => {
    expect(demands.of(...seen({}, 7))).to.deep.equal({
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
    const [load] = seen({}, 0);

    expect(demands.of(load, [])).to.include({ workers: 0, slotsEach: 10 });
  });

  it('tells what the limits of the queue allow', () => {
    const limits = { concurrency: 7, rate: { count: 5, perMs: 1_000 }, perKey: { concurrency: 1 } };

    expect(demands.of(...seen({ limits }, 0))).to.include({ mostRunning: 7, mostPerMin: 300 });
  });

  const expecting: [string, Partial<QueueLoad>][] = [
    ['delayed jobs', { counts: { ...QUEUE.counts, delayed: 1 } }],
    ['jobs in groups', { grouped: 1 }],
    ['a schedule', { isScheduled: true }],
  ];
  for (const [what, queue] of expecting) {
    it(`expects something of ${what}`, () => {
      expect(demands.of(...seen(queue, 0))).to.include({ isExpecting: true });
    });
  }

  it('averages the busy slots over minutes, of the thousand queues that were asked for last', () => {
    demands.of(...seen({}, 20));
    elapsedMs += 15_000;
    const soon = demands.of(...seen({}, 0)).busySlots;
    elapsedMs += 3_600_000;
    const late = demands.of(...seen({}, 0)).busySlots;
    for (let other = 0; other < 1_000; other++) demands.of(...seen({ name: `other-${other}` }, 0));

    expect(soon).to.be.within(17, 19);
    expect(late).to.be.closeTo(0, 0.01);
    expect(demands.of(...seen({}, 6))).to.include({ busySlots: 6 });
  });
});
