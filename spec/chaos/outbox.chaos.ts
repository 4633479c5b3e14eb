import { expect } from 'chai';
import { openOutbox, type SpecOutbox } from '../support/outbox.ts';
import { hasPostgres, type SpecPostgres, startPostgres } from '../support/postgres.ts';
import { type SpecProcess, startProgram } from '../support/process.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const AWAY_MS = Number(process.env['CHAOS_AWAY_MS'] ?? 30_000);
const CHUNK = 500;
/** Rows that come while something is broken. */
const SOME = 24_000;
const MANY = 100_000;
const LIMIT_MS = 240_000;

describe('an outbox whose rows keep coming', function () {
  this.timeout(300_000);
  let postgres: SpecPostgres;
  let redis: SpecRedis;
  let spec: SpecOutbox;
  let inserted: number;

  before(function () {
    if (!hasPostgres()) this.skip();
  });
  beforeEach(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    spec = await openOutbox(postgres, redis.url);
    inserted = 0;
  });
  afterEach(async () => {
    await spec?.close();
    await Promise.all([postgres?.stop(), redis?.stop()]);
  });

  it(`loses none and doubles none while Redis is away for ${AWAY_MS} ms`, async () => {
    const relay = spec.relay();
    await relay.start();
    await insertTo(SOME / 4);
    await until(() => relay.stats.moved > 0, 'some are moved');
    await redis.kill();
    const back = performance.now() + AWAY_MS;
    await insertTo(SOME);
    await until(() => performance.now() > back, 'it has been away for so long', LIMIT_MS);
    const waited = await spec.rows();
    await redis.restart();
    await untilGone();

    expect(waited).to.be.at.least((SOME * 3) / 4);
    expect(await wrong()).to.deep.equal([]);
  });

  it('loses none and doubles none while PostgreSQL is restarted and crashes in turn', async () => {
    const relay = spec.relay();
    await relay.start();
    for (let round = 1; round <= 6; round++) {
      await insertTo((round * SOME) / 6);
      await until(() => relay.stats.moved > 0, 'some are moved');
      if (round % 2 === 0) await postgres.crash();
      else await postgres.end().then(() => postgres.start());
    }
    await untilGone();

    expect(await wrong()).to.deep.equal([]);
  });

  it(`makes ${MANY} rows one job each by two relays, one of which is killed again and again`, async () => {
    const steady = await startRelay();
    let victim = await startRelay();
    let kills = 0;
    do {
      await insertTo(Math.min(MANY, inserted + MANY / 10));
      await ended(victim);
      kills++;
      victim = await startRelay();
    } while (inserted < MANY || (await spec.rows()) > 0);
    await Promise.all([ended(steady), ended(victim)]);

    expect(await wrong()).to.deep.equal([]);
    console.log(`      ${MANY} rows, ${kills} relays killed`);
  });

  /** Starts a relay in a process of its own; resolves when it moves rows. */
  async function startRelay(): Promise<SpecProcess> {
    const env = { POSTGRES: postgres.url, REDIS_URL: redis.url, TABLE: spec.table };
    const relay = await startProgram('spec/support/relay-worker.ts', env);
    await relay.waitForLine(/ready/);
    return relay;
  }

  function ended(relay: SpecProcess): Promise<unknown> {
    relay.kill('SIGKILL');
    return relay.exit;
  }

  /** Inserts rows with their numbers for data, up to one. */
  async function insertTo(end: number): Promise<void> {
    for (; inserted < end; inserted += CHUNK)
      await postgres.pool.query(
        `insert into ${spec.table} (queue, type, data)
select $1, 'job', to_json(n) from generate_series($2::int, $3::int) as n`,
        [spec.queue, inserted, Math.min(end, inserted + CHUNK) - 1],
      );
    inserted = end;
  }

  function untilGone(): Promise<void> {
    return until(async () => (await spec.rows()) === 0, 'all rows have gone', LIMIT_MS);
  }

  /** The numbers of the rows that are not exactly one job. */
  async function wrong(): Promise<number[]> {
    const jobs = new Uint8Array(inserted);
    const records = await spec.client.hvals(`bq:${spec.queue}:jobs`);
    for (const record of records) {
      const { data } = JSON.parse(record);
      jobs[data] = (jobs[data] ?? 0) + 1;
    }
    return [...jobs.keys()].filter((n) => jobs[n] !== 1);
  }
});
