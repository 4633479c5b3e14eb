import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import { z } from 'zod';
import { DiscardJob } from '../../lib/errors.ts';
import { defineJob, type HandlerOptions, handle, type Middleware } from '../../lib/jobs/define.ts';
import { withMiddleware } from '../../lib/worker/middleware.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('middleware', () => {
  let specs: SpecWorkers;
  let told: string[];

  beforeEach(() => {
    specs = openWorkers();
    told = [];
  });
  afterEach(() => specs.close());

  const tells =
    (name: string): Middleware =>
    (next) =>
    async (data, ctx) => {
      told.push(`${name} in`);
      const result = await next(data, ctx);
      told.push(`${name} out`);
      return result;
    };
  const handler = (run: (n: number) => unknown, options: HandlerOptions<{ n: number }> = {}) => {
    const definition = defineJob({
      type: 'job',
      queue: specs.queue,
      schema: z.object({ n: z.coerce.number() }),
    });
    return handle(definition, ({ n }) => run(n), options);
  };
  async function runOne(worker: ReturnType<SpecWorkers['worker']>, state: string): Promise<unknown> {
    const [id = ''] = await specs.add({ n: '7' });
    await worker.start();
    await until(async () => (await specs.queries().job(id))?.state === state, `the job has ${state}`);
    return (await specs.queries().job(id))?.record.options;
  }

  it('has a handler begin once that returns what begins when it is waited for', async () => {
    let begun = 0;
    // As a query builder does.
    const lazy = {
      // biome-ignore lint/suspicious/noThenProperty: it is what is tried
      then: (resolve: (value: string) => void) => {
        begun++;
        setImmediate(resolve, 'inserted');
      },
    };
    const worker = specs.worker({
      handlers: [handler(() => lazy, { middleware: [tells('own')] })],
      middleware: [tells('all'), (next) => (data, ctx) => next(data, ctx)],
    });

    expect(await runOne(worker, 'succeeded')).to.include({ result: 'inserted' });
    expect(begun).to.equal(1);
  });

  it('goes round the handler, the first outermost, that of the worker round that of the handler', async () => {
    const own = handler(() => told.push('handler'), { middleware: [tells('own 1'), tells('own 2')] });
    const worker = specs.worker({ handlers: [own], middleware: [tells('all 1'), tells('all 2')] });

    await runOne(worker, 'succeeded');

    expect(told).to.deep.equal([
      'all 1 in',
      'all 2 in',
      'own 1 in',
      'own 2 in',
      'handler',
      'own 2 out',
      'own 1 out',
      'all 2 out',
      'all 1 out',
    ]);
  });

  it('sees the parsed data and the result, and may change both', async () => {
    const doubled: Middleware<{ n: number }> = (next) => async (data, ctx) => {
      const result = await next({ n: data.n * 2 }, ctx);
      return { result, type: ctx.type };
    };
    const worker = specs.worker({ handlers: [handler((n) => n + 1, { middleware: [doubled] })] });

    expect(await runOne(worker, 'succeeded')).to.have.deep.property('result', { result: 15, type: 'job' });
  });

  it('is made once, not for each job', async () => {
    let made = 0;
    const counting: Middleware = (next) => {
      made++;
      return next;
    };
    const worker = specs.worker({ handlers: [handler(() => 1)], middleware: [counting] });
    await specs.add({ n: 1 }, { n: 2 }, { n: 3 });

    await worker.start();
    await until(async () => (await specs.queries().counts()).succeeded === 3, 'all have succeeded');

    expect(made).to.equal(1);
  });

  it('may end a job without calling the handler', async () => {
    const refusing: Middleware = () => () => {
      throw new DiscardJob('not for us');
    };
    const worker = specs.worker({ handlers: [handler(() => told.push('handler'))], middleware: [refusing] });

    expect(await runOne(worker, 'failed')).to.include({ outcome: 'discarded' });
    expect(told).to.deep.equal([]);
  });

  it('may carry what is around the handler', async () => {
    const tenant = new AsyncLocalStorage<string>();
    const tenancy: Middleware = (next) => (data, ctx) =>
      tenant.run(`tenant of ${ctx.queue}`, next, data, ctx);
    const worker = specs.worker({ handlers: [handler(() => tenant.getStore())], middleware: [tenancy] });

    expect(await runOne(worker, 'succeeded')).to.include({ result: `tenant of ${specs.queue}` });
  });

  it('leaves a handler as it is where there is none', () => {
    const bare = handler(() => 1);

    expect(withMiddleware(bare, [])).to.equal(bare);
  });

  for (const [what, wrong] of [
    ['is no function', 'text'],
    ['returns none', () => undefined],
  ] as const) {
    it(`that ${what} is refused when the worker is made, naming the type`, () => {
      const make = () => specs.worker({ handlers: [handler(() => 1)], middleware: [wrong as never] });

      expect(make)
        .to.throw(/job type job/)
        .with.property('code', 'HANDLER_INVALID');
    });
  }
});
