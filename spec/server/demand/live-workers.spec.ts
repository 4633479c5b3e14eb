import { expect } from 'chai';
import type { WorkerInfo } from '../../../lib/inspector/inspector.ts';
import { workersOf } from '../../../lib/server/demand/live-workers.ts';

/** A worker of these queues that runs so many jobs of each. */
function worker(runs: Record<string, number>, changes: Partial<WorkerInfo> = {}): WorkerInfo {
  const running = Object.entries(runs).flatMap(([queue, count]) =>
    Array.from({ length: count }, (_, at) => ({ queue, id: `${queue}-${at}`, type: 'a', startedAt: 1 })),
  );
  return {
    id: 'w',
    host: 'h',
    pid: 1,
    version: '1.0.0',
    startedAt: 1,
    queues: Object.keys(runs).map((name) => ({ name, weight: 1 })),
    strict: false,
    concurrency: 10,
    status: 'running',
    handlers: [],
    runningCount: running.length,
    running,
    ...changes,
  };
}

describe('workersOf', () => {
  it('counts those that serve the queue, and the slots in which its jobs run', () => {
    const workers = [
      worker({ mail: 3, images: 1 }),
      worker({ mail: 2 }, { concurrency: 20 }),
      worker({ images: 4 }),
    ];

    expect(workersOf('mail', workers)).to.deep.equal({ taking: 2, slotsEach: 15, busy: 5, stuck: 0 });
  });

  it('knows no slots where nobody serves the queue', () => {
    expect(workersOf('mail', [worker({ images: 1 })])).to.include({ taking: 0, slotsEach: null, busy: 0 });
  });

  it('counts what runs in one that takes nothing any more, but not the worker', () => {
    expect(workersOf('mail', [worker({ mail: 2 }, { status: 'quiet' })])).to.include({ taking: 0, busy: 2 });
  });

  it('takes jobs that a worker counts and does not list to be like those it lists', () => {
    const workers = [worker({ mail: 150, images: 50 }, { runningCount: 1_000 })];

    expect(workersOf('mail', workers).busy).to.equal(750);
  });

  it('counts handlers that ignore their signal', () => {
    const deaf = { queue: 'mail', id: 'a', type: 'a', startedAt: 1, stuckSince: 2 };

    expect(
      workersOf('mail', [worker({ mail: 0, images: 0 }, { running: [deaf], runningCount: 1 })]).stuck,
    ).to.equal(1);
    expect(workersOf('images', [worker({ images: 1 })]).stuck).to.equal(0);
  });

  it('counts no slot for a handler whose slot was taken from it', () => {
    const deaf = { queue: 'mail', id: 'a', type: 'a', startedAt: 1, stuckSince: 2 };

    expect(workersOf('mail', [worker({ mail: 0 }, { running: [deaf], runningCount: 0 })])).to.include({
      busy: 0,
      stuck: 1,
    });
  });
});
