import { expect } from 'chai';
import { emptyGroup, fireDueGroups, fireGroup } from '../../../lib/engine/groups/groups.ts';
import { parseRecord } from '../../../lib/engine/record/record.ts';
import { cancelJob } from '../../../lib/engine/repairs/cancel.ts';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { runScript } from '../../../lib/engine/scripts.ts';
import type { Taken } from '../../../lib/engine/session/session.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { carriers, groupKeysOf, jobsIn, join, type SpecJoin, specGroup } from '../../support/group.ts';
import { silentLog } from '../../support/log.ts';
import { redisTarget } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const HOUR_MS = 3_600_000;

describe('groups', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  const joins = (ids: string[], given?: SpecJoin) => join(engine, ids, given);
  const fired = async (): Promise<string[][]> => (await carriers(engine)).map(({ jobs }) => jobs);
  /** Lets the first and the last that joined have done so this much earlier. */
  const age = async (ms: number, group = specGroup()): Promise<void> => {
    const set = engine.keys.group(group);
    // Times of looks are rounded up to the ms.
    const byMs = ms + 1;
    for (const id of await engine.client.zrange(set, 0, '-1'))
      await engine.client.zincrby(set, -byMs * 1_000, id);
    await engine.client.zincrby(engine.keys.groups, -byMs, group);
  };
  const isOver = async (): Promise<boolean> => (await groupKeysOf(engine)).length === 0;

  it('keep a job out of the lists that workers take from', async () => {
    await joins(['a']);

    expect(await engine.queries.counts()).to.include({ waiting: 0, delayed: 0 });
    expect(await engine.queries.job('a')).to.include({ state: 'waiting', group: 'job:user-1' });
    expect(await fireDueGroups(engine)).to.include({ carriers: 0 });
  });

  it('are handed over at once when they are full, in the order of joining', async () => {
    await joins(['b'], { maxSize: 3 });
    await joins(['c'], { maxSize: 3 });

    await joins(['a'], { maxSize: 3 });

    expect(await fired()).to.deep.equal([['b', 'c', 'a']]);
    expect(await isOver()).to.equal(true);
  });

  it('are handed over in as many parts as are full when many join at once', async () => {
    await joins(['a', 'b', 'c', 'd', 'e'], { maxSize: 2 });

    expect(await fired()).to.deep.equal([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(await engine.queries.job('e')).to.include({ state: 'waiting' });
  });

  it('are due so long after the last has joined', async () => {
    await joins(['a'], { graceMs: 60_000 });
    await age(50_000);
    await joins(['b'], { graceMs: 60_000 });
    await age(50_000);
    await fireDueGroups(engine);
    expect(await fired()).to.deep.equal([]);

    await age(10_000);
    const { carriers: made, jobs, nextInMs } = await fireDueGroups(engine);

    expect({ made, jobs, nextInMs }).to.deep.equal({ made: 1, jobs: 2, nextInMs: null });
    expect(await fired()).to.deep.equal([['a', 'b']]);
  });

  it('are due so long after the first has joined, whoever still joins', async () => {
    const rule = { graceMs: 60_000, maxDelayMs: 90_000 };
    await joins(['a'], rule);
    await age(50_000);
    await joins(['b'], rule);

    await age(40_000);
    await fireDueGroups(engine);

    expect(await fired()).to.deep.equal([['a', 'b']]);
  });

  it('tell when the next look is worth it', async () => {
    await joins(['a'], { graceMs: 500_000 });
    await joins(['b'], { name: 'user-2', graceMs: 100_000 });

    const { nextInMs } = await fireDueGroups(engine);

    expect(nextInMs).to.be.within(50_000, 100_001);
  });

  it('are one per name and type', async () => {
    await joins(['a'], { maxSize: 2 });
    await joins(['b'], { maxSize: 2, name: 'user-2' });
    await joins(['c'], { maxSize: 2, type: 'other' });

    expect(await fired()).to.deep.equal([]);
    expect(await engine.client.zrange(engine.keys.groups, 0, '-1')).to.have.members([
      'job:user-1',
      'job:user-2',
      'other:user-1',
    ]);
  });

  it('go by what was said by whom joined last', async () => {
    await joins(['a'], { maxSize: 100, carrier: '"retries":1' });

    await joins(['b'], { maxSize: 2, carrier: '"retries":7' });

    const [carrier] = await carriers(engine);
    expect(await engine.options(carrier?.id ?? '')).to.deep.include({
      retries: 7,
      type: 'job',
      group: { name: 'user-1', size: 2 },
    });
  });

  it('hand data over to the letter', async () => {
    const data = '{"list":[],"none":{},"large":12345678901234567890,"text":"\\u00e9/\\n"}';
    const ending =
      ',"options":{"timestamp":1,"group":{"name":"user-1"},"type":"job"},"status":"created","progress":0}';
    const rule = {
      group: specGroup(),
      graceMs: 1,
      maxDelayMs: 1,
      maxSize: 1,
      carrierOptions: '"group":{"name":"u"',
    };

    await engine.store.saveGrouped([{ id: 'a"b', data, ending, start: '' }], rule);

    const [id = ''] = await engine.waiting();
    const raw = (await engine.client.hget(engine.keys.jobs, id)) ?? '';
    expect(raw).to.contain(`{"data":[{"id":"a\\"b","job":{"data":${data}${ending}}],"options":{"group":`);
    expect(jobsIn(parseRecord(raw))).to.deep.equal(['a"b']);
  });

  describe('with a job that is delayed', () => {
    it('count it from its own time on', async () => {
      await joins(['later'], { start: { inMs: 60_000 }, maxSize: 2 });
      await joins(['a'], { maxSize: 2 });
      expect(await engine.queries.job('later')).to.include({ state: 'delayed' });
      expect(await fired()).to.deep.equal([]);

      await age(60_000);
      await fireDueGroups(engine);

      expect(await fired()).to.deep.equal([['a', 'later']]);
    });

    it('hand over the others without it', async () => {
      await joins(['later'], { start: { inMs: HOUR_MS }, graceMs: 1_000 });
      await joins(['a'], { graceMs: 1_000 });

      await age(1_000);
      await fireDueGroups(engine);

      expect(await fired()).to.deep.equal([['a']]);
      expect(await engine.queries.job('later')).to.include({ state: 'delayed' });
    });

    it('look again when it joins', async () => {
      await joins(['later'], { start: { inMs: 200_000 }, graceMs: 100_000 });

      const { nextInMs } = await fireDueGroups(engine);

      expect(nextInMs).to.be.within(150_000, 200_001);
    });

    it('let it join at once when it is promoted', async () => {
      await joins(['later'], { start: { inMs: HOUR_MS }, maxSize: 2 });
      await joins(['a'], { maxSize: 2 });

      expect(await engine.store.promote('later')).to.deep.equal({ done: true });

      expect(await fired()).to.deep.equal([['a', 'later']]);
    });

    it('promote none that has joined', async () => {
      await joins(['a']);

      expect(await engine.store.promote('a')).to.deep.equal({ done: false, state: 'waiting' });
    });
  });

  describe('make no second job', () => {
    it('of an id that waits in one', async () => {
      await joins(['a']);

      expect(await joins(['a'], { carrier: '"retries":1', start: { inMs: 1 } })).to.deep.equal([true]);
      expect(await engine.save('a', { type: 'other' })).to.equal(false);

      expect(await engine.client.zcard(engine.keys.group(specGroup()))).to.equal(1);
    });

    it('of one that is sent again after it was handed over', async () => {
      await joins(['a'], { maxSize: 1 });

      expect(await joins(['a'], { maxSize: 1 })).to.deep.equal([true]);

      expect(await fired()).to.deep.equal([['a']]);
    });

    it('of another one under the id of one that was handed over some minutes ago', async () => {
      await joins(['a'], { maxSize: 1 });
      const [taken] = (await take(engine.session())) as [Taken];
      await settle(engine.session(), [taken, outcomes.succeeded]);

      const other = [{ id: 'a', data: '{"id":"another"}', ending: '}', start: '' }];
      const rule = { graceMs: HOUR_MS, maxDelayMs: HOUR_MS, maxSize: 1, carrierOptions: '"retries":0' };
      const created = await engine.store.saveGrouped(other, { group: specGroup(), ...rule });

      expect(created).to.deep.equal([false]);
    });

    it('of two groups that one command, sent twice, has found due', async () => {
      const { keys, client } = engine;
      const args = { named: '', base: 'carrier', mostGroups: 100, most: 100 };
      const call = { script: 'fire-groups', queue: keys, args } as const;
      await joins(['a'], { graceMs: 1 });
      await age(10);
      await runScript(client, call);
      await joins(['b'], { graceMs: 1 });
      await age(10);

      await runScript(client, call);

      expect(await carriers(engine)).to.deep.equal([
        { id: 'carrier', jobs: ['a'] },
        { id: 'carrier-2', jobs: ['b'] },
      ]);
    });

    it('when two look at once', async () => {
      await joins(['a', 'b'], { graceMs: 1 });
      await age(10);

      const both = await Promise.all([fireDueGroups(engine), fireDueGroups(engine)]);

      expect(both.map(({ jobs }) => jobs)).to.have.members([2, 0]);
      expect(await fired()).to.deep.equal([['a', 'b']]);
    });
  });

  describe('let a job go that', () => {
    it('is removed, and keep nothing when it was the last', async () => {
      await joins(['a', 'b']);

      expect(await engine.store.remove('a')).to.equal('waiting');
      expect(await engine.store.remove('b')).to.equal('waiting');
      expect(await engine.store.remove('b')).to.equal(null);

      expect(await isOver()).to.equal(true);
      expect(await engine.client.exists(engine.keys.jobs)).to.equal(0);
    });

    it('is removed while it is delayed', async () => {
      await joins(['a'], { start: { inMs: HOUR_MS } });

      expect(await engine.store.remove('a')).to.equal('delayed');

      expect(await isOver()).to.equal(true);
    });

    it('is cancelled', async () => {
      await joins(['a', 'b']);

      expect(await cancelJob(engine, 'a', { by: 'ada', at: 1 })).to.deep.equal({
        done: true,
        was: 'waiting',
      });

      expect((await engine.queries.job('a'))?.record.options.outcome).to.equal('cancelled');
      expect(await engine.queries.job('a')).to.include({ state: 'failed' });
      await fireGroup(engine, specGroup());
      expect(await fired()).to.deep.equal([['b']]);
    });

    it('a stock client has removed', async () => {
      await joins(['a', 'b']);
      await engine.client.hdel(engine.keys.jobs, 'a');

      await fireGroup(engine, specGroup());

      expect(await fired()).to.deep.equal([['b']]);
      expect(await isOver()).to.equal(true);
    });

    it('has a record that cannot be one of several, which runs alone', async () => {
      await joins(['a', 'b']);
      await engine.client.hset(engine.keys.jobs, 'a', 'garbage');

      await fireGroup(engine, specGroup());

      expect(await engine.waiting()).to.have.length(2);
      expect(await fired()).to.deep.include.members([[], ['b']]);
    });
  });

  it('are due earlier when the job that joined last is gone', async () => {
    await joins(['a'], { graceMs: 60_000 });
    await age(60_000);
    await joins(['b'], { graceMs: 60_000 });

    await engine.store.remove('b');

    expect(await fired()).to.deep.equal([['a']]);
  });

  it('take new data for a job that waits in them', async () => {
    await joins(['a']);

    expect(await engine.store.updateData('a', { id: 'new' })).to.deep.equal({ done: true });

    await fireGroup(engine, specGroup());
    const [carrier] = await carriers(engine);
    const data = (await engine.queries.job(carrier?.id ?? ''))?.record.data;
    expect(data).to.have.nested.property('[0].job.data').that.deep.equals({ id: 'new' });
  });

  it('are emptied by hand, delayed jobs too', async () => {
    await joins(
      Array.from({ length: 450 }, (_, n) => `job-${n}`),
      { maxSize: 1_000 },
    );
    await joins(['later'], { start: { inMs: HOUR_MS }, maxSize: 1_000 });

    expect(await emptyGroup(engine, specGroup())).to.equal(451);

    expect(await isOver()).to.equal(true);
    expect(await engine.client.exists(engine.keys.jobs)).to.equal(0);
  });

  it('count as jobs of their queue, and go with it', async () => {
    await joins(['a', 'b']);
    await joins(['c'], { maxSize: 1, name: 'user-2' });
    await take(engine.session());
    await engine.store.remove((await engine.active())[0] ?? '');
    expect(await deleteQueue(engine, { force: false })).to.deep.equal({ kind: 'filled', jobs: 2 });

    await deleteQueue(engine, { force: true });

    expect(await engine.client.keys(engine.keys.jobs.replace(/jobs$/, '*'))).to.deep.equal([]);
  });

  it('remember for some minutes, and no longer, what they have handed over', async () => {
    await joins(['a'], { maxSize: 1 });

    expect(await engine.client.pttl(engine.keys.gathered)).to.be.within(1, 600_000);
    await engine.client.pexpire(engine.keys.gathered, 200_000);
    await joins(['b'], { maxSize: 1 });

    expect(await engine.client.pttl(engine.keys.gatheredBefore)).to.be.within(1, 200_000);
    expect(await engine.client.hkeys(engine.keys.gathered)).to.deep.equal(['b']);
    expect(await joins(['a', 'b'], { maxSize: 1 })).to.deep.equal([true, true]);
    expect(await fired()).to.deep.equal([['a'], ['b']]);
  });

  it('wake those who look when one is due earlier than any other', async () => {
    const told: string[] = [];
    const listener = connect(redisTarget(), 'subscriber', { log: silentLog });
    listener.on('message', (_channel: string, due: string) => told.push(due));
    await listener.subscribe(engine.keys.groupDue);

    await joins(['a'], { graceMs: 50_000 });
    await joins(['b'], { graceMs: 60_000, name: 'user-2' });
    await joins(['c'], { graceMs: 10_000, name: 'user-3' });

    await until(() => told.length === 2, 'two were announced');
    await closeClient(listener);
    expect(Number(told[0]) - Number(told[1])).to.be.within(39_000, 41_000);
  });
});
