import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { BulkRunner } from '../../lib/inspector/bulk-runner.ts';
import { RUN_LEASE_MS } from '../../lib/inspector/held-run.ts';
import type { BulkRunInfo, BulkRunOrder } from '../../lib/inspector/inspector.ts';
import { silentLog } from '../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../support/monitor.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const RETRY: BulkRunOrder = { operation: 'retry', queue: QUEUE, state: 'failed' };

describe('runs that change many jobs', () => {
  let specs: SpecMonitor;
  const runners: BulkRunner[] = [];

  // Nobody works on runs here but those whom a spec starts.
  beforeEach(async () => {
    specs = await openMonitor({ readOnly: true });
  });

  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.stop()));
    await specs.close();
  });

  const startRunner = (): BulkRunner => {
    const runner = new BulkRunner({ inspector: specs.inspector, log: silentLog });
    runners.push(runner);
    return runner;
  };
  const infoOf = async (id: string): Promise<BulkRunInfo> => {
    const run = await specs.inspector.bulkRuns.get(id);
    if (run === null) throw new Error(`there is no run ${id}`);
    return run;
  };
  const ended = async (id: string): Promise<BulkRunInfo> => {
    await until(async () => (await infoOf(id)).endedAt !== null, `run ${id} has ended`);
    return infoOf(id);
  };
  const counts = async (): Promise<object> => (await specs.inspector.queue(QUEUE)).counts;
  const start = (order: BulkRunOrder, id = 'one'): Promise<boolean> =>
    specs.inspector.bulkRuns.start(id, order, 'ada');

  it('do it to all jobs that pass, count them, and note their end', async () => {
    await specs.jobsIn('failed', 130);
    await start(RETRY);
    expect(await infoOf('one')).to.include({ status: 'waiting', total: 130, looked: 0, by: 'ada' });

    startRunner();

    expect(await ended('one')).to.include({ status: 'done', looked: 130, matched: 130, done: 130 });
    expect(await counts()).to.include({ failed: 0, waiting: 130 });
    await until(async () => (await specs.inspector.audit.list()).entries.length === 1, 'it is noted');
    const { entries } = await specs.inspector.audit.list();
    expect(entries[0]).to.include({ by: 'ada', action: 'end run', id: 'one', outcome: 'done' });
    expect(entries[0]?.detail).to.equal('retry: done to 130 of 130 jobs');
  });

  it('go by a value in the data', async () => {
    for (const city of ['Bern', 'Bonn', 'Bern']) await specs.jobIn('waiting', { at: { city } });
    const filter = { field: { path: 'at.city', value: 'Bern' } };
    await start({ operation: 'archive', queue: QUEUE, state: 'waiting', filter });
    startRunner();

    expect(await ended('one')).to.include({ matched: 2, done: 2, total: 3 });
    expect(await counts()).to.include({ failed: 2, waiting: 1 });
  });

  for (const [operation, state, after] of [
    ['promote', 'delayed', { waiting: 70, delayed: 0 }],
    ['cancel', 'delayed', { failed: 70, delayed: 0 }],
    ['archive', 'waiting', { failed: 70, waiting: 0 }],
    ['remove', 'waiting', { waiting: 0, failed: 0 }],
    ['remove', 'succeeded', { succeeded: 0 }],
  ] as const)
    it(`${operation} jobs that are ${state}`, async () => {
      await specs.jobsIn(state, 70);
      await start({ operation, queue: QUEUE, state });
      startRunner();

      expect(await ended('one')).to.include({ status: 'done', matched: 70, done: 70 });
      expect(await counts()).to.include(after);
    });

  it('only count where that is asked for', async () => {
    for (const to of ['a', 'b', 'a']) await specs.jobIn('failed', { to });
    const filter = { field: { path: 'to', value: 'a' } };
    await start({ ...RETRY, filter, dryRun: true });
    startRunner();

    expect(await ended('one')).to.include({ status: 'done', matched: 2, done: 0 });
    expect(await counts()).to.include({ failed: 3 });
  });

  it('do it to chosen jobs, and name those that were left alone', async () => {
    const [failed, waiting] = [await specs.jobIn('failed'), await specs.jobIn('waiting')];
    const ids = [failed, waiting, 'nobody'].map((id) => [QUEUE, id] as const);
    await start({ ...RETRY, ids });
    startRunner();

    const { left, ...run } = await ended('one');
    expect(run).to.include({ chosen: 3, matched: 3, done: 1 });
    expect(left).to.deep.equal([
      `job ${waiting} was not retried: it is waiting`,
      'job nobody was not retried: it is gone',
    ]);
  });

  it('are about each chosen job once, however often it was chosen', async () => {
    const failed = await specs.jobIn('failed');
    const ids = [failed, failed, failed].map((id) => [QUEUE, id] as const);
    await start({ ...RETRY, ids });
    startRunner();

    const { left, ...run } = await ended('one');
    expect(run).to.include({ chosen: 1, total: 1, looked: 1, matched: 1, done: 1 });
    expect(left).to.deep.equal([]);
    expect(await specs.inspector.bulkRuns.countSome({ ...RETRY, ids })).to.include({ matched: 1 });
  });

  it('are left to a later version where they are of one', async () => {
    await specs.jobsIn('failed', 3);
    await start(RETRY, 'later');
    const { store } = specs.inspector.bulkRuns;
    const read = await store.read('later');
    if (read) await store.change(read, { operation: 'fly' });
    await start(RETRY);
    startRunner();

    expect(await ended('one')).to.include({ done: 3 });
    expect((await store.read('later'))?.run).to.include({ operation: 'fly', endedAt: null, holder: null });
  });

  it('are one when they are asked for twice', async () => {
    await specs.jobsIn('failed', 3);

    expect([await start(RETRY), await start({ ...RETRY, operation: 'remove' })]).to.deep.equal([true, false]);
    expect(await specs.inspector.bulkRuns.list()).to.have.length(1);
    expect((await infoOf('one')).operation).to.equal('retry');
  });

  it('leave alone what failed after they were asked for', async () => {
    await specs.jobsIn('failed', 2);
    await start(RETRY);
    const { at } = await infoOf('one');
    await until(async () => (await specs.inspector.bulkRuns.store.now()) > at, 'time has passed');
    const late = await specs.jobIn('failed');
    startRunner();

    expect(await ended('one')).to.include({ done: 2 });
    expect((await specs.inspector.job(QUEUE, late))?.state).to.equal('failed');
  });

  it('stop when they are told to, and those that nobody has begun at once', async () => {
    await specs.jobsIn('failed', 3);
    await start(RETRY);

    expect(await specs.inspector.bulkRuns.stop('one', 'bob')).to.equal('waiting');
    expect(await infoOf('one')).to.include({ status: 'stopped', stoppedBy: 'bob', done: 0 });
    expect(await specs.inspector.bulkRuns.stop('one', 'bob')).to.equal('stopped');
    expect(await specs.inspector.bulkRuns.stop('none', 'bob')).to.equal(null);
  });

  it('stop in the middle, and keep what is done', async () => {
    await specs.jobsIn('failed', 400);
    await start(RETRY);
    const { store } = specs.inspector.bulkRuns;
    // Another holder that has died in the middle, and was told to stop.
    const read = await store.read('one');
    if (read) await store.change(read, { holder: 'dead', leaseUntil: 1, matched: 5, done: 5 });
    expect(await specs.inspector.bulkRuns.stop('one', 'bob')).to.equal('running');
    expect((await infoOf('one')).status).to.equal('stopping');
    startRunner();

    expect(await ended('one')).to.include({ status: 'stopped', done: 5 });
    expect(await counts()).to.include({ failed: 400 });
  });

  it('are taken over from who has died, where they were', async () => {
    await specs.jobsIn('failed', 60);
    await start(RETRY);
    const { store } = specs.inspector.bulkRuns;
    const all = await specs.client.zrange(`${specs.prefix}:${QUEUE}:failedOrder`, 0, '-1', 'WITHSCORES');
    // The first 20 were done.
    for (let at = 0; at < 20; at++) await specs.inspector.retry(QUEUE, all[2 * at] ?? '');
    const read = await store.read('one');
    const passed = all[2 * 19 + 1] ?? '';
    const at20 = { matched: 20, done: 20, looked: 20, passed };
    if (read) await store.change(read, { holder: 'dead', leaseUntil: 1, ...at20 });
    startRunner();

    expect(await ended('one')).to.include({ status: 'done', matched: 60, done: 60, looked: 60 });
    expect(await counts()).to.include({ failed: 0, waiting: 60 });
  });

  it('are left to who holds them', async () => {
    await specs.jobsIn('failed', 3);
    await start(RETRY);
    await start(RETRY, 'two');
    const { store } = specs.inspector.bulkRuns;
    const read = await store.read('one');
    if (read) await store.change(read, { holder: 'alive', leaseUntil: systemClock.now() + 600_000 });
    startRunner();

    await ended('two');
    expect(await infoOf('one')).to.include({ status: 'running', done: 0 });
  });

  it('are left to a holder for no longer than it can have asked for, where the clock of Redis was set back', async () => {
    await specs.jobsIn('failed', 3);
    await start(RETRY);
    const { store } = specs.inspector.bulkRuns;
    const read = await store.read('one');
    if (read) await store.change(read, { holder: 'another', leaseUntil: systemClock.now() + 3_600_000 });
    startRunner();

    const isShort = async (): Promise<boolean> => {
      const { holder, leaseUntil = 0 } = (await store.read('one'))?.run ?? {};
      return holder === 'another' && leaseUntil <= (await store.now()) + RUN_LEASE_MS;
    };
    await until(isShort, 'its lease is shortened');
  });

  it('are done once, however many work on them', async () => {
    await specs.jobsIn('delayed', 200);
    await start({ operation: 'promote', queue: QUEUE, state: 'delayed' });
    for (let count = 0; count < 3; count++) startRunner();

    expect(await ended('one')).to.include({ matched: 200, done: 200 });
    await Promise.all(runners.splice(0).map((runner) => runner.stop()));
    const { entries } = await specs.inspector.audit.list();
    expect(entries.filter(({ action }) => action === 'end run')).to.have.length(1);
  });

  it('go on beside what is no run', async () => {
    await specs.jobsIn('failed', 3);
    await start(RETRY, 'real');
    const hash = `${specs.prefix}:{:bulk-runs}`;
    const real: object = JSON.parse((await specs.client.hget(hash, 'real')) ?? '');
    const strange = {
      ...{ broken: '{', none: 'null', number: '7', list: '[]', later: '{"operation":"fly","at":1}' },
      some: '{"id":"some","operation":"retry","state":"failed","endedAt":null,"queue":"mail","at":0}',
      elsewhere: JSON.stringify({ ...real, at: 0 }),
      left: JSON.stringify({ ...real, id: 'left', at: 0, left: 7 }),
      ids: JSON.stringify({ ...real, id: 'ids', at: 0, ids: [['mail']] }),
      by: JSON.stringify({ ...real, id: 'by', at: 0, by: {} }),
      ended: JSON.stringify({ ...real, id: 'ended', at: 1e300, endedAt: 'x' }),
    };
    await specs.client.hset(hash, strange);
    startRunner();

    expect(await ended('real')).to.include({ done: 3 });
    expect(await specs.inspector.bulkRuns.list()).to.have.length(1);
    for (const id of Object.keys(strange)) expect(await specs.inspector.bulkRuns.get(id), id).to.equal(null);
    expect(await specs.client.hmget(hash, ...Object.keys(strange))).to.deep.equal(Object.values(strange));
  });

  it('count each job once, also when whoever counts is another', async () => {
    await specs.jobsIn('failed', 60);
    const [, score = ''] = await specs.client.zrange(
      `${specs.prefix}:${QUEUE}:failedOrder`,
      0,
      '0',
      'WITHSCORES',
    );
    await start({ ...RETRY, dryRun: true });
    const { store } = specs.inspector.bulkRuns;
    const read = await store.read('one');
    // Of those that failed at one moment some were counted.
    const at20 = { matched: 20, looked: 20, passed: score };
    if (read) await store.change(read, { holder: 'dead', leaseUntil: 1, ...at20 });
    startRunner();

    expect(await ended('one')).to.include({ status: 'done', matched: 60, looked: 60 });
  });

  it('name their single jobs no more when they have ended', async () => {
    const ids = (await specs.jobsIn('failed', 3)).map((id) => [QUEUE, id] as const);
    await start({ ...RETRY, ids });
    await start({ ...RETRY, ids }, 'stopped');
    await specs.inspector.bulkRuns.stop('stopped', 'bob');
    startRunner();
    await ended('one');

    for (const id of ['one', 'stopped']) {
      expect(await infoOf(id)).to.include({ chosen: 3, total: 3 });
      expect((await specs.inspector.bulkRuns.store.read(id))?.text)
        .to.include('"ids":[]')
        .and.not.include(`["${QUEUE}","`);
    }
  });

  it('tell why they cannot go on', async () => {
    await specs.jobsIn('failed', 3);
    await start(RETRY);
    await specs.client.del(`${specs.prefix}:${QUEUE}:failedOrder`);
    await specs.client.set(`${specs.prefix}:${QUEUE}:failedOrder`, 'no sorted set');
    startRunner();

    const { status, error } = await ended('one');
    expect(status).to.equal('failed');
    expect(error).to.include('failedOrder');
  });

  it('are refused where they cannot be', async () => {
    const refused = async (order: object): Promise<string> => {
      const asked = specs.inspector.bulkRuns.start('x', { ...RETRY, ...order } as BulkRunOrder, 'ada');
      return asked.then(
        () => 'not refused',
        ({ code, message }) => `${code}: ${message}`,
      );
    };

    expect(await refused({ operation: 'explode' }))
      .to.include('JOB_INVALID')
      .and.include('operation');
    for (const operation of ['constructor', ['retry'], { toString: 1, valueOf: 1 }, Object.create(null)])
      expect(await refused({ operation })).to.include('JOB_INVALID: a run: operation must be one of');
    expect(await refused({ state: 'done' }))
      .to.include('JOB_INVALID')
      .and.include('state');
    expect(await refused({ state: 'active' }))
      .to.include('JOB_STATE_FORBIDS')
      .and.include('failed');
    expect(await refused({ filter: { typ: 'x' } })).to.include('filter.typ');
    expect(await refused({ filter: { field: { path: 'a..b', value: 'x' } } })).to.include('filter.field');
    expect(await refused({ ids: [] })).to.include('1 to 1000');
    expect(await refused({ ids: [['a']] })).to.include('ids.0');
    expect(await refused({ ids: [[QUEUE, 'x'.repeat(70_000)]] })).to.include('DATA_TOO_LARGE');
    expect(await refused({ queue: '' })).to.include('queue');
    expect(await specs.inspector.bulkRuns.list()).to.deep.equal([]);
  });

  it('are asked about by a text only', async () => {
    const { bulkRuns } = specs.inspector;
    for (const id of [null, [], {}, 7] as unknown as string[])
      for (const asked of [bulkRuns.get(id), bulkRuns.stop(id, 'ada'), bulkRuns.stop('one', id)]) {
        const error = await asked.catch((thrown: unknown) => thrown);
        expect(error).to.have.property('code', 'JOB_INVALID');
      }
  });

  it('are 20 at most that have not ended, and 100 in all', async () => {
    const open = Array.from({ length: 20 }, (_, at) => `open-${at}`);
    for (const id of open) await start(RETRY, id);
    const error = await start(RETRY, 'more').catch((thrown: Error) => thrown);

    expect(error).to.have.property('code', 'TOO_MANY_HELD');
    expect(await specs.inspector.bulkRuns.get('more')).to.equal(null);

    for (const id of open) await specs.inspector.bulkRuns.stop(id, 'bob');
    for (let at = 0; at < 90; at++) {
      await start(RETRY, `later-${at}`);
      await specs.inspector.bulkRuns.stop(`later-${at}`, 'bob');
    }
    expect(await specs.inspector.bulkRuns.list()).to.have.length(100);
    expect(await specs.inspector.bulkRuns.get('open-0')).to.equal(null);
    expect(await specs.client.pttl(`${specs.prefix}:{:bulk-runs}`)).to.be.above(0);
  });

  it('go on after Redis was away', async () => {
    const redis = await startRedis();
    const own = await openMonitor({ redis: redis.url, readOnly: true });
    const runner = new BulkRunner({ inspector: own.inspector, log: silentLog });
    try {
      await own.jobsIn('failed', 500);
      await own.inspector.bulkRuns.start('one', RETRY, 'ada');
      const begun = async (): Promise<boolean> =>
        (await own.inspector.bulkRuns.get('one'))?.status !== 'waiting';
      await until(begun, 'it has begun');
      await redis.kill();
      await redis.restart();
      const done = async (): Promise<boolean> =>
        (await own.inspector.bulkRuns.get('one').catch(() => null))?.status === 'done';
      await until(done, 'it is done');

      expect((await own.inspector.queue(QUEUE)).counts).to.include({ failed: 0, waiting: 500 });
    } finally {
      await runner.stop();
      await own.close();
      await redis.stop();
    }
  });
}).timeout(60_000);
