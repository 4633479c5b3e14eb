import { expect } from 'chai';
import { z } from 'zod';
import { RetryLater } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import {
  type BoundHandler,
  defineJob,
  handle,
  type JobContext,
  type JobDefinitionInput,
} from '../../lib/jobs/define.ts';
import { handleGroup } from '../../lib/jobs/handle-group.ts';
import { rejection } from '../support/refusal.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('ctx.updateData', () => {
  let workers: SpecWorkers;

  beforeEach(() => {
    workers = openWorkers();
  });
  afterEach(() => workers.close());

  const infoOf = (id: string) => new Inspector({ client: workers.client }).job(workers.queue, id);
  const hasEnded = async (id: string) => ['succeeded', 'failed'].includes((await infoOf(id))?.state ?? '');
  const pages = (more: Pick<JobDefinitionInput<unknown, unknown>, 'group'> = {}) =>
    defineJob({
      ...more,
      type: 'pages',
      queue: workers.queue,
      schema: z.object({ page: z.int(), of: z.string().default('all') }),
      retries: 0,
    });
  /** Runs one job to its end; resolves with what is shown of it then. */
  const run = async (handler: BoundHandler) => {
    await workers.worker({ handlers: [handler], maxDataBytes: 1_000 }).start();
    const { id } = await workers.producer.add(pages(), { page: 1 });
    await until(() => hasEnded(id), 'it has ended');
    return infoOf(id);
  };

  it('gives the next attempt the new data, and leaves what this one was given', async () => {
    const seen: number[] = [];

    const info = await run(
      handle(pages(), async (data, ctx) => {
        seen.push(data.page);
        if (data.page === 3) return;
        await ctx.updateData({ page: data.page + 1 });
        seen.push(data.page);
        throw new RetryLater(0);
      }),
    );

    expect(seen).to.deep.equal([1, 1, 2, 2, 3]);
    expect([info?.state, info?.data]).to.deep.equal(['succeeded', { page: 3 }]);
  });

  it('is shown at once, and not undone by a line of the log or the progress that is stored beside it', async () => {
    let shown: unknown;

    const info = await run(
      handle(pages(), async (_data, ctx) => {
        ctx.log.info('before');
        await Promise.all([ctx.progress(1), ctx.updateData({ page: 7 }), ctx.progress(2)]);
        shown = (await infoOf(ctx.id))?.data;
        await ctx.once('effect', () => 1);
        throw new Error('no more');
      }),
    );

    expect(shown).to.deep.equal({ page: 7 });
    expect([info?.data, info?.progress, info?.logs.length]).to.deep.equal([{ page: 7 }, 2, 1]);
  });

  for (const [what, data, code] of [
    ['that its schema refuses', { page: 'two' }, 'JOB_INVALID'],
    ['that are no JSON', { page: 1, at: new Date() }, 'JOB_INVALID'],
    ['that are too long', { page: 1, of: 'x'.repeat(1_000) }, 'DATA_TOO_LARGE'],
  ] as const) {
    it(`refuses data ${what}, and stores nothing`, async () => {
      let refusal: unknown;

      const info = await run(
        handle(pages(), async (_data, ctx) => {
          refusal = await rejection(ctx.updateData(data));
        }),
      );

      expect(refusal).to.include({ code });
      expect(info?.data).to.deep.equal({ page: 1 });
    });
  }

  it('is refused once the attempt has ended', async () => {
    let late: JobContext | undefined;

    const info = await run(
      handle(pages(), (_data, ctx) => {
        late = ctx;
      }),
    );

    const updating = late?.updateData({ page: 9 }) ?? Promise.resolve();
    expect(await rejection(updating)).to.include({ code: 'JOB_LOST' });
    expect((await infoOf(info?.id ?? ''))?.data).to.deep.equal({ page: 1 });
  });

  it('is refused where the claim is gone', async () => {
    let refusal: unknown;
    await workers
      .worker({
        handlers: [
          handle(pages(), async (_data, ctx) => {
            await workers.store().remove(ctx.id);
            refusal = await rejection(ctx.updateData({ page: 2 }));
          }),
        ],
      })
      .start();
    await workers.producer.add(pages(), { page: 1 });

    await until(() => refusal !== undefined, 'it was refused');

    expect(refusal).to.include({ code: 'JOB_LOST' });
  });

  it('is refused on the job that carries a group', async () => {
    let refusal: unknown;
    await workers
      .worker({
        handlers: [
          handleGroup(pages({ group: {} }), async (_jobs, ctx) => {
            refusal = await rejection(ctx.updateData({ page: 2 }));
          }),
        ],
      })
      .start();
    await workers.producer.add(pages({ group: {} }), { page: 1 }, { group: 'all', delayMs: 0 });
    await new Inspector({ client: workers.client }).groups.fire(workers.queue, {
      type: 'pages',
      name: 'all',
    });

    await until(() => refusal !== undefined, 'it was refused');

    expect(refusal).to.include({ code: 'JOB_INVALID' });
  });
});
