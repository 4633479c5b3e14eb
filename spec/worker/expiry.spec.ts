import { hostname } from 'node:os';
import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle, type JobContext } from '../../lib/jobs/define.ts';
import type { JobOptions } from '../../lib/jobs/options.ts';
import { patiently, until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('a job that must end in time', () => {
  let specs: SpecWorkers;
  let ran: string[];

  beforeEach(() => {
    specs = openWorkers();
    ran = [];
  });
  afterEach(() => specs.close());

  const work = async (run: (ctx: JobContext) => unknown, options: JobOptions) => {
    const Timely = defineJob({ type: 'timely', queue: specs.queue, schema: z.any(), retries: 5 });
    const handler = handle(Timely, (_data, ctx) => {
      ran.push(ctx.id);
      return run(ctx);
    });
    await specs.worker({ handlers: [handler] }).start();
    const { id } = await specs.producer.add(Timely, 1, options);
    const jobNow = () => specs.queries().job(id);
    await until(async () => (await jobNow())?.state === 'failed', 'it has failed');
    return (await jobNow())?.record.options ?? expect.fail('the job is gone');
  };

  for (const name of ['expiresAt', 'deadlineAt'] as const) {
    it(`is not run once its ${name} is over`, async () => {
      const options = await work(() => 1, { [name]: Date.now() - 60_000 });

      expect(options).to.include({ outcome: 'expired' });
      expect(options.errors?.[0]).to.include({ code: 'JOB_EXPIRED' }).and.not.to.have.property('worker');
      expect(ran).to.deep.equal([]);
    });
  }

  it('is aborted by its deadline and not retried', async () => {
    const untilAborted = ({ signal }: JobContext): Promise<never> =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

    const options = await work(untilAborted, { deadlineAt: Date.now() + patiently(1_500) });

    expect(options).to.include({ outcome: 'expired', retries: 5 });
    expect(options.errors?.[0]?.message).to.match(/deadline/);
    expect(options.errors?.[0]).to.have.property('worker', `${hostname()}:${process.pid}`);
    expect(ran).to.have.length(1);
  });

  it('runs again when it is offered again by hand, however late', async () => {
    await work(() => 1, { expiresAt: Date.now() - 60_000 });
    const [expired] = await specs.queries().page('failed', 0, 1);

    await specs.store().retry(expired?.id ?? '', 0);

    const succeeded = async () => (await specs.queries().counts()).succeeded === 1;
    await until(succeeded, 'it has succeeded');
  });
});
