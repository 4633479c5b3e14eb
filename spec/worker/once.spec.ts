import { expect } from 'chai';
import { RetryLater } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import type { JobContext } from '../../lib/jobs/define.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('ctx.once', () => {
  let workers: SpecWorkers;

  beforeEach(() => {
    workers = openWorkers();
  });
  afterEach(() => workers.close());

  const infoOf = (id: string) => new Inspector({ client: workers.client }).job(workers.queue, id);

  /** Runs a job to its end, which may take several attempts; resolves with what is shown of it then. */
  const run = async (handler: (ctx: JobContext) => unknown) => {
    const worker = workers.worker({ handlers: [workers.handler((_data, ctx) => handler(ctx))] });
    await worker.start();
    const [id = ''] = await workers.add({});
    await until(
      async () => ['succeeded', 'failed'].includes((await infoOf(id))?.state ?? ''),
      'it has ended',
    );
    return infoOf(id);
  };

  const failureOf = async (handler: (ctx: JobContext) => unknown) => (await run(handler))?.errors[0];

  it('gives a later attempt what the first got, without doing it again', async () => {
    let done = 0;
    const seen: unknown[] = [];

    const info = await run(async (ctx) => {
      seen.push(await ctx.once('charge', () => ({ receipt: ++done })));
      if (seen.length < 3) throw new RetryLater(0);
      return 'paid';
    });

    expect(info?.result).to.equal('paid');
    expect(seen).to.deep.equal([{ receipt: 1 }, { receipt: 1 }, { receipt: 1 }]);
  });

  it('is kept over a failed attempt that is retried by hand, and shown with the job', async () => {
    let done = 0;
    let attempts = 0;
    const failed = await run(async (ctx) => {
      await ctx.once('charge', () => ++done);
      if (++attempts === 1) throw new Error('the next step failed');
    });
    expect(failed?.state).to.equal('failed');

    await workers.store().retry(failed?.id ?? '', 0);

    await until(async () => (await infoOf(failed?.id ?? ''))?.state === 'succeeded', 'it has succeeded');
    expect(done).to.equal(1);
    const [entry] = (await infoOf(failed?.id ?? ''))?.once ?? [];
    expect(entry).to.include({ key: 'charge' });
    expect(entry?.at).to.be.closeTo(Date.now(), 60_000);
  });

  it('is kept by a handler that a shutdown cuts off', async () => {
    let done = 0;
    const handler = workers.handler(async (_data, ctx) => {
      await ctx.once('charge', () => ++done);
      if (ctx.attempt === 1 && done === 1 && !second)
        await new Promise((_resolve, reject) => {
          ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason));
        });
      return ctx.once('charge', () => ++done);
    });
    let second = false;
    const first = workers.worker({ handlers: [handler], shutdownTimeoutMs: 0 });
    await first.start();
    const [id = ''] = await workers.add({});
    await until(() => done === 1, 'it was done');
    await until(async () => ((await infoOf(id))?.once.length ?? 0) === 1, 'it is noted');
    await first.stop();
    second = true;

    await workers.worker({ handlers: [handler] }).start();

    await until(async () => (await infoOf(id))?.state === 'succeeded', 'it has succeeded');
    expect((await infoOf(id))?.result).to.equal(1);
    expect(done).to.equal(1);
  });

  it('does it once for all that ask at the same time', async () => {
    let done = 0;

    const info = await run(async (ctx) => {
      const slow = () => new Promise((resolve) => setImmediate(resolve)).then(() => ++done);
      return Promise.all([ctx.once('k', slow), ctx.once('k', slow), ctx.once('k', slow)]);
    });

    expect(info?.result).to.deep.equal([1, 1, 1]);
  });

  it('keeps keys apart, whatever they are called', async () => {
    const info = await run(async (ctx) => {
      const keys = ['a', '__proto__', 'constructor'];
      for (const key of keys) await ctx.once(key, () => key);
      return Promise.all(keys.map((key) => ctx.once(key, () => 'again')));
    });

    expect(info?.result).to.deep.equal(['a', '__proto__', 'constructor']);
  });

  it('records nothing of what throws', async () => {
    let tries = 0;

    const info = await run(async (ctx) => {
      const flaky = () => (++tries === 1 ? Promise.reject(new Error('no luck')) : tries);
      const first = await ctx.once('k', flaky).catch((error: Error) => error.message);
      return [first, await ctx.once('k', flaky)];
    });

    expect(info?.result).to.deep.equal(['no luck', 2]);
  });

  it('knows of what gave no result that it was done', async () => {
    let done = 0;

    const info = await run(async (ctx) => {
      const nothing = () => void ++done;
      return [typeof (await ctx.once('k', nothing)), typeof (await ctx.once('k', nothing)), done];
    });

    expect(info?.result).to.deep.equal(['undefined', 'undefined', 1]);
  });

  it('gives the first attempt what JSON makes of the result, as all others', async () => {
    const info = await run(async (ctx) => {
      const first: unknown = await ctx.once('k', () => new Date(0));
      return first;
    });

    expect(info?.result).to.equal('1970-01-01T00:00:00.000Z');
  });

  for (const [name, value] of [
    ['a cycle', () => cycle()],
    ['a BigInt', () => 1n],
    ['a function', () => () => 1],
  ] as const) {
    it(`refuses ${name} as a result, saying that it was done and is not recorded`, async () => {
      const error = await failureOf((ctx) => ctx.once('charge', value as () => unknown));

      expect(error).to.include({ code: 'RESULT_UNSERIALISABLE' });
      expect(error?.message).to.match(/^once: it was done, and is not recorded: the result of charge /);
    });
  }

  it('refuses a result that is too long, by the name of its key', async () => {
    const error = await failureOf((ctx) => ctx.once('charge', () => 'x'.repeat(20_000)));

    expect(error).to.include({ code: 'JOB_INVALID' });
    expect(error?.message).to.match(/the result of charge is longer than 16384 characters/);
  });

  it('refuses the 101st key by its name, before it does anything', async () => {
    let done = 0;

    const error = await failureOf(async (ctx) => {
      for (let n = 1; n <= 101; n++) await ctx.once(`k${n}`, () => ++done);
    });

    expect(error?.message).to.match(/at most 100 keys, and k101 is one more/);
    expect(done).to.equal(100);
  });

  for (const key of ['', 'x'.repeat(257), 7]) {
    it(`refuses a key that is ${typeof key === 'string' ? `${key.length} characters long` : 'no text'}`, async () => {
      const error = await failureOf((ctx) => ctx.once(key as string, () => 1));

      expect(error).to.include({ code: 'JOB_INVALID' });
    });
  }

  it('does nothing, and stops the handler, once the claim on the job is gone', async () => {
    let done = 0;
    const thrown: unknown[] = [];
    const handler = workers.handler(async (_data, ctx) => {
      await workers.store().remove(ctx.id);
      await ctx.once('charge', () => ++done).catch((error: unknown) => thrown.push(error));
    });
    await workers.worker({ handlers: [handler] }).start();

    await workers.add({});

    await until(() => thrown.length === 1, 'it was refused');
    expect(thrown[0]).to.include({ code: 'JOB_LOST' });
    expect(done).to.equal(0);
  });

  it('records nothing, and stops the handler, when the claim goes while it is done', async () => {
    const thrown: unknown[] = [];
    const handler = workers.handler(async (_data, ctx) => {
      const doing = ctx.once('charge', async () => void (await workers.store().remove(ctx.id)));
      await doing.catch((error: unknown) => thrown.push(error));
    });
    await workers.worker({ handlers: [handler] }).start();

    const [id = ''] = await workers.add({});

    await until(() => thrown.length === 1, 'it was refused');
    expect(thrown[0]).to.include({ code: 'JOB_LOST' });
    expect(await infoOf(id)).to.equal(null);
  });

  it('refuses a handler that goes on after its attempt has ended', async () => {
    let late: Promise<unknown> | null = null;
    await run((ctx) => {
      setImmediate(() => {
        late = ctx.once('k', () => 1).catch((error: unknown) => error);
      });
    });

    await until(() => late !== null, 'it asked');
    expect(await late).to.include({ code: 'JOB_LOST' });
  });

  const cycle = (): unknown => {
    const self: unknown[] = [];
    self.push(self);
    return self;
  };
});
