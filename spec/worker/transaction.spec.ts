import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { defineJob, type JobContext } from '../../lib/jobs/define.ts';
import { createOutbox } from '../../lib/outbox/index.ts';
import { buryWorkers } from '../support/burial.ts';
import { hasPostgres, type SpecPostgres, startPostgres } from '../support/postgres.ts';
import { startProgram } from '../support/process.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('ctx.transaction', function () {
  this.timeout(120_000);
  let postgres: SpecPostgres;
  let workers: SpecWorkers;

  before(async function () {
    if (!hasPostgres()) this.skip();
    postgres = await startPostgres();
    await postgres.pool.query(createOutbox().sql());
    await postgres.pool.query('create table effects (id serial primary key, queue text not null)');
  });
  after(() => postgres?.stop());
  beforeEach(() => {
    workers = openWorkers();
  });
  afterEach(() => workers?.close());

  const insert = (ctx: JobContext, name?: string) =>
    ctx.transaction(
      postgres.pool,
      async (tx) => {
        await tx.query('insert into effects (queue) values ($1)', [workers.queue]);
        return { attempt: ctx.attempt };
      },
      name === undefined ? {} : { name },
    );
  const effects = async (): Promise<number> => {
    const counting = 'select count(*)::int as count from effects where queue = $1';
    return (await postgres.pool.query(counting, [workers.queue])).rows[0].count;
  };
  const run = async (handle: (ctx: JobContext) => Promise<unknown>, retries = 2): Promise<unknown> => {
    await workers.worker({ handlers: [workers.handler((_data, ctx) => handle(ctx))] }).start();
    const [id = ''] = await workers.add({});
    const ended = async () => {
      const { succeeded, failed } = await workers.queries().counts();
      if (failed > 0 && retries-- > 0) await workers.store().retry(id, 0);
      return succeeded === 1 || (failed > 0 && retries < 0);
    };
    await until(ended, 'the job has ended');
    return (await workers.queries().job(id))?.record.options.result;
  };

  it('commits what its function did, once over all attempts, which get the first result', async () => {
    const results: unknown[] = [];
    await run(async (ctx) => {
      results.push(await insert(ctx));
      if (ctx.attempt < 3) throw new Error('after the commit');
    });

    expect(results).to.deep.equal([{ attempt: 1 }, { attempt: 1 }, { attempt: 1 }]);
    expect(await effects()).to.equal(1);
    const { rows } = await postgres.pool.query('select fence, name from apiary_inbox where queue = $1', [
      workers.queue,
    ]);
    expect(rows).to.have.length(1);
    expect(Number(rows[0].fence)).to.be.above(0);
  });

  it('commits nothing where its function throws, and is done by the next attempt', async () => {
    await run((ctx) =>
      ctx.transaction(postgres.pool, async (tx) => {
        await tx.query('insert into effects (queue) values ($1)', [workers.queue]);
        if (ctx.attempt === 1) throw new Error('no');
      }),
    );

    expect(await effects()).to.equal(1);
  });

  it('commits nothing where its result cannot be kept, or the database fails', async () => {
    const codes: unknown[] = [];
    await run(async (ctx) => {
      for (const result of ['x'.repeat(20_000), 5n, () => 1])
        await ctx
          .transaction(postgres.pool, async (tx) => {
            await tx.query('insert into effects (queue) values ($1)', [workers.queue]);
            return result;
          })
          .catch((error) => codes.push(error.code));
      await ctx
        .transaction(postgres.pool, (tx) => tx.query('nonsense'))
        .catch((error) => codes.push(error.code));
      await insert(ctx, '\0').catch((error) => codes.push(error.code));
    });

    expect(codes).to.deep.equal([...Array(3).fill('RESULT_UNSERIALISABLE'), '42601', 'JOB_INVALID']);
    expect(await effects()).to.equal(0);
    // All connections are back, none in the midst of a transaction.
    expect(postgres.pool.idleCount).to.equal(postgres.pool.totalCount);
  });

  it('tells several of one job apart by their names', async () => {
    await run(async (ctx) => {
      for (const name of ['a', 'b', 'a']) await insert(ctx, name);
    });

    expect(await effects()).to.equal(2);
  });

  it('commits jobs that its function adds to the outbox', async () => {
    const outbox = createOutbox();
    const Next = defineJob({ type: 'next', queue: workers.queue, schema: z.any() });
    await run((ctx) =>
      ctx.transaction(postgres.pool, async (tx) => {
        await outbox.add(tx, Next, 1);
        if (ctx.attempt === 1) throw new Error('no');
      }),
    );

    expect((await postgres.pool.query('select from apiary_outbox')).rows).to.have.length(1);
  });

  it('knows another job under the same id', async () => {
    const { handlers, add } = {
      handlers: [workers.handler((_data, ctx) => insert(ctx))],
      add: workers.producer,
    };
    await workers.worker({ handlers, retention: { succeeded: { count: 0 } } }).start();
    for (const done of [1, 2]) {
      await add.addRaw({ type: 'job', queue: workers.queue, data: 1, options: { id: 'same' } });
      await until(async () => (await effects()) === done, 'it is done');
      await until(async () => (await workers.client.hlen(`bq:${workers.queue}:jobs`)) === 0, 'it is gone');
    }

    expect(await effects()).to.equal(2);
  });

  it('is not committed by an attempt that has lost its claim meanwhile: another does it, and only that counts', async () => {
    const gates: (() => void)[] = [];
    const ends: unknown[] = [];
    const handler = workers.handler(async (_data, ctx) => {
      const done = ctx.transaction(postgres.pool, async (tx) => {
        await tx.query('insert into effects (queue) values ($1)', [workers.queue]);
        if (gates.length === 0) await new Promise<void>((resolve) => gates.push(resolve));
      });
      await done.then(
        () => ends.push('done'),
        (error) => ends.push(error.code),
      );
    });
    await workers.worker({ handlers: [handler] }).start();
    await workers.add({});
    await until(() => gates.length === 1, 'the first is in the midst of it');
    await buryWorkers(workers.client, queueKeys('bq', workers.queue, false));
    const waiting = "select from pg_locks where locktype = 'advisory' and not granted";
    await until(async () => (await postgres.pool.query(waiting)).rows.length > 0, 'the second waits for it');
    gates[0]?.();
    await until(async () => (await workers.queries().counts()).succeeded === 1, 'it has ended');
    await until(() => ends.length === 2, 'both have ended');

    expect(ends).to.have.members(['JOB_LOST', 'done']);
    expect(await effects()).to.equal(1);
  });

  for (const [where, before] of Object.entries({ before: 0, inside: 0, after: 1 })) {
    it(`has one effect where its worker is killed ${where} it`, async () => {
      const { queue } = workers;
      const start = (DIE: string) =>
        startProgram('spec/support/transaction-worker.ts', {
          ...{ REDIS_URL: redisUrl(), QUEUE: queue, POSTGRES: postgres.url, DIE },
        });
      const [id = ''] = await workers.add({});
      const first = await start(where);
      expect(await first.exit).to.include({ signal: 'SIGKILL' });
      expect(await effects()).to.equal(before);
      await buryWorkers(workers.client, queueKeys('bq', queue, false));
      const second = await start('never');
      await until(async () => (await workers.queries().counts()).succeeded === 1, 'it has ended');
      await second.stop();

      expect(await effects()).to.equal(1);
      expect((await workers.queries().job(id))?.record.options.result).to.be.a('number');
    });
  }
});
