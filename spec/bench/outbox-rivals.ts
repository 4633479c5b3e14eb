// Measures how fast jobs are inserted into PostgreSQL, by an outbox and by pg-boss, on one server and with the same data:
// node --import tsx spec/bench/outbox-rivals.ts [rounds]. It installs pg-boss beside itself the first time.
import { defineJob, jobFor } from '../../lib/index.ts';
import { createOutbox } from '../../lib/outbox/index.ts';
import { startPostgres } from '../support/postgres.ts';
import { type Email, email } from './engines/engine.ts';
import { postgresCpuMicros } from './postgres-probe.ts';
import { installRival } from './rivals.ts';
import { median } from './statistics.ts';

/** The little that is asked of each. */
interface Inserter {
  insertOne(email: Email): Promise<unknown>;
  insertMany(emails: readonly Email[]): Promise<unknown>;
}

/** What is asked of pg-boss, which is installed on demand. */
interface PgBoss {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  start(): Promise<unknown>;
  stop(options: { graceful: boolean }): Promise<unknown>;
  createQueue(name: string): Promise<unknown>;
  send(name: string, data: object): Promise<unknown>;
  insert(name: string, jobs: readonly { data: object }[]): Promise<unknown>;
}

const ROUNDS = Number(process.argv[2] ?? 5);
const QUEUE = 'mail';
const BATCH = 1_000;
const BATCHES = 20;
const SINGLES = 1_000;
/** Single inserts under way at a time, each over a connection of its own. */
const AT_ONCE = 10;

const version = installRival('pg-boss');
const postgres = await startPostgres({ durable: true });
const boss = await openBoss();
const inserters = { outbox: await openOutbox(), [`pg-boss ${version}`]: ofBoss(boss) };

try {
  for (const inserter of Object.values(inserters)) await insertBatches(inserter, 5);
  await compare(`in batches of ${BATCH}`, BATCHES * BATCH, (inserter) => insertBatches(inserter, BATCHES));
  await compare(`one a transaction, ${AT_ONCE} at once`, SINGLES, insertSingly);
} finally {
  await boss.stop({ graceful: false });
  await postgres.stop();
}

async function compare(
  name: string,
  rows: number,
  run: (inserter: Inserter) => Promise<void>,
): Promise<void> {
  const results = new Map<string, { perSecond: number; micros: number }[]>();
  for (let round = 0; round < ROUNDS; round++)
    for (const [who, inserter] of Object.entries(inserters))
      results.set(who, [...(results.get(who) ?? []), await measure(rows, () => run(inserter))]);
  for (const [who, all] of results) {
    const perSecond = Math.round(median(all.map((one) => one.perSecond)));
    const micros = median(all.map((one) => one.micros)).toFixed(1);
    console.log(`${name}, ${who}: ${perSecond} rows/s, ${micros} µs of PostgreSQL's CPU a row`);
  }
}

async function measure(
  rows: number,
  run: () => Promise<void>,
): Promise<{ perSecond: number; micros: number }> {
  const [startedAt, before] = [performance.now(), postgresCpuMicros(postgres.pid)];
  await run();
  const seconds = (performance.now() - startedAt) / 1_000;
  return { perSecond: rows / seconds, micros: (postgresCpuMicros(postgres.pid) - before) / rows };
}

async function insertBatches(inserter: Inserter, batches: number): Promise<void> {
  for (let batch = 0; batch < batches; batch++)
    await inserter.insertMany(Array.from({ length: BATCH }, (_, at) => email(batch * BATCH + at)));
}

async function insertSingly(inserter: Inserter): Promise<void> {
  let next = 0;
  const insert = async (): Promise<void> => {
    while (next < SINGLES) await inserter.insertOne(email(next++));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, insert));
}

async function openOutbox(): Promise<Inserter> {
  const { pool } = postgres;
  const outbox = createOutbox();
  await pool.query(outbox.sql());
  const Mail = defineJob<Email>({ type: 'mail', queue: QUEUE });
  return {
    insertOne: (one) => outbox.add(pool, Mail, one),
    insertMany: async (emails) => {
      const tx = await pool.connect();
      await tx.query('begin');
      await outbox.addMany(
        tx,
        emails.map((one) => jobFor(Mail, one)),
      );
      await tx.query('commit');
      tx.release();
    },
  };
}

async function openBoss(): Promise<PgBoss> {
  const module: unknown = await import('pg-boss' as string);
  const { PgBoss: Boss } = module as { PgBoss: new (options: object) => PgBoss };
  const opened = new Boss({
    connectionString: postgres.url,
    max: AT_ONCE,
    supervise: false,
    schedule: false,
  });
  opened.on('error', (error) => console.log(error));
  await opened.start();
  await opened.createQueue(QUEUE);
  return opened;
}

function ofBoss(opened: PgBoss): Inserter {
  return {
    insertOne: (one) => opened.send(QUEUE, one),
    insertMany: (emails) =>
      opened.insert(
        QUEUE,
        emails.map((data) => ({ data })),
      ),
  };
}
