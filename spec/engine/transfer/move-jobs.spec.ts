import { expect } from 'chai';
import type { StoredOptions } from '../../../lib/engine/record/record.ts';
import { runScript } from '../../../lib/engine/scripts.ts';
import { moveAll } from '../../../lib/engine/transfer/move-all.ts';
import { moveJob, moveJobs } from '../../../lib/engine/transfer/move-jobs.ts';
import { recordElsewhere } from '../../../lib/engine/transfer/moved-record.ts';
import { ApiaryError, type ErrorCode } from '../../../lib/errors.ts';
import { openEngine, outcomes, type SpecEngine, settle, takeOne } from '../../support/engine.ts';

describe('moving jobs to another queue', () => {
  let here: SpecEngine;
  let there: SpecEngine;

  beforeEach(() => {
    here = openEngine();
    there = openEngine();
  });
  afterEach(() => Promise.all([here.close(), there.close()]));

  const order = () => ({ to: there.keys.queue, by: 'ada', at: 5_000 });
  const move = (id: string) => moveJob(here, id, order());
  const codeOf = async (work: Promise<unknown>): Promise<ErrorCode | null> =>
    work.then(
      () => null,
      (error: unknown) => (error instanceof ApiaryError ? error.code : null),
    );
  const bulk = () => ({ ...here, queue: here.keys.queue });
  const fail = async (id: string, options: Partial<StoredOptions> = {}) => {
    await here.save(id, options);
    const session = here.session();
    await settle(session, [await takeOne(session), outcomes.failed]);
  };

  it('keeps all that a waiting job is, and says in its log where it was', async () => {
    await here.save('a', { key: 'acme', priority: 2, retries: 5, type: 'mail', timestamp: 7 });
    await there.add('b');

    expect(await move('a')).to.deep.equal({ done: true, was: 'waiting' });

    expect(await here.client.exists(here.keys.jobs, here.keys.waiting)).to.equal(0);
    expect(await there.waiting()).to.deep.equal(['a', 'b']);
    const options = await there.options('a');
    expect(options).to.deep.include({ key: 'acme', priority: 2, retries: 5, type: 'mail', timestamp: 7 });
    const line = { at: 5_000, level: 'info', message: `moved here from queue ${here.keys.queue} by ada` };
    expect(options?.logs).to.deep.equal([line]);
    expect(await there.client.hget(there.keys.meta, 'priorities'), 'its priority counts').to.be.a('string');
  });

  it('keeps when a delayed job is due, and when a failed one has failed, with its attempts', async () => {
    await here.save('late', {}, { inMs: 3_600_000 });
    await fail('dead', { retries: 0 });
    const [due, died] = [
      await here.client.zscore(here.keys.delayed, 'late'),
      await here.client.zscore(here.keys.failedOrder, 'dead'),
    ];
    const before = await here.options('dead');

    expect(await move('late')).to.deep.equal({ done: true, was: 'delayed' });
    expect(await move('dead')).to.deep.equal({ done: true, was: 'failed' });

    expect(await there.client.zscore(there.keys.delayed, 'late')).to.equal(due);
    expect(await there.client.zscore(there.keys.failedOrder, 'dead')).to.equal(died);
    expect(await there.options('dead')).to.deep.include({ errors: before?.errors, run: before?.run });
    expect(await there.state('dead')).to.equal('failed');
    expect((await there.store.retry('dead', 0)).done).to.equal(true);
    const { id } = await takeOne(there.session());
    expect(id).to.equal('dead');
  });

  it('lets a job without a type be what it was by the name of its queue', async () => {
    await here.add('a');
    await move('a');
    expect((await there.options('a'))?.type).to.equal(here.keys.queue);
  });

  it('takes along what is noted beside its record', async () => {
    await here.add('a');
    await here.client.hset(here.keys.losses, 'a', 2);
    await here.client.hset(here.keys.addedLines, 'a', '[]');
    await move('a');
    expect(await there.client.hget(there.keys.losses, 'a')).to.equal('2');
    expect(await there.client.hget(there.keys.addedLines, 'a')).to.equal('[]');
    expect(await here.client.exists(here.keys.losses, here.keys.addedLines)).to.equal(0);
  });

  it('counts on behind the numbers that a stock producer has given', async () => {
    await here.add('41');
    await move('41');
    expect(await there.client.get(there.keys.id)).to.equal('41');
  });

  for (const state of ['active', 'succeeded'] as const) {
    it(`leaves one alone that is ${state}`, async () => {
      const session = here.session();
      await here.add('a');
      const taken = await takeOne(session);
      if (state === 'succeeded') await settle(session, [taken, outcomes.succeeded]);
      expect(await move('a')).to.deep.equal({ done: false, state });
      expect(await there.state('a')).to.equal(null);
    });
  }

  const TIED: Record<string, Partial<StoredOptions>> = {
    'a unique key': { unique: { key: 'k' } },
    'a group': { group: { name: 'g' } },
    'a schedule': { schedule: { name: 's', tick: 1 } },
    'a wait for a signal': { waits: { until: { go: [9] } } },
    'a chain': { links: { chain: { id: 'c', step: 1, steps: 2 } } },
    'a batch': { links: { batch: { id: 'b', queue: 'q' } } },
    'a workflow': { links: { flow: { id: 'f', queue: 'q', step: 's' } } },
  };
  for (const [name, options] of Object.entries(TIED)) {
    it(`tears no job from ${name}`, async () => {
      await here.save('a', options);
      expect(await codeOf(move('a'))).to.equal('JOB_TIED');
      expect(await here.waiting()).to.deep.equal(['a']);
      expect(await there.state('a')).to.equal(null);
    });
  }

  for (const key of ['uniques', 'batches', 'steps', 'signals'] as const) {
    it(`goes by ${key} of the queue where the record says nothing`, async () => {
      await here.add('a');
      await here.client.hset(here.keys[key], 'a', 'x');
      expect(await codeOf(move('a'))).to.equal('JOB_TIED');
      expect(await here.waiting()).to.deep.equal(['a']);
    });
  }

  it('leaves one alone whose id is taken there, or for which there is no room', async () => {
    await here.add('a', 'b');
    await there.add('a');
    await there.client.hset(there.keys.meta, 'maxWaiting', '1 x');

    expect(await codeOf(move('a'))).to.equal('JOB_EXISTS');
    expect(await codeOf(move('b'))).to.equal('QUEUE_FULL');

    expect(await here.waiting()).to.deep.equal(['a', 'b']);
    expect((await there.queries.job('a'))?.record.data).to.deep.equal({ id: 'a' });
  });

  it('does the same once where it is sent twice, as its answer was lost', async () => {
    await here.add('a');
    const raw = (await here.client.hget(here.keys.jobs, 'a')) ?? '';
    const after = recordElsewhere(here.keys, { id: 'a', raw }, order());
    const send = () =>
      runScript(here.client, {
        script: 'move',
        queue: here.keys,
        queues: [there.keys],
        keys: { list: here.keys.waiting },
        args: { state: 'waiting', farthest: 0, nearest: 0, to: there.keys.queue },
        rest: ['a', raw, after],
      });

    expect(await send()).to.deep.equal(['moved']);
    expect(await send()).to.deep.equal(['moved']);
    expect(await there.waiting()).to.deep.equal(['a']);
    const session = there.session();
    await settle(session, [await takeOne(session), outcomes.succeeded]);
    await send();
    expect(await there.state('a')).to.equal('succeeded');
    expect(await there.waiting()).to.deep.equal([]);
  });

  it('leaves one alone that was changed or taken since it was read', async () => {
    await here.add('a', 'b');
    const jobs = await Promise.all(
      ['a', 'b'].map(async (id) => ({ id, raw: await here.client.hget(here.keys.jobs, id) })),
    );
    const session = here.session();
    await takeOne(session);
    await here.store.updateData('b', { other: true });

    const leaving = { state: 'waiting', jobs, within: null } as const;
    expect(await moveJobs(here, leaving, order())).to.deep.equal({ moved: [], kept: [] });

    expect(await here.state('a')).to.equal('active');
    expect(await here.waiting()).to.deep.equal(['b']);
    expect(await there.client.exists(there.keys.jobs)).to.equal(0);
  });

  it('changes nothing where a key of either queue is not what it should be', async () => {
    await here.add('a');
    for (const key of [there.keys.delayed, there.keys.failedOrder, there.keys.id, here.keys.uniques]) {
      if (key === there.keys.id) await here.client.sadd(key, 'text');
      else await here.client.set(key, 'text');
      const why = await move('a').then(String, String);
      expect(why).to.include(`WRONGTYPE ${key} holds`);
      expect(await here.waiting()).to.deep.equal(['a']);
      expect(await there.client.exists(there.keys.jobs)).to.equal(0);
      await here.client.del(key);
    }
    expect((await move('a')).done).to.equal(true);
  });

  it('moves all that pass a filter, in their order, and says which stay and why', async () => {
    const ids = Array.from({ length: 400 }, (_, at) => `j${String(at).padStart(3, '0')}`);
    for (const id of ids) await here.save(id, { type: Number(id.slice(1)) % 2 === 0 ? 'even' : 'odd' });
    await here.save('tied', { type: 'even', unique: { key: 'k' } });

    const result = await moveAll(bulk(), { state: 'waiting', filter: { type: 'even' }, order: order() });

    expect(result).to.include({ matched: 201, done: 200 });
    expect(result.left).to.have.length(1);
    expect(result.left?.[0]).to.match(/^job tied was not moved: it has a unique key.*\(JOB_TIED\)$/);
    expect(await there.waiting()).to.deep.equal(ids.filter((_, at) => at % 2 === 0));
    expect(await here.waiting()).to.deep.equal([...ids.filter((_, at) => at % 2 === 1), 'tied']);
  });

  it('moves what waits in lines, and what is delayed or failed, by the hundred', async () => {
    await here.client.hset(here.keys.meta, 'limits', '{"perKey":{"concurrency":1}}');
    for (let at = 0; at < 120; at++) {
      await here.save(`w${at}`, { key: `k${at % 3}` });
      await here.save(`d${at}`, {}, { inMs: 3_600_000 + at });
    }
    const session = here.session();
    await takeOne(session);

    for (const state of ['waiting', 'delayed'] as const)
      await moveAll(bulk(), { state, filter: {}, order: order() });

    expect(await there.client.zcard(there.keys.delayed)).to.equal(120);
    expect(await there.client.llen(there.keys.waiting)).to.equal(119);
    expect((await here.queries.counts()).waiting).to.equal(0);
  });
});
