import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, type JobDefinition } from '../../lib/jobs/define.ts';
import {
  createOutbox,
  createRelay,
  type Outbox,
  type Relay,
  type RelayOptions,
} from '../../lib/outbox/index.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from './log.ts';
import type { SpecPostgres } from './postgres.ts';
import { until } from './wait.ts';

/** An outbox with tables of its own, a queue of its own, and what a spec needs to look at them. */
export interface SpecOutbox {
  readonly table: string;
  readonly outbox: Outbox;
  readonly queue: string;
  /** A job of the queue whose data may be anything. */
  readonly definition: JobDefinition<unknown, unknown>;
  readonly client: RedisClient;
  readonly inspector: Inspector;
  /** A relay that is not started yet; it ends with all else. */
  relay(options?: Partial<RelayOptions>): Relay;
  /** Runs a transaction and commits it, or rolls it back where the function throws. */
  transaction<T>(run: (tx: pg.PoolClient) => Promise<T>): Promise<T>;
  /** Inserts rows by SQL alone: so many, with their number for data. */
  insert(count: number, options?: object): Promise<void>;
  /** How many rows wait. */
  rows(): Promise<number>;
  /** The data of what waits in the queue, the next to run first. */
  waiting(): Promise<unknown[]>;
  untilEmpty(): Promise<void>;
  close(): Promise<void>;
}

/** Opens one on a database and a Redis. */
export async function openOutbox(postgres: SpecPostgres, redis: string): Promise<SpecOutbox> {
  const table = `outbox_${randomBytes(6).toString('hex')}`;
  const outbox = createOutbox({ table });
  const { pool } = postgres;
  await pool.query(outbox.sql());
  const queue = testQueueName();
  const client = connect(parseRedisUrl(redis), 'commands', { log: silentLog });
  const inspector = new Inspector({ client });
  const relays: Relay[] = [];
  const rows = async (): Promise<number> => {
    const { rows: counted } = await pool.query(`select count(*)::int as count from ${table}`);
    return Number(counted[0]?.count);
  };
  return {
    ...{ table, outbox, queue, client, inspector, rows },
    definition: defineJob({ type: 'job', queue, schema: z.any() }),
    relay: (options = {}) => {
      const relay = createRelay({ postgres: postgres.url, redis, table, pollMs: 100, ...options });
      relays.push(relay);
      return relay;
    },
    transaction: (run) => inTransaction(pool, run),
    insert: async (count, options = {}) => {
      await pool.query(
        `insert into ${table} (queue, type, data, options)
select $1, 'job', to_json(n), $3::json from generate_series(1, $2::int) as n`,
        [queue, count, JSON.stringify(options)],
      );
    },
    waiting: async () => {
      const { jobs } = await inspector.jobs(queue, { state: 'waiting', limit: 1_000 });
      return jobs.map(({ data }) => data).reverse();
    },
    untilEmpty: () => until(async () => (await rows()) === 0, 'all rows have gone'),
    close: async () => {
      await Promise.all(relays.map((relay) => relay.stop()));
      await Promise.all([inspector.close(), closeClient(client)]);
    },
  };
}

async function inTransaction<T>(pool: pg.Pool, run: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  const tx = await pool.connect();
  try {
    await tx.query('begin');
    const result = await run(tx);
    await tx.query('commit');
    return result;
  } catch (error) {
    await tx.query('rollback');
    throw error;
  } finally {
    tx.release();
  }
}
