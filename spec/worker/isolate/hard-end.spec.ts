import { expect } from 'chai';
import { Inspector } from '../../../lib/inspector/inspector.ts';
import type { Worker } from '../../../lib/worker/worker.ts';
import { addDeed, ended, isolatedHandler, KINDS } from '../../support/isolates.ts';
import { until } from '../../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../../support/worker.ts';

const GRACE_MS = 200;

describe('the hard end of an isolated handler', function () {
  this.timeout(60_000);
  let workers: SpecWorkers;

  beforeEach(() => {
    workers = openWorkers();
  });
  afterEach(() => workers.close());

  for (const isolate of KINDS) {
    describe(`by ${isolate}`, () => {
      const open = async (options: object = {}, given: object = {}): Promise<Worker> => {
        const handler = isolatedHandler(workers, { isolate, poolSize: 1, graceMs: GRACE_MS, ...options });
        const worker = workers.worker({ handlers: [handler], concurrency: 2, ...given });
        await worker.start();
        return worker;
      };
      const isRunning = (worker: Worker) => until(() => worker.running === 1, 'it runs');

      it('comes when timeout and grace are over, and another takes its place', async () => {
        const worker = await open();

        const spinning = await addDeed(workers, { do: 'spin' }, { retries: 0, timeoutMs: 300 });
        const { record } = await ended(workers, spinning);
        const after = await ended(workers, await addDeed(workers, { do: 'echo', with: 1 }));

        expect(record.options.errors?.[0]).to.include({ code: 'JOB_TIMED_OUT' });
        expect(after.state).to.equal('succeeded');
        await until(() => worker.running === 0, 'its slot is free');
      });

      it('fails no attempt before it, where its type asks for the end', async () => {
        const worker = await open();
        const overdue = new Promise((resolve) => worker.events.once('job:overdue', resolve));

        const spinning = await addDeed(workers, { do: 'hang' }, { retries: 0, timeoutMs: 300 });
        await overdue;

        expect((await ended(workers, spinning)).record.options.errors?.[0]).to.include({
          code: 'JOB_TIMED_OUT',
        });
      });

      it('comes after a cancel and its grace', async () => {
        const worker = await open();
        const spinning = await addDeed(workers, { do: 'spin' });
        await isRunning(worker);

        await new Inspector({ client: workers.client }).cancel(workers.queue, spinning, 'ada');

        expect((await ended(workers, spinning)).record.options.outcome).to.equal('cancelled');
        await until(() => worker.running === 0, 'its slot is free');
      });

      it("comes at the end of a shutdown's patience, and the job goes back untouched", async () => {
        const worker = await open({ graceMs: 30_000 }, { shutdownTimeoutMs: 100 });
        const spinning = await addDeed(workers, { do: 'spin' });
        await isRunning(worker);

        await worker.stop();

        const job = await workers.queries().job(spinning);
        expect(job).to.deep.include({ state: 'waiting' });
        expect(job?.record.options.errors).to.equal(undefined);
      });

      it('comes past the memory that it may have', async () => {
        await open({ maxMemoryMb: isolate === 'thread' ? 32 : 256 });

        const filled = await ended(workers, await addDeed(workers, { do: 'fill' }));
        const after = await ended(workers, await addDeed(workers, { do: 'echo', with: 1 }));

        expect(filled.record.options.errors?.[0]).to.include({ code: 'HANDLER_CRASHED' });
        expect(after.state).to.equal('succeeded');
      });
    });
  }

  it('of a process comes past what is resident, of which JavaScript knows nothing', async () => {
    const handler = isolatedHandler(workers, { isolate: 'process', maxMemoryMb: 256 });
    await workers.worker({ handlers: [handler] }).start();

    const { record } = await ended(workers, await addDeed(workers, { do: 'buffers', with: 400 }));

    expect(record.options.errors?.[0]?.message).to.match(
      /^the process of the handler was ended: it had \d+ MiB/,
    );
  });

  it('of a process takes along what it has started', async () => {
    const handler = isolatedHandler(workers, { isolate: 'process', graceMs: GRACE_MS });
    await workers.worker({ handlers: [handler] }).start();

    const { record } = await ended(
      workers,
      await addDeed(workers, { do: 'offspring' }, { retries: 0, timeoutMs: 1_000 }),
    );

    const pid = Number(record.progress);
    expect(pid).to.be.greaterThan(0);
    await until(() => !isAlive(pid), 'what it has started is gone');
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
