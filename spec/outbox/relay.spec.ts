import { expect } from 'chai';
import { queueKeys } from '../../lib/engine/keys.ts';
import type { Relay } from '../../lib/outbox/index.ts';
import { openOutbox, type SpecOutbox } from '../support/outbox.ts';
import { hasPostgres, type SpecPostgres, startPostgres } from '../support/postgres.ts';
import { type SpecProcess, startProgram } from '../support/process.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

/** Enough for many batches at a time, of two relays. */
const MANY = 20_000;
const TROUBLE = { pollMs: 20, batchSize: 100 };

describe('a relay', function () {
  this.timeout(120_000);
  let postgres: SpecPostgres;
  let redis: SpecRedis;
  let spec: SpecOutbox;

  before(async function () {
    if (!hasPostgres()) this.skip();
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  });
  after(() => Promise.all([postgres?.stop(), redis?.stop()]));
  beforeEach(async () => {
    spec = await openOutbox(postgres, redis.url);
  });
  afterEach(() => spec?.close());

  const startAll = (...relays: readonly Relay[]) => Promise.all(relays.map((relay) => relay.start()));
  const counts = async () => (await spec.inspector.queue(spec.queue)).counts;

  it('shares many rows with another: each is one job, and no row stays', async () => {
    await spec.insert(MANY);
    const relays = [spec.relay({ batchSize: 500 }), spec.relay({ batchSize: 500 })];
    await startAll(...relays);
    await spec.untilEmpty();
    await Promise.all(relays.map((relay) => relay.stop()));

    expect((await counts()).waiting).to.equal(MANY);
    expect(relays.map(({ stats }) => stats.moved).reduce((sum, moved) => sum + moved)).to.equal(MANY);
    expect(Math.min(...relays.map(({ stats }) => stats.moved))).to.be.above(0);
  });

  it('keeps the order of rows with keys, whoever moves them', async () => {
    const keyed = 900;
    const relays = [spec.relay({ batchSize: 7 }), spec.relay({ batchSize: 11, concurrency: 4 })];
    await startAll(...relays);
    for (let from = 0; from < keyed; from += 90)
      await postgres.pool.query(
        `insert into ${spec.table} (queue, type, data, options)
select $1, 'job', to_json(n), json_build_object('key', 'k' || n % 3) from generate_series($2::int, $2::int + 89) as n`,
        [spec.queue, from],
      );
    await spec.untilEmpty();

    const all = await spec.waiting();
    expect(all).to.have.length(keyed);
    for (const rest of [0, 1, 2]) {
      const ofKey = all.map(Number).filter((n) => n % 3 === rest);
      expect(ofKey).to.deep.equal(ofKey.toSorted((one, other) => one - other));
    }
  });

  for (const [when, env] of Object.entries({
    'before it sends a batch': { KILL_AFTER: 'select * from' },
    'after Redis has stored a batch and before the rows are removed': { KILL_BEFORE: 'delete from' },
    'after the rows are removed and before that is committed': { KILL_BEFORE: 'commit' },
    'after many batches are sent, whose rows go with one commit': {
      ...{ KILL_BEFORE: 'commit', BATCH_SIZE: '4', TIME_STANDS: 'yes' },
    },
    'after all is committed': { KILL_AFTER: 'commit' },
  })) {
    it(`that is killed ${when} loses nothing, and makes no job twice, also of those that have gone since`, async () => {
      await spec.insert(30);
      const first = await startRelay(env);
      expect(await first.exit).to.include({ signal: 'SIGKILL' });
      const stored = await spec.waiting();
      const { jobs } = await spec.inspector.jobs(spec.queue, { state: 'waiting', limit: 100 });
      // They run, end and are not kept: nothing but the note of the relay tells that they were there.
      for (const { id } of jobs) await spec.inspector.remove(spec.queue, id);
      await spec.relay().start();
      await spec.untilEmpty();

      expect(stored.length + (await spec.waiting()).length).to.equal(30);
      expect(stored).to.have.length(env['KILL_AFTER'] === 'select * from' ? 0 : 30);
    });
  }

  function startRelay(env: Record<string, string>): Promise<SpecProcess> {
    const own = { POSTGRES: postgres.url, REDIS_URL: redis.url, TABLE: spec.table };
    return startProgram('spec/support/relay-worker.ts', { ...own, ...env });
  }

  it('lets rows wait while Redis is away', async () => {
    const relay = spec.relay(TROUBLE);
    await relay.start();
    await redis.kill();
    await spec.insert(300);
    await until(() => relay.stats.trouble !== null, 'it has trouble');
    expect(await spec.rows()).to.equal(300);
    await redis.restart();
    await spec.untilEmpty();

    expect((await counts()).waiting).to.equal(300);
    await until(() => relay.stats.trouble === null, 'the trouble is over');
  });

  for (const [of, options] of Object.entries({
    rows: {},
    'rows with a key, nor in their order': { key: 'k' },
  }))
    it(`is not confused in its ${of}, by a Redis that is killed amid its batches`, async () => {
      await spec.insert(MANY, options);
      const relay = spec.relay(TROUBLE);
      await relay.start();
      await until(() => relay.stats.moved > 500, 'some are moved');
      await redis.kill();
      await redis.restart();
      await spec.untilEmpty();

      const keys = queueKeys('bq', spec.queue, false);
      const ids = await spec.client.lrange(keys.waiting, 0, -1);
      const records = await spec.client.hmget(keys.jobs, ...ids.reverse());
      const numbers = records.map((record) => JSON.parse(record ?? '').data);
      const inOrder = numbers.toSorted((one, other) => one - other);
      expect(inOrder).to.deep.equal(Array.from({ length: MANY }, (_, at) => at + 1));
      if ('key' in options) expect(numbers).to.deep.equal(inOrder);
    });

  it('lets rows wait while Redis is full', async () => {
    await spec.client.config('SET', 'maxmemory', '1');
    try {
      const relay = spec.relay(TROUBLE);
      await relay.start();
      await spec.insert(10);
      await until(() => relay.stats.trouble !== null, 'it has trouble');
      expect(relay.stats.trouble).to.include({ code: 'REDIS_FULL' });
      expect(await spec.rows()).to.equal(10);
    } finally {
      await spec.client.config('SET', 'maxmemory', '0');
    }
    await spec.untilEmpty();

    expect((await counts()).waiting).to.equal(10);
  });

  it('goes on where the database crashes and comes back', async () => {
    await spec.insert(MANY);
    const relay = spec.relay(TROUBLE);
    await relay.start();
    await until(() => relay.stats.moved > 500, 'some are moved');
    await postgres.crash();
    await spec.untilEmpty();
    expect((await counts()).waiting).to.equal(MANY);
    await spec.insert(1);
    await spec.untilEmpty();

    expect((await counts()).waiting).to.equal(MANY + 1);
  });

  it('starts before the database, and before Redis', async () => {
    await postgres.end();
    await redis.kill();
    const relay = spec.relay(TROUBLE);
    await relay.start();
    await until(() => relay.stats.trouble !== null, 'it has trouble');
    await redis.restart();
    await postgres.start();
    await spec.insert(3);
    await spec.untilEmpty();

    expect((await counts()).waiting).to.equal(3);
  });

  it('sets aside what can never be sent, and moves all else', async () => {
    await postgres.pool.query(
      `insert into ${spec.table} (queue, type, data, options) values
($1, 'job', '1', '{"retries": -1}'), ($1, 'job', '2', '{}'), ($1, 'a b', '3', '{}'), ('no queue', 'job', '4', '{}'),
($1, 'job', '5', '[]'), ($1, 'job', '6', '{"colour": "red"}'), ($1, 'job', '7', '{"key": ""}'), ($1, 'job', '8', '{"key": "k"}'),
($1, 'job', '9', '{"group": "g", "key": "k"}')`,
      [spec.queue],
    );
    const relay = spec.relay({ maxDataBytes: 100 });
    await relay.start();
    await spec.transaction((tx) => spec.outbox.add(tx, spec.definition, 'x'.repeat(200)));
    await spec.untilEmpty();

    expect(await spec.waiting()).to.have.members([2, 8]);
    const { rows } = await postgres.pool.query(
      `select data::text, code, reason from ${spec.table}_aside order by length(data::text), data::text`,
    );
    expect(rows.map(({ data }) => data.slice(0, 1))).to.deep.equal(['1', '3', '4', '5', '6', '7', '9', '"']);
    expect(rows[0]).to.include({ code: 'JOB_INVALID' });
    expect(rows[0].reason).to.include('options.retries must be a whole number');
    expect(rows.at(-1)).to.include({ code: 'DATA_TOO_LARGE' });
    expect(relay.stats).to.deep.include({ moved: 2, setAside: 8 });
    expect(await relay.depth()).to.deep.equal({ rows: 0, lagMs: 0, aside: 8 });
  });

  it('stands still for no row that somebody inserted with what cannot be, and reads none that is endless', async () => {
    await postgres.pool.query(
      `insert into ${spec.table} (queue, type, data, id, added_at, added_by, options) values
($1, 'job', '1', '1', 'infinity', null, '{}'), ($1, 'job', '2', '2', '-infinity', null, '{}'),
($1, 'job', '3', '3', '294276-01-01', null, '{}'), ($1, 'job', '4', '', now(), null, '{"id": "fine"}'),
($1, 'job', '5', '5', now(), repeat('x', 1000), '{}'), ($1, 'job', '6', repeat('x', 1000), now(), null, '{"id": "too"}'),
($1, 'job', '7', '7', now(), null, json_build_object('headers', json_build_object('a', repeat('x', 1100000)))),
($1, 'job', '8', '8', now(), null, '{}'),
($1, 'job', to_json(repeat('9', 2000000)), '9', now(), null, '{}')`,
      [spec.queue],
    );
    const relay = spec.relay();
    await relay.start();
    expect((await relay.depth()).lagMs).to.be.at.least(0);
    await spec.untilEmpty();

    expect(await spec.waiting()).to.deep.equal([8]);
    const { rows } = await postgres.pool.query(
      `select left(data::text, 2) as data, code, reason from ${spec.table}_aside order by data::text`,
    );
    expect(rows.map(({ data, code }) => [data, code])).to.deep.equal([
      ['"9', 'DATA_TOO_LARGE'],
      ...['1', '2', '3', '4', '5', '6', '7'].map((data) => [data, 'JOB_INVALID']),
    ]);
    expect(rows[0].reason).to.include('has 2000002 bytes');
    expect(relay.stats.trouble).to.equal(null);
  });

  it('sends a row that was set aside and inserted anew, also where its relay died before Redis had forgotten it', async () => {
    await spec.transaction(async (tx) => {
      for (const data of ['first', 'second'])
        await spec.outbox.add(tx, spec.definition, data, { unique: { key: 'u', onConflict: 'reject' } });
    });
    const dies = spec.relay();
    const relayed = queueKeys('bq', spec.queue, false).relayed;
    await dies.start();
    await until(async () => dies.stats.setAside === 1, 'the second was set aside');
    await until(async () => (await spec.client.zcard(relayed)) === 0, 'no row is noted');
    await dies.stop();
    const { rows } = await postgres.pool.query(`select seq, id from ${spec.table}_aside`);
    // What it would have left.
    await spec.client.zadd(relayed, Date.now(), `${rows[0].seq} ${rows[0].id}`, Date.now(), rows[0].id);
    await spec.inspector.removeAll(spec.queue, 'waiting');

    await postgres.pool.query(
      `with back as (delete from ${spec.table}_aside returning *)
insert into ${spec.table} (id, queue, type, data, options, gather, added_by)
select id, queue, type, data, options, gather, added_by from back order by seq`,
    );
    await spec.relay().start();
    await spec.untilEmpty();

    expect(await spec.waiting()).to.deep.equal(['second']);
  });

  it('does with unique keys what rows say', async () => {
    const { outbox, definition } = spec;
    await spec.transaction(async (tx) => {
      for (const onConflict of ['return', 'return', 'replace', 'reject'] as const)
        await outbox.add(tx, definition, onConflict, { unique: { key: 'u', onConflict } });
    });
    const relay = spec.relay();
    await relay.start();
    await spec.untilEmpty();

    expect(await spec.waiting()).to.deep.equal(['replace']);
    expect(relay.stats).to.deep.include({ moved: 3, setAside: 1 });
  });

  it('lets rows wait for a queue that is full, and no others', async () => {
    await spec.inspector.limits.set(spec.queue, { maxWaiting: 5 }, 'spec');
    await spec.insert(4);
    await spec.insert(4, { key: 'k' });
    const relay = spec.relay(TROUBLE);
    await relay.start();
    const free = await openOutbox(postgres, redis.url);
    await postgres.pool.query(`insert into ${spec.table} (queue, type, data) values ($1, 'job', '1')`, [
      free.queue,
    ]);
    await until(async () => (await free.waiting()).length === 1, 'the other queue has its job');
    await until(async () => (await counts()).waiting === 5, 'the queue is full');
    // A job is in Redis before its row is gone.
    await until(async () => (await spec.rows()) === 3, 'those of the queue alone wait');
    await spec.inspector.limits.lift(spec.queue, 'spec');
    await spec.untilEmpty();
    await free.close();

    expect((await counts()).waiting).to.equal(8);
  });

  it('lets rows wait for a queue whose key is another thing, and no others', async () => {
    const keys = queueKeys('bq', spec.queue, false);
    await spec.client.set(keys.waiting, 'x');
    await spec.insert(3);
    const relay = spec.relay(TROUBLE);
    await relay.start();
    const free = await openOutbox(postgres, redis.url);
    await postgres.pool.query(`insert into ${spec.table} (queue, type, data) values ($1, 'job', '1')`, [
      free.queue,
    ]);
    await until(async () => (await free.waiting()).length === 1, 'the other queue has its job');
    // A job is in Redis before its row is gone.
    await until(async () => (await spec.rows()) === 3, 'those of the queue alone wait');
    await spec.client.del(keys.waiting);
    await spec.untilEmpty();
    await free.close();

    expect((await counts()).waiting).to.equal(3);
  });

  it('leaves nothing in Redis of rows that have gone', async () => {
    await spec.insert(10);
    await spec.relay().start();
    await spec.untilEmpty();
    const { relayed } = queueKeys('bq', spec.queue, false);

    await until(async () => (await spec.client.zcard(relayed)) === 0, 'no row is noted');
  });

  it('tells how the outbox stands', async () => {
    await spec.insert(5);
    await redis.kill();
    const relay = spec.relay();
    await relay.start();
    await until(async () => (await relay.depth()).lagMs > 0, 'the rows have waited');
    const depth = await relay.depth();
    await redis.restart();

    expect(depth).to.include({ rows: 5, aside: 0 });
  });

  it('works over a pool of the caller, which it does not end', async () => {
    const relay = spec.relay({ postgres: postgres.pool });
    await relay.start();
    await spec.insert(2);
    await spec.untilEmpty();
    await relay.stop();

    expect((await counts()).waiting).to.equal(2);
    expect((await postgres.pool.query('select 1')).rows).to.have.length(1);
  });
});
