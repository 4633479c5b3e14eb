import { expect } from 'chai';
import { fireGroup } from '../../../lib/engine/groups/groups.ts';
import { allKeys } from '../../../lib/engine/keys.ts';
import { writeLimits } from '../../../lib/engine/limits/limits.ts';
import { saveBatch } from '../../../lib/engine/links/batch.ts';
import { destroyQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { finishDeletions } from '../../../lib/engine/repairs/deletion.ts';
import { defineScripts } from '../../../lib/engine/scripts.ts';
import { Store } from '../../../lib/engine/store/store.ts';
import { closeClient, connect, type RedisClient } from '../../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { addBatch, batchOf, queueOf } from '../../support/batch.ts';
import { jobOf, openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { carriers, groupKeysOf, join, specGroup } from '../../support/group.ts';
import { silentLog } from '../../support/log.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { redisUrl } from '../../support/redis.ts';
import { addUnique, uniqueKeysOf } from '../../support/unique.ts';
import { until } from '../../support/wait.ts';

const HOUR_MS = 3_600_000;
const throttle = { release: 'ttl', ttlMs: HOUR_MS } as const;

describe('a queue that is deleted', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  const remains = async (one = engine) =>
    (await one.client.keys(`${one.keys.jobs.slice(0, -'jobs'.length)}*`)).sort();
  const limit = () =>
    writeLimits(engine.client, engine.keys, {
      limits: { perKey: { concurrency: 5 } },
      by: 'spec',
      at: 1,
    });
  const idsTaken = async (): Promise<string[]> => (await take(engine.session(), 100)).map(({ id }) => id);
  const callsOf = async (command: string): Promise<number> => {
    const stats = await engine.client.info('commandstats');
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };

  describe('keeps what is added after the call, before the deletion has ended:', () => {
    it('jobs of every start', async () => {
      await engine.add('old');
      await engine.save('old too', {}, { inMs: HOUR_MS });

      const gone = destroyQueue(engine);
      const saved = [engine.save('a'), engine.save('b', {}, { inMs: HOUR_MS }), engine.save('old')];
      await gone;

      expect(await Promise.all(saved)).to.deep.equal([true, true, true]);
      expect(await engine.queries.counts()).to.include({ waiting: 2, delayed: 1 });
    });

    it('unique jobs, under keys that were held until then', async () => {
      await addUnique(engine, 'old', { key: 'held' });
      await addUnique(engine, 'throttled', { key: 'throttled', ...throttle });
      const session = engine.session();
      const [, throttled] = await take(session);
      if (throttled) await settle(session, [throttled, outcomes.succeeded]);
      await addUnique(engine, 'next', { key: 'held', onConflict: 'replace' });

      const gone = destroyQueue(engine);
      const added = [
        addUnique(engine, 'a', { key: 'held' }),
        addUnique(engine, 'b', { key: 'throttled', ...throttle }),
        addUnique(engine, 'c', { key: 'new', ...throttle }),
      ];
      await gone;

      for (const one of added) expect(await one).to.include({ outcome: 'created' });
      for (const key of ['held', 'throttled', 'new'])
        expect(await addUnique(engine, `late ${key}`, { key }), key).to.include({ outcome: 'held' });
      expect(await uniqueKeysOf(engine)).to.have.length(5);
    });

    it('a throttle of a key that a throttle had, whose job has ended before the deletion has', async () => {
      await addUnique(engine, 'a', { key: 'k', ...throttle });
      const session = engine.session();

      const gone = destroyQueue(engine);
      const added = addUnique(engine, 'a', { key: 'k', ...throttle });
      const taken = take(session, 1);
      await Promise.all([gone, added]);
      const [job] = await taken;
      if (job) await settle(session, [job, outcomes.succeeded]);

      expect(await addUnique(engine, 'b', { key: 'k', ...throttle })).to.include({
        outcome: 'held',
        id: 'a',
      });
    });

    it('jobs of keys whose jobs wait in lines', async () => {
      await limit();
      for (const id of ['x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7']) await engine.save(id, { key: 'x' });
      await engine.save('y1', { key: 'y' });
      await take(engine.session(), 1);
      expect(await engine.client.llen(engine.keys.line('x'))).to.be.above(0);

      const gone = destroyQueue(engine);
      const set = limit();
      const saved = [engine.save('x8', { key: 'x' }), engine.save('x9', { key: 'x' })];
      const taken = idsTaken();
      await Promise.all([gone, set, ...saved]);

      expect([...(await taken), ...(await idsTaken())]).to.have.members(['x8', 'x9']);
      expect(await remains()).not.to.include(engine.keys.line('y'));
    });

    it('jobs of groups in which others waited', async () => {
      await join(engine, ['old 1', 'old 2']);
      await join(engine, ['old 3'], { name: 'user-2' });

      const gone = destroyQueue(engine);
      const joined = join(engine, ['a', 'b'], { maxSize: 3 });
      await Promise.all([gone, joined]);
      expect(await engine.waiting()).to.deep.equal([]);
      await fireGroup(engine, specGroup());
      await join(engine, ['c']);

      expect((await carriers(engine)).map(({ jobs }) => jobs)).to.deep.equal([['a', 'b']]);
      expect(await engine.client.zrange(engine.keys.group(specGroup()), 0, '-1')).to.deep.equal(['c']);
      expect(await groupKeysOf(engine)).not.to.include(engine.keys.group(specGroup('user-2')));
    });

    it('a batch under the id of another one, of which nothing more comes', async () => {
      const elsewhere = openEngine();
      try {
        const [here, there] = [queueOf(engine), queueOf(elsewhere)];
        const links = { batch: { id: 'b', queue: here } };
        const member = { queue: there, job: jobOf('m', {}, { links }) };
        const last = { queue: here, job: jobOf('old last') };
        await saveBatch(engine, { id: 'b', queue: here, when: 'ended', last, members: [member] });

        const gone = destroyQueue(engine);
        const removed = new Store(engine.client, elsewhere.keys).remove('m');
        const added = addBatch(engine, { id: 'b', members: ['x'], when: 'ended', lastId: 'new last' });
        await Promise.all([gone, removed]);

        expect(await added).to.deep.equal({ outcome: 'saved', lastId: 'new last', added: [true] });
        expect(await batchOf(engine)).to.include({ state: 'running', pending: 1 });
        expect(await engine.waiting()).to.deep.equal(['x']);
      } finally {
        await elsewhere.close();
      }
    });
  });

  it('costs a number of commands that is the same whatever else is in Redis', async () => {
    await addUnique(engine, 'a', throttle);
    const scans = await callsOf('scan');

    await destroyQueue(engine);

    expect(await remains()).to.deep.equal([]);
    expect(await callsOf('scan')).to.equal(scans);
  });

  it('goes whatever its keys have become', async () => {
    const own = [...allKeys(engine.keys), engine.keys.lock('')];
    for (const key of own) {
      await addUnique(engine, 'a', throttle);
      await addBatch(engine, { members: ['m'], when: 'ended' });
      await engine.client.del(key);
      await engine.client.set(key, 'no such thing');

      await destroyQueue(engine);

      expect(await engine.client.exists(...own), key).to.equal(0);
      // What an index named that is no more cannot be found.
      await engine.client.del(engine.keys.batch('b'), engine.keys.lock('k'));
      expect(await remains(), key).to.deep.equal([]);
    }
  });

  it('does not let a job that runs end in the one that comes after it', async () => {
    await engine.add('a');
    const session = engine.session();
    const [job] = await take(session, 1);

    await destroyQueue(engine);
    if (job) expect(await settle(session, [job, outcomes.succeeded])).to.deep.equal(['a']);

    expect(await remains()).to.deep.equal([]);
  });

  describe('by somebody whose connection breaks', () => {
    let proxy: TcpProxy;
    let client: RedisClient;

    beforeEach(async () => {
      proxy = await startProxy(Number(new URL(redisUrl()).port));
      client = connect(parseRedisUrl(`redis://127.0.0.1:${proxy.port}`), 'commands', { log: silentLog });
      defineScripts(client);
      await client.ping();
    });
    afterEach(async () => {
      await closeClient(client);
      await proxy.close();
    });

    /** Begins, and gets no answer; what it resolves with resolves when the deletion has ended or was given up. */
    const begin = async (): Promise<{ ended: Promise<unknown> }> => {
      proxy.dropReplies(true);
      const ended = destroyQueue({ client, keys: engine.keys }).catch(() => 'given up');
      await until(async () => (await engine.client.exists(engine.keys.jobs)) === 0, 'it has begun');
      return { ended };
    };

    it('goes once, although the command is sent again', async () => {
      await addUnique(engine, 'old');
      const { ended } = await begin();
      await engine.add('a', 'b');
      await addUnique(engine, 'c');

      proxy.dropReplies(false);
      proxy.cut();
      await ended;

      expect(await engine.waiting()).to.deep.equal(['a', 'b', 'c']);
      expect((await remains()).map((key) => key.split(':')[2])).to.have.members([
        'jobs',
        'waiting',
        'unique',
        'uniques',
      ]);
    });

    it('is finished by whoever comes next, who leaves alone what was added since', async () => {
      await Promise.all(
        Array.from({ length: 1_200 }, (_, n) => addUnique(engine, `${n}`, { key: `user-${n}` })),
      );
      await join(engine, ['g'], { name: 'user-2' });
      await addBatch(engine, { members: ['m'], when: 'ended' });
      await begin();
      await closeClient(client);
      await addUnique(engine, 'a', { key: 'user-7' });
      expect(await remains()).to.have.length.above(1_200);

      expect(await finishDeletions(engine)).to.equal(1_199 + 2);

      const { jobs, waiting, uniques, lock } = engine.keys;
      expect(await remains()).to.have.members([jobs, waiting, uniques, lock('user-7')]);
      expect(await finishDeletions(engine)).to.equal(0);
    });
  });
});
