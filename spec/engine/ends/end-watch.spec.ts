import { setMaxListeners } from 'node:events';
import { expect } from 'chai';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { EndWatch } from '../../../lib/engine/ends/end-watch.ts';
import type { JobEnd } from '../../../lib/engine/ends/job-end.ts';
import { type QueueKeys, queueKeys } from '../../../lib/engine/keys.ts';
import { defineScripts } from '../../../lib/engine/scripts.ts';
import { Session, type Taken } from '../../../lib/engine/session/session.ts';
import { Store } from '../../../lib/engine/store/store.ts';
import { closeClient, connect, type RedisClient } from '../../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { startCluster } from '../../support/cluster.ts';
import { jobOf, outcomes, settle, take } from '../../support/engine.ts';
import { silentLog } from '../../support/log.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { redisUrl, type SpecRedis, startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const { succeeded, failed } = outcomes;
const UNKEPT = { keepSucceeded: 0, keepFailed: 0 };
const DONE = { outcome: 'succeeded', result: 1 };
/** Of the ways to learn of an end, the looks from time to time are off. */
const noLooks: Clock = {
  ...systemClock,
  sleep: (_ms, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
};
const forEver = new AbortController().signal;
setMaxListeners(0, forEver);
const failureOf = (waiting: Promise<unknown>): Promise<unknown> =>
  waiting.then(
    () => expect.fail('it resolved'),
    (error) => error,
  );

describe('EndWatch', () => {
  let client: RedisClient;
  let keys: QueueKeys;
  let queue: string;
  let watches: EndWatch[];
  let clients: RedisClient[];
  let proxies: TcpProxy[];

  beforeEach(() => {
    [watches, clients, proxies] = [[], [], []];
    queue = testQueueName();
    client = open(redisUrl());
    keys = queueKeys('bq', queue, false);
  });
  afterEach(async () => {
    await Promise.all(watches.map((watch) => watch.close()));
    await Promise.all(clients.map(closeClient));
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  const open = (url: string): RedisClient => {
    const made = connect(parseRedisUrl(url), 'commands', { log: silentLog });
    defineScripts(made);
    clients.push(made);
    return made;
  };
  const watchOver = (over: RedisClient, clock = systemClock): EndWatch => {
    const made = new EndWatch({ client: over, prefix: 'bq', clock });
    watches.push(made);
    return made;
  };
  /** A watch whose own connection goes through the proxy, while what it asks goes to Redis directly. */
  const watchThroughProxy = async (): Promise<{ watch: EndWatch; proxy: TcpProxy }> => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    proxies.push(proxy);
    const direct = open(redisUrl());
    await direct.ping();
    Object.assign(direct.options, { port: proxy.port });
    return { watch: watchOver(direct, noLooks), proxy };
  };
  const taken = async (
    id: string,
    options: object = {},
    at = { client, keys },
  ): Promise<{ session: Session; job: Taken }> => {
    await new Store(at.client, at.keys).save([jobOf(id)]);
    const session = new Session(
      { ...at, clock: systemClock },
      { leaseMs: 60_000, keepSucceeded: -1, keepFailed: -1, publish: 'always', ...options },
    );
    const [job] = await take(session, 1);
    return { session, job: job ?? expect.fail('there was nothing to take') };
  };
  const ended = (watch: EndWatch, id: string, signal = forEver): Promise<JobEnd> =>
    watch.ended({ queue, id }, signal);
  const untilListened = (count = 1): Promise<void> =>
    until(async () => (await client.pubsub('NUMSUB', keys.events))[1] === count, 'the watch listens');

  it('hears an end', async () => {
    const watch = watchOver(client, noLooks);
    const { session, job } = await taken('a');
    const waiting = ended(watch, 'a');
    await untilListened();

    await settle(session, [job, succeeded]);

    expect(await waiting).to.deep.equal(DONE);
  });

  it('finds an end that came before', async () => {
    const watch = watchOver(client, noLooks);
    const { session, job } = await taken('a');
    await settle(session, [job, failed]);

    const end = await ended(watch, 'a');

    expect(end).to.deep.equal({ outcome: 'failed', error: { name: 'Error', message: 'no luck' } });
  });

  it('finds an end that was announced to nobody', async () => {
    const watch = watchOver(client);
    const { session, job } = await taken('a', { publish: 'never' });
    const waiting = ended(watch, 'a');
    await untilListened();

    await settle(session, [job, succeeded]);

    expect(await waiting).to.deep.equal(DONE);
  });

  it('looks at hundreds of jobs in one call', async () => {
    const watch = watchOver(client, noLooks);
    const ids = Array.from({ length: 900 }, (_, at) => `job-${at}`);
    const { session } = await taken('first');
    await new Store(client, keys).save(ids.map((id) => jobOf(id)));
    const jobs = await take(session, 900);
    await settle(session, ...jobs.map((job): [Taken, typeof succeeded] => [job, succeeded]));
    await client.config('RESETSTAT');

    const ends = await Promise.all(ids.map((id) => ended(watch, id)));

    expect(ends).to.have.lengthOf(900);
    const calls = /cmdstat_eval(?:sha)?:calls=(\d+)/g;
    const counts = [...(await client.info('commandstats')).matchAll(calls)].map(([, count]) => Number(count));
    expect(counts.reduce((sum, count) => sum + count, 0)).to.be.within(1, 3);
  });

  it('is not hurt by what anybody announces', async () => {
    const watch = watchOver(client, noLooks);
    const { session, job } = await taken('a');
    const waiting = ended(watch, 'a');
    await untilListened();

    for (const text of ['x', 'null', '[]', '{"id":"a"}', '{"id":"a","event":"error"}', '{"id":{}}']) {
      await client.publish(keys.events, text);
    }
    await settle(session, [job, succeeded]);

    expect(await waiting).to.deep.equal(DONE);
  });

  it('believes an announcement that comes after a look that found the job gone', async () => {
    const { watch, proxy } = await watchThroughProxy();
    const { session, job } = await taken('a', UNKEPT);
    const first = ended(watch, 'a');
    await untilListened();
    proxy.delayMs.toClient = 100;
    await settle(session, [job, succeeded]);

    const second = ended(watch, 'a');

    expect(await Promise.all([first, second])).to.deep.equal([DONE, DONE]);
  });

  it('finds, once its connection is back, what was announced while it was away', async () => {
    const { watch, proxy } = await watchThroughProxy();
    const { session, job } = await taken('a');
    const waiting = ended(watch, 'a');
    await untilListened();
    proxy.refuse(true);
    proxy.cut();
    await untilListened(0);
    await settle(session, [job, succeeded]);

    proxy.refuse(false);

    expect(await waiting).to.deep.equal(DONE);
  });

  it('asks for the record once more where a look fails, before it goes by what was announced', async () => {
    const watch = watchOver(client, noLooks);
    const { session: other, job: before } = await taken('b');
    await settle(other, [before, succeeded]);
    const { session, job } = await taken('a');
    const waiting = ended(watch, 'a');
    // The look that it begins with finds this one, and is over then.
    await ended(watch, 'b');
    await client.rename(keys.jobs, `${keys.jobs}:away`);
    await client.set(keys.jobs, 'no hash');
    await client.publish(keys.events, '{"id":"a","event":"failed","data":"no luck"}');
    await until(() => watch.trouble !== null, 'the look failed');
    await client.rename(`${keys.jobs}:away`, keys.jobs);

    await settle(session, [job, { ...failed, as: 'cancelled' }]);

    expect(await waiting).to.include({ outcome: 'cancelled' });
  });

  it('goes by what was announced where looks go on failing', async () => {
    const watch = watchOver(client);
    await taken('a');
    const waiting = ended(watch, 'a');
    await untilListened();
    // In one step: a look in between would find that the job is gone.
    await client.set(keys.jobs, 'no hash');

    await client.publish(keys.events, '{"id":"a","event":"failed","data":"no luck"}');

    expect(await waiting).to.deep.equal({ outcome: 'failed', error: { name: 'Error', message: 'no luck' } });
    await client.del(keys.jobs);
  });

  it('finds an end while its connection stays away', async () => {
    const { proxy } = await watchThroughProxy();
    proxy.refuse(true);
    const direct = clients.at(-1) ?? client;
    const watch = watchOver(direct);
    const { session, job } = await taken('a');
    const waiting = ended(watch, 'a');

    await settle(session, [job, succeeded]);

    expect(await waiting).to.deep.equal(DONE);
  });

  it('listens again where somebody waits again', async () => {
    const watch = watchOver(client, noLooks);
    const { session, job } = await taken('a');
    for (let round = 0; round < 3; round++) {
      const over = new AbortController();
      const waiting = failureOf(ended(watch, 'a', over.signal));
      over.abort('enough');
      expect(await waiting).to.equal('enough');
    }
    const waiting = ended(watch, 'a');
    await untilListened();

    await settle(session, [job, succeeded]);

    expect(await waiting).to.deep.equal(DONE);
    await untilListened(0);
  });

  it('says why it could not look', async () => {
    const watch = watchOver(client);
    await client.set(keys.succeeded, 'no set');
    const over = new AbortController();
    const waiting = failureOf(ended(watch, 'a', over.signal));

    await until(() => watch.trouble !== null, 'a look has failed');

    expect(watch.trouble)
      .to.be.an('error')
      .with.property('message')
      .that.matches(/WRONGTYPE/);
    over.abort();
    await waiting;
    await client.del(keys.succeeded);
  });

  describe('over a Redis that restarts', () => {
    let redis: SpecRedis;

    afterEach(() => redis.stop());

    it('goes on with what Redis has kept', async () => {
      redis = await startRedis();
      const over = open(redis.url);
      const watch = watchOver(over, noLooks);
      const { session, job } = await taken('a', {}, { client: over, keys });
      const waiting = ended(watch, 'a');

      await redis.restart();
      await settle(session, [job, succeeded]);

      expect(await waiting).to.deep.equal(DONE);
    });

    it('says that a job is gone that Redis has not kept', async () => {
      redis = await startRedis({ appendOnly: false });
      const over = open(redis.url);
      const watch = watchOver(over, noLooks);
      await taken('a', {}, { client: over, keys });
      const waiting = failureOf(ended(watch, 'a'));

      await redis.restart();

      expect(await waiting).to.include({ code: 'JOB_NOT_FOUND' });
    });
  });

  it('works in a cluster, whichever node a job is on', async () => {
    const cluster = await startCluster();
    try {
      const over = open(cluster.url);
      const watch = watchOver(over);
      const queues = Array.from({ length: 6 }, testQueueName);
      const held = await Promise.all(
        queues.map((name) => taken('a', UNKEPT, { client: over, keys: queueKeys('bq', name, true) })),
      );
      const waits = queues.map((name) => watch.ended({ queue: name, id: 'a' }, forEver));
      const gone = failureOf(watch.ended({ queue, id: 'nobody' }, forEver));
      expect(await gone).to.include({ code: 'JOB_NOT_FOUND' });

      await Promise.all(held.map(({ session, job }) => settle(session, [job, succeeded])));

      expect(await Promise.all(waits)).to.deep.equal(queues.map(() => DONE));
    } finally {
      await Promise.all([...watches.map((watch) => watch.close()), ...clients.map(closeClient)]);
      await cluster.stop();
    }
  }).timeout(120_000);
});
