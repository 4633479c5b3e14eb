import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { z } from 'zod';
import { Inspector } from '../../../lib/inspector/inspector.ts';
import { defineJob } from '../../../lib/jobs/define.ts';
import { addDeed, ended, isolatedHandler, KINDS } from '../../support/isolates.ts';
import { recordingLog } from '../../support/log.ts';
import { until } from '../../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../../support/worker.ts';

const NO_MODULE = pathToFileURL(join(tmpdir(), 'apiary-no-such-module.mjs')).href;

describe('a handler in isolation', () => {
  let workers: SpecWorkers;

  beforeEach(() => {
    workers = openWorkers();
  });
  afterEach(() => workers.close());

  for (const isolate of KINDS) {
    describe(`by ${isolate}`, () => {
      const start = async (options: object = {}, given: object = {}): Promise<void> =>
        workers.worker({ handlers: [isolatedHandler(workers, { isolate, ...options })], ...given }).start();
      const resultOf = async (id: string): Promise<unknown> => {
        const { record } = await ended(workers, id);
        return record.options.result;
      };

      it('runs elsewhere, and what it returns is the result', async () => {
        await start();

        const [where, echo] = await Promise.all([
          addDeed(workers, { do: 'where' }).then(resultOf),
          addDeed(workers, { do: 'echo', with: { n: [1, 'two', null] } }).then(resultOf),
        ]);

        const here = { isMainThread: isolate === 'process' };
        expect(where).to.include(here);
        expect(Reflect.get(Object(where), 'pid') === process.pid).to.equal(isolate === 'thread');
        expect(echo).to.deep.equal({ n: [1, 'two', null] });
      });

      it('sees of its job what a handler here sees', async () => {
        await start();

        const id = await addDeed(workers, { do: 'facts' }, { headers: { from: 'spec' } });

        expect(await resultOf(id)).to.deep.equal({
          ...{ id, type: 'job', queue: workers.queue, attempt: 1, headers: { from: 'spec' } },
          ...{ schedule: null, batch: null },
        });
      });

      it('fails as it throws, with name, code, cause and stack', async () => {
        const judged: unknown[] = [];
        const isFailure = (error: Error): boolean => judged.push(Reflect.get(error, 'status')) > 0;
        await start({ isFailure });

        const { record } = await ended(workers, await addDeed(workers, { do: 'throw', with: 418 }));

        const [error] = record.options.errors ?? [];
        expect(error).to.include({ name: 'TypeError', message: 'thrown', code: 'MY_CODE' });
        const [stack] = record.options.stacktraces ?? [];
        expect(stack).to.include('isolated').and.to.include('beneath');
        expect(judged).to.deep.equal([418]);
      });

      it('discards and puts off as a handler here does', async () => {
        await start();

        const discarded = await ended(workers, await addDeed(workers, { do: 'discard' }, { retries: 3 }));
        const id = await addDeed(workers, { do: 'later' });

        expect(discarded.record.options.outcome).to.equal('discarded');
        await until(async () => (await workers.queries().job(id))?.state === 'delayed', 'it was put off');
      });

      it('waits for signals as a handler here does', async () => {
        await start();
        const id = await addDeed(workers, { do: 'await', with: 600_000 });
        const awaits = async () => (await workers.queries().job(id))?.record.options.waits?.on;
        await until(async () => (await awaits())?.length === 2, 'it waits for both');

        await workers.producer.signal({ id, queue: workers.queue }, 'one', 1);
        await workers.producer.signal({ id, queue: workers.queue }, 'other', 2);

        expect(await resultOf(id)).to.deep.equal([1, 2]);
        const caught = await addDeed(workers, { do: 'awaitError' });
        expect(await resultOf(caught), 'what is thrown is known there').to.equal(true);
      });

      it('says how far it is, and logs into its job and the log of the worker', async () => {
        const { log, records } = recordingLog();
        await start({}, { log });

        const { record } = await ended(workers, await addDeed(workers, { do: 'progress', with: { at: 1 } }));
        const logged = await ended(workers, await addDeed(workers, { do: 'log' }));

        expect(record.progress).to.deep.equal({ at: 1 });
        expect(logged.record.options.logs?.map(({ message }) => message)).to.deep.equal([
          'said  more=1 step=2',
        ]);
        const line = records.find(({ message }) => message === 'said');
        expect(line?.fields).to.include({ id: logged.id, queue: workers.queue, more: 1, step: 2 });
      });

      it('replaces the data of its job', async () => {
        await start();

        const { record } = await ended(workers, await addDeed(workers, { do: 'updateData', with: 9 }));

        expect(record.data).to.deep.equal({ do: 'echo', with: 9 });
      });

      it('reads what steps before it in its workflow returned', async () => {
        await start();
        const definition = defineJob({ type: 'job', queue: workers.queue, schema: z.any() });

        const { id, jobs } = await workers.producer.addWorkflow(({ job }) => {
          const first = job('first', definition, { do: 'echo', with: { n: 1 } });
          job('second', definition, { do: 'results' }, { after: [first] });
        });

        expect(await resultOf(jobs['second']?.id ?? '')).to.deep.equal({
          ...{ workflow: { id, step: 'second' }, results: { first: { n: 1 } } },
        });
      });

      it('adds steps to its workflow', async () => {
        await start();
        const definition = defineJob({ type: 'job', queue: workers.queue, schema: z.any() });

        const { jobs } = await workers.producer.addWorkflow(({ job }) => {
          job('first', definition, { do: 'spawn' });
        });

        expect(await resultOf(jobs['first']?.id ?? '')).to.equal('first/more');
      });

      it('adds a sub-workflow to its own workflow', async () => {
        await start();
        const definition = defineJob({ type: 'job', queue: workers.queue, schema: z.any() });

        const added = await workers.producer.addWorkflow(({ job }) => {
          job('list', definition, { do: 'spawnWorkflow' });
        });
        const part = Object(await resultOf(added.jobs['list']?.id ?? ''));

        const inspector = new Inspector({ client: workers.client });
        const flow = await inspector.workflows.get(added.queue, added.id);
        expect(part.name).to.equal('list/part');
        expect(Object.keys(part.jobs)).to.deep.equal(['first', 'inner/a', 'last']);
        const steps = flow?.steps.map(({ name, after, when }) => [name, after.join(), when]);
        expect(steps).to.deep.equal([
          ['list', '', 'succeeded'],
          ['list/part/first', '', 'succeeded'],
          ['list/part/inner/a', '', 'succeeded'],
          ['list/part/last', 'list/part/inner', 'ended'],
        ]);
      });

      it('does effects once, and gets the number that fences it', async () => {
        await start();

        const once = await resultOf(await addDeed(workers, { do: 'once' }));
        const [first, second] = Object(await resultOf(await addDeed(workers, { do: 'fencing' })));

        expect(once).to.deep.equal({ first: { call: 1 }, second: { call: 1 }, calls: 1, isSame: true });
        expect(first).to.be.a('number').and.to.equal(second);
      });

      it('adds jobs with its success, whose data it checks', async () => {
        await start({}, { keepSucceeded: 0 });

        const id = await addDeed(workers, { do: 'follow' });
        const added = Object(await resultOf(id));
        const refused = await resultOf(await addDeed(workers, { do: 'follow', with: 'wrong' }));

        const next = await workers.queries().job(String(added.id));
        expect(added).to.include({ queue: workers.queue, type: 'next' });
        expect(next?.record.data).to.deep.equal({ from: id });
        expect(refused).to.deep.equal({ code: 'JOB_INVALID' });
      });

      it('fails by a result that cannot be sent', async () => {
        await start();

        const { record } = await ended(workers, await addDeed(workers, { do: 'function' }));

        expect(record.options.errors?.[0]).to.include({ code: 'RESULT_UNSERIALISABLE' });
      });

      it('is told by its signal to stop, and why', async () => {
        await start();

        const { record } = await ended(
          workers,
          await addDeed(workers, { do: 'heed' }, { retries: 0, timeoutMs: 100 }),
        );

        expect(record.options.errors?.[0]).to.include({ code: 'JOB_TIMED_OUT' });
      });

      it('has its middleware here, around it', async () => {
        const seen: unknown[] = [];
        const middleware = [
          (next: (data: unknown, ctx: never) => unknown) => async (data: unknown, ctx: never) => {
            const result = await next(data, ctx);
            seen.push(result);
            return result;
          },
        ];
        await start({ middleware });

        await ended(workers, await addDeed(workers, { do: 'echo', with: 7 }));

        expect(seen).to.deep.equal([7]);
      });

      it('runs as many at once as its pool has, and spends no time of those that wait', async () => {
        await start({ poolSize: 1 }, { concurrency: 4 });
        const options = { retries: 0, timeoutMs: 1_500 };

        const ids = await Promise.all(
          [1, 2, 3, 4].map(() => addDeed(workers, { do: 'wait', with: 600 }, options)),
        );

        for (const id of ids) expect((await ended(workers, id)).state).to.equal('succeeded');
      });

      it('keeps the worker from starting where its module cannot be loaded', async () => {
        const handlers = [isolatedHandler(workers, { isolate }, NO_MODULE)];

        const refusal: unknown = await workers
          .worker({ handlers })
          .start()
          .catch((error: unknown) => error);

        expect(refusal).to.include({ code: 'HANDLER_INVALID' });
        expect(Reflect.get(Object(refusal), 'message')).to.include(
          'apiary-no-such-module.mjs cannot be loaded',
        );
      });

      it('keeps the worker from starting where its module exports no handler', async () => {
        const folder = await mkdtemp(join(tmpdir(), 'apiary-spec-isolate-'));
        try {
          const file = join(folder, 'none.mjs');
          await writeFile(file, 'export default 5;');
          const handlers = [isolatedHandler(workers, { isolate }, pathToFileURL(file).href)];

          const refusal: unknown = await workers
            .worker({ handlers })
            .start()
            .catch((error: unknown) => error);

          expect(refusal).to.include({ code: 'HANDLER_INVALID' });
          expect(Reflect.get(Object(refusal), 'message')).to.include('must default-export the handler');
        } finally {
          await rm(folder, { recursive: true });
        }
      });
    });
  }
});
