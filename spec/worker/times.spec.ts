import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import type { JobOptions } from '../../lib/jobs/options.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import type { WorkerEvents } from '../../lib/worker/events.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('the times that a worker tells of a job', () => {
  let workers: SpecWorkers;

  beforeEach(() => {
    workers = openWorkers();
  });

  afterEach(() => workers.close());

  /** Adds a job as if it were an hour ago, runs it with this handler, and resolves with what is told until it ended. */
  async function run(handler: () => unknown, options: JobOptions = {}) {
    const clock = { ...systemClock, now: () => Date.now() - HOUR_MS };
    const producer = new Producer({ client: workers.client, clock });
    await producer.addRaw({ type: 'job', queue: workers.queue, data: 1, options });
    const worker = workers.worker({ handlers: [workers.handler(handler)] });
    const waits: (number | null)[] = [];
    const ends: WorkerEvents['job:succeeded' | 'job:failed'][0][] = [];
    worker.events.on('job:started', ({ waitedMs }) => waits.push(waitedMs));
    worker.events.on('job:succeeded', (job) => ends.push(job));
    worker.events.on('job:failed', (job) => ends.push(job));
    await worker.start();
    await until(() => ends.length > 0, 'the job ended');
    return { waits, totalMs: ends[0]?.totalMs };
  }

  it('are how long it waited and took since it was added', async () => {
    const { waits, totalMs } = await run(() => 'done');

    expect(waits).to.have.lengthOf(1);
    expect(waits[0]).to.be.within(HOUR_MS, HOUR_MS + MINUTE_MS);
    expect(totalMs).to.be.within(HOUR_MS, HOUR_MS + MINUTE_MS);
  });

  it('count the wait from when it was due, the whole from when it was added', async () => {
    const { waits, totalMs } = await run(() => Promise.reject(new Error('no')), {
      runAt: Date.now() - HOUR_MS / 2,
      retries: 0,
    });

    expect(waits[0]).to.be.within(HOUR_MS / 2, HOUR_MS / 2 + MINUTE_MS);
    expect(totalMs).to.be.within(HOUR_MS, HOUR_MS + MINUTE_MS);
  });

  it('leave out the wait for a further attempt', async () => {
    let runs = 0;
    const { waits } = await run(
      () => {
        if (++runs === 1) throw new Error('once');
      },
      { retries: 1, backoff: { type: 'fixed', delayMs: 1 } },
    );

    expect(waits.map((wait) => wait === null)).to.deep.equal([false, true]);
  });
});
