// Measures an outbox: node --import tsx spec/bench/outbox.ts [rows]. How many rows a second go to Redis and what CPU each
// takes of whom, how large the table is then, and how long it takes from a commit to the handler.
import { z } from 'zod';
import { createWorker, defineJob, handle } from '../../lib/index.ts';
import { createOutbox, createRelay } from '../../lib/outbox/index.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { postgresCpuMicros } from './postgres-probe.ts';
import { openProbe } from './redis-probe.ts';

const ROWS = Number(process.argv[2] ?? 100_000);
const SAMPLES = 500;
/** Between two commits whose latency is measured, in ms: nothing else is under way then. */
const PAUSE_MS = 4;

const postgres = await startPostgres({ durable: true });
const redis = await startRedis();
const probe = openProbe(redis.port);
const outbox = createOutbox();
const { pool } = postgres;
await pool.query(outbox.sql());
const Ping = defineJob({ type: 'ping', queue: 'ping', schema: z.number() });

try {
  await measureRate('without a key', '{}');
  await measureRate('with a key', '{"key":"k"}');
  console.log(`the table has ${await size()} KiB after ${2 * ROWS} rows`);
  await measureLatency();
} finally {
  await probe.close();
  await postgres.stop();
  await redis.stop();
}

async function measureRate(name: string, options: string): Promise<void> {
  await pool.query(
    `insert into apiary_outbox (queue, type, data, options)
select 'bulk', 'bulk', json_build_object('to', 'user' || n || '@example.com', 'n', n), $2::json
from generate_series(1, $1::int) as n`,
    [ROWS, options],
  );
  const relay = createRelay({ postgres: postgres.url, redis: redis.url });
  const [startedAt, before] = [performance.now(), await cpu()];
  await relay.start();
  await until(() => relay.stats.moved >= ROWS, 'all rows are moved', 600_000);
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = await cpu();
  await relay.stop();
  const used = after.map((micros, at) => ((micros - (before[at] ?? 0)) / ROWS).toFixed(1));
  const [node, database, server] = used;
  console.log(
    `${ROWS} rows ${name}: ${Math.round(ROWS / seconds)} rows/s; ` +
      `µs of CPU a row: Node ${node}, PostgreSQL ${database}, Redis ${server}`,
  );
}

/** What this process, PostgreSQL and Redis have used so far, in microseconds. */
async function cpu(): Promise<number[]> {
  const { user, system } = process.cpuUsage();
  return [user + system, postgresCpuMicros(postgres.pid), await probe.cpuMicros()];
}

async function size(): Promise<number> {
  const { rows } = await pool.query("select pg_total_relation_size('apiary_outbox') / 1024 as size");
  return Number(rows[0].size);
}

async function measureLatency(): Promise<void> {
  const fromAdd: number[] = [];
  const fromCommit: number[] = [];
  let [addedAt, committedAt] = [0, 0];
  const ping = handle(Ping, () => {
    const now = performance.now();
    fromAdd.push(now - addedAt);
    fromCommit.push(now - committedAt);
  });
  const relay = createRelay({ postgres: postgres.url, redis: redis.url });
  const worker = createWorker({ redis: redis.url, handlers: [ping] });
  await Promise.all([relay.start(), worker.start()]);
  const client = await pool.connect();
  for (let sample = 0; sample < SAMPLES; sample++) {
    addedAt = performance.now();
    await client.query('begin');
    await outbox.add(client, Ping, sample);
    committedAt = performance.now();
    await client.query('commit');
    await until(() => fromAdd.length > sample, 'the job has run');
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  client.release();
  console.log(`from the add to the handler: ${percentiles(fromAdd)}`);
  console.log(`from the begin of the commit to the handler: ${percentiles(fromCommit)}`);
  await Promise.all([relay.stop(), worker.stop()]);
}

function percentiles(tookMs: readonly number[]): string {
  const sorted = tookMs.toSorted((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`;
}
