import { once } from 'node:events';
import { hostname } from 'node:os';
import { expect } from 'chai';
import { z } from 'zod';
import { RetryAfter } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { type BoundHandler, defineJob, type HandlerOptions, handle } from '../../lib/jobs/define.ts';
import type { FailedJob } from '../../lib/jobs/failed-job.ts';
import type { JobOptions } from '../../lib/jobs/options.ts';
import { nullLogger } from '../../lib/logger.ts';
import { type BackoffFunction, Failures } from '../../lib/worker/failures.ts';
import type { Worker } from '../../lib/worker/worker.ts';
import { recordingLog } from '../support/log.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

class Busy extends Error {
  override readonly name = 'Busy';
}

describe('the failures of a worker', () => {
  let specs: SpecWorkers;

  beforeEach(() => {
    specs = openWorkers();
  });
  afterEach(() => specs.close());

  const definition = () => defineJob({ type: 'job', queue: specs.queue, schema: z.any() });
  const failing = (options?: HandlerOptions, error: () => Error = () => new Error('no luck')): BoundHandler =>
    handle(definition(), () => Promise.reject(error()), options);
  const add = async (options: JobOptions): Promise<string> =>
    (await specs.producer.add(definition(), { n: 1 }, options)).id;
  const isBusy = (error: Error): boolean => !(error instanceof Busy);

  /** What the worker tells of its next job that ends, by the name of the event. */
  async function nextEnd<Name extends 'job:retried' | 'job:snoozed' | 'job:failed'>(
    worker: Worker,
    name: Name,
  ): Promise<Record<string, unknown>> {
    const heard = once(worker.events, name);
    await worker.start();
    return ((await heard) as [Record<string, unknown>])[0];
  }

  it('are kept with the worker that ran each attempt, and for how long', async () => {
    const worker = specs.worker({ handlers: [failing()] });
    const id = await add({ retries: 1, backoff: { type: 'fixed', delayMs: 1 } });

    await nextEnd(worker, 'job:failed');

    const inspector = new Inspector({ client: specs.client });
    const { errors = [] } = (await inspector.job(specs.queue, id)) ?? {};
    const place = `${hostname()}:${process.pid}`;
    expect(errors.map((error) => [error.attempt, error.worker])).to.deep.equal([
      [2, place],
      [1, place],
    ]);
    for (const { durationMs } of errors) expect(durationMs).to.be.a('number').and.at.least(0);
  });

  describe('a named back-off', () => {
    it('is asked with the attempt, the error and the job, and its answer is waited', async () => {
      const asked: [number, Error, FailedJob][] = [];
      const hourly: BackoffFunction = (...given) => asked.push(given) * 3_600_000;
      const worker = specs.worker({ handlers: [failing()], backoffs: { hourly } });
      const id = await add({ backoff: { type: 'hourly', delayMs: 7 }, retries: 2, headers: { a: 'b' } });

      const { delayMs } = await nextEnd(worker, 'job:retried');

      expect(delayMs).to.equal(3_600_000);
      expect(asked[0]?.[0]).to.equal(1);
      expect(asked[0]?.[1]).to.include({ message: 'no luck' });
      expect(asked[0]?.[2]).to.deep.equal({
        id,
        queue: specs.queue,
        type: 'job',
        attempt: 1,
        headers: { a: 'b' },
        data: { n: 1 },
        retriesLeft: 2,
        delayMs: 7,
      });
      expect(await specs.queries().job(id)).to.include({ state: 'delayed' });
    });

    for (const returned of [-1, Number.NaN, Number.POSITIVE_INFINITY, '5']) {
      it(`gives the job up, and says so, when it returns ${returned}`, async () => {
        const { log, records } = recordingLog();
        const backoffs = { odd: () => returned as number };
        const worker = specs.worker({ handlers: [failing()], backoffs, log });
        const id = await add({ backoff: { type: 'odd' } });

        await nextEnd(worker, 'job:failed');

        expect(await specs.queries().job(id)).to.include({ state: 'failed' });
        const told = records.find(({ message }) => message === 'a back-off function gave the job up');
        expect(told?.fields).to.include({ id, backoff: 'odd' });
      });
    }

    it('is replaced by the default where the worker does not know it, and that is said once', async () => {
      const { log, records } = recordingLog();
      const worker = specs.worker({ handlers: [failing()], log });
      const backoff = { type: 'unheard-of', delayMs: 3_600_000 };
      const ids = [await add({ backoff }), await add({ backoff })];

      // Each is retried within a second, so on a busy machine both are seldom delayed at once, and attempts go on.
      const first = () =>
        records.filter(
          ({ message, fields }) => message === 'job failed and will be retried' && fields['attempt'] === 1,
        );
      await worker.start();
      await until(() => first().length === 2, 'both are retried');

      expect(first().map(({ fields }) => fields['id'])).to.have.members(ids);
      for (const { fields } of first()) expect(fields['delayMs']).to.be.within(0, 1_000);
      const told = records.filter(({ message }) => /does not know/.test(message));
      expect(told.map(({ fields }) => [fields['id'], fields['backoff']])).to.deep.equal([
        [ids[0], 'unheard-of'],
      ]);
    });

    it('is replaced by the default when it throws', async () => {
      const { log, records } = recordingLog();
      const broken = (): number => {
        throw new Error('broken');
      };
      const worker = specs.worker({ handlers: [failing()], backoffs: { broken }, log });
      await add({ backoff: { type: 'broken' } });

      const { delayMs } = await nextEnd(worker, 'job:retried');

      expect(delayMs).to.be.within(0, 1_000);
      expect(records.find(({ level }) => level === 'error')?.fields['err']).to.include({ message: 'broken' });
    });

    it('may be async: its answer is waited for, and waited', async () => {
      const later: BackoffFunction = async (attempt) => {
        await specs.client.ping();
        return attempt * 3_600_000;
      };
      const worker = specs.worker({ handlers: [failing()], backoffs: { later } });
      await add({ backoff: { type: 'later' }, retries: 2 });

      expect((await nextEnd(worker, 'job:retried'))['delayMs']).to.equal(3_600_000);
    });

    it('gives a job up that would be retried past its time, also when that is known later', async () => {
      const worker = specs.worker({ handlers: [failing()], backoffs: { later: async () => 3_600_000 } });
      const id = await add({ backoff: { type: 'later' }, retries: 2, expiresAt: Date.now() + 600_000 });

      await nextEnd(worker, 'job:failed');

      expect(await specs.queries().job(id)).to.include({ state: 'failed' });
    });

    const thenable: PromiseLike<number> = {
      // biome-ignore lint/suspicious/noThenProperty: an object with one is what the spec is about
      then: () => {
        throw new Error('broken later');
      },
    };
    for (const [what, answer] of [
      ['is rejected', () => Promise.reject(new Error('broken later'))],
      ['is a thenable that throws', () => thenable],
    ] as const) {
      it(`is replaced by the default when its promise ${what}`, async () => {
        const { log, records } = recordingLog();
        const worker = specs.worker({ handlers: [failing()], backoffs: { answer }, log });
        await add({ backoff: { type: 'answer' } });

        const { delayMs } = await nextEnd(worker, 'job:retried');

        expect(delayMs).to.be.within(0, 1_000);
        const [told] = records.filter(({ level }) => level === 'error');
        expect(told?.fields['err']).to.include({ message: 'broken later' });
      });
    }

    it('is replaced by the default when it does not answer within five seconds', async () => {
      const worker = specs.worker({
        handlers: [failing()],
        backoffs: { mute: () => new Promise<number>(() => undefined) },
      });
      await add({ backoff: { type: 'mute' } });

      expect((await nextEnd(worker, 'job:retried'))['delayMs']).to.be.within(0, 1_000);
    }).timeout(60_000);

    it('waits a century at most, which the scripts can still count', async () => {
      const worker = specs.worker({ handlers: [failing()], backoffs: { never: () => 1e300 } });
      const id = await add({ backoff: { type: 'never' } });

      await nextEnd(worker, 'job:retried');

      expect(await specs.queries().job(id)).to.include({ state: 'delayed' });
    });

    for (const name of ['fixed', 'exponential', 'immediate', 'two words', '']) {
      it(`cannot be called ${JSON.stringify(name)}`, () => {
        const make = () =>
          new Failures({ backoffs: { [name]: () => 1 } }, { log: nullLogger, random: Math.random });

        expect(make).to.throw().with.property('code', 'CONFIG_INVALID');
      });
    }
  });

  describe('an error that is no failure', () => {
    const fixed = { backoff: { type: 'fixed', delayMs: 60_000 } } as const;
    const busy = (options?: HandlerOptions): BoundHandler => failing(options, () => new Busy('locked'));

    it('brings the job again after its back-off, with no retry spent and no error kept', async () => {
      const worker = specs.worker({ handlers: [busy()], isFailure: isBusy });
      const id = await add({ ...fixed, retries: 2 });

      const told = await nextEnd(worker, 'job:snoozed');

      expect(told).to.include({ id, attempt: 1, delayMs: 60_000 });
      expect(told['error']).to.include({ message: 'locked' });
      const job = await specs.queries().job(id);
      expect(job).to.include({ state: 'delayed' });
      expect(job?.record.options).to.include({ retries: 2 }).and.not.have.any.keys('errors', 'run');
    });

    it('does so also where no retries are left', async () => {
      const worker = specs.worker({ handlers: [busy()], isFailure: isBusy });
      const id = await add({ ...fixed, retries: 0 });

      await nextEnd(worker, 'job:snoozed');

      expect(await specs.queries().job(id)).to.include({ state: 'delayed' });
      expect(await specs.client.hgetall(`bq:${specs.queue}:stats`)).to.deep.equal({});
    });

    it('is logged at info with its error', async () => {
      const { log, records } = recordingLog();
      const worker = specs.worker({ handlers: [busy()], isFailure: isBusy, log });
      const id = await add(fixed);

      await nextEnd(worker, 'job:snoozed');

      const told = records.find(({ level }) => level === 'info');
      expect(told?.message).to.equal('job was put off by an error that is no failure');
      expect(told?.fields).to.include({ id, delayMs: 60_000 });
      expect(told?.fields['err']).to.be.instanceOf(Busy);
    });

    it('may ask for a longer wait by RetryAfter', async () => {
      const handler = failing({ isFailure: () => false }, () => new RetryAfter('later', 90_000));
      await add({ ...fixed, retries: 0 });

      const { delayMs } = await nextEnd(specs.worker({ handlers: [handler] }), 'job:snoozed');

      expect(delayMs).to.equal(90_000);
    });

    it('is what the handler says before what the worker says', async () => {
      const worker = specs.worker({ handlers: [busy({ isFailure: isBusy })], isFailure: () => true });
      await add(fixed);

      expect(await nextEnd(worker, 'job:snoozed')).to.include({ delayMs: 60_000 });
    });

    it('does not come again when its back-off gives up', async () => {
      const worker = specs.worker({
        handlers: [busy()],
        isFailure: isBusy,
        backoffs: { enough: () => -1 },
      });
      await add({ backoff: { type: 'enough' } });

      expect(await nextEnd(worker, 'job:failed')).to.include({ as: 'failed' });
    });
  });

  it('are all errors where isFailure says so, throws, or is not sure', async () => {
    const throwing = (): boolean => {
      throw new Error('broken');
    };

    for (const isFailure of [isBusy, throwing, (): boolean => undefined as unknown as boolean]) {
      const id = await add({ retries: 0 });
      await specs.worker({ handlers: [failing()], isFailure }).start();
      await until(async () => (await specs.queries().job(id))?.state === 'failed', 'the job has failed');
    }

    expect((await specs.queries().counts()).failed).to.equal(3);
  });
});
