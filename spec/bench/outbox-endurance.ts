// Lets many rows pass through an outbox: node --import tsx spec/bench/outbox-endurance.ts [rows]. Says how large table and
// index are at the start, while the rows pass and at the end, and whether each row was one job.
// PostgreSQL looks for what is to be vacuumed once a minute here, as it does by default.
import { queueKeys } from '../../lib/engine/keys.ts';
import { createOutbox, createRelay } from '../../lib/outbox/index.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from '../support/log.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const ROWS = Number(process.argv[2] ?? 5_000_000);
/** So many rows are inserted by one transaction, and so many wait at most. */
const CHUNK = 10_000;
const MOST_WAITING = 50_000;
/** After so many rows their jobs are counted and removed, or Redis would need gigabytes. */
const SLICE = 250_000;
const LIMIT_MS = 600_000;

const postgres = await startPostgres({ durable: true, settings: ['autovacuum_naptime=1min'] });
const redis = await startRedis({ appendOnly: false });
const client = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
const keys = queueKeys('bq', 'passing', false);
const outbox = createOutbox();
await postgres.pool.query(outbox.sql());
const relay = createRelay({ postgres: postgres.url, redis: redis.url });
let tookMs = 0;
let wrong = 0;

try {
  await say(0);
  await relay.start();
  for (let passed = 0; passed < ROWS; passed += SLICE)
    await passSlice(passed, Math.min(ROWS, passed + SLICE));
  await relay.stop();
  console.log(
    `${ROWS} rows: ${Math.round((ROWS / tookMs) * 1_000)} rows/s, ${wrong} rows that were not one job`,
  );
  process.exitCode = wrong === 0 ? 0 : 1;
} finally {
  await closeClient(client);
  await postgres.stop();
  await redis.stop();
}

async function passSlice(begin: number, end: number): Promise<void> {
  const startedAt = performance.now();
  for (let from = begin; from < end; from += CHUNK) {
    await until(() => from - relay.stats.moved < MOST_WAITING, 'rows have passed', LIMIT_MS);
    await insert(from, Math.min(CHUNK, end - from));
  }
  await until(() => relay.stats.moved >= end, 'all have passed', LIMIT_MS);
  tookMs += performance.now() - startedAt;
  const jobs = await client.hlen(keys.jobs);
  const waiting = await client.llen(keys.waiting);
  wrong += Math.max(Math.abs(jobs - (end - begin)), Math.abs(waiting - jobs));
  await client.unlink(keys.jobs, keys.waiting);
  await say(end);
}

async function insert(from: number, count: number): Promise<void> {
  await postgres.pool.query(
    `insert into apiary_outbox (queue, type, data)
select 'passing', 'passing', json_build_object('to', 'user' || n || '@example.com', 'n', n)
from generate_series($1::int, $1::int + $2::int - 1) as n`,
    [from, count],
  );
}

async function say(passed: number): Promise<void> {
  const { rows } = await postgres.pool.query(
    `select pg_table_size('apiary_outbox') / 1024 as rows, pg_indexes_size('apiary_outbox') / 1024 as index,
  autovacuum_count as vacuums from pg_stat_all_tables where relid = 'apiary_outbox'::regclass`,
  );
  const [size] = rows;
  const resident = Math.round(process.memoryUsage.rss() / 2 ** 20);
  console.log(
    `${String(passed).padStart(8)} rows: table ${size.rows} KiB, index ${size.index} KiB, ` +
      `vacuums ${size.vacuums}, Node ${resident} MiB`,
  );
}
