import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { connectionFacts } from '../../../lib/engine/lease/connection-facts.ts';
import { Renewals } from '../../../lib/engine/lease/renewals.ts';
import { ThreadState } from '../../../lib/engine/lease/thread-state.ts';
import { announce, readWorkers, type WorkerInfo } from '../../../lib/engine/queries/presence.ts';
import { defineScripts, type RedisClient } from '../../../lib/engine/scripts.ts';
import { Session } from '../../../lib/engine/session/session.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecCluster, startCluster } from '../../support/cluster.ts';
import { silentLog } from '../../support/log.ts';
import { redisUrl } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const PLACE = 1;
const LEASE_MS = 60_000;

describe('Renewals', function () {
  this.timeout(120_000);
  let cluster: SpecCluster | null = null;
  let client: RedisClient;
  let state: ThreadState;
  let renewals: Renewals;
  const queue = testQueueName();
  const prefix = testQueueName();

  afterEach(async () => {
    renewals.rest();
    await closeClient(client);
    await cluster?.stop();
    cluster = null;
  });

  const open = (url: string): void => {
    client = connect(parseRedisUrl(url), 'commands', { log: silentLog });
    defineScripts(client);
    state = new ThreadState();
    renewals = new Renewals(state);
    const connection = connectionFacts(client) ?? expect.fail('it cannot be told');
    state.hear({ tell: 'opened', place: PLACE, connection });
  };
  const keysOf = () => queueKeys(prefix, queue, client.isCluster);
  /** A lease that is to be kept, as a session has made it. */
  const join = async (): Promise<string> => {
    const options = { leaseMs: LEASE_MS, keepSucceeded: -1, keepFailed: -1, publish: 'never' } as const;
    const session = new Session({ client, keys: keysOf(), clock: systemClock }, options);
    await session.renew([]);
    const { incarnation } = session;
    const lease = { place: PLACE, prefix, queue, incarnation, leaseMs: LEASE_MS };
    state.hear({ tell: 'held', lease });
    return incarnation;
  };
  const leaseEnd = async (name: string) => Number(await client.zscore(keysOf().workers, name));
  const endSoon = (name: string) => client.zadd(keysOf().workers, 'XX', Date.now() + 1_000, name);
  const isRenewed = async (name: string) => (await leaseEnd(name)) > Date.now() + LEASE_MS / 2;

  it('keep each lease over a connection of their own, until it is left', async () => {
    open(redisUrl());
    const [kept, left] = [await join(), await join()];
    for (const name of [kept, left]) await endSoon(name);
    const end = await leaseEnd(left);
    state.hear({ tell: 'left', incarnation: left });

    renewals.renew();

    await until(() => isRenewed(kept), 'it was renewed');
    expect(await leaseEnd(left)).to.equal(end);
    expect(String(await client.call('CLIENT', 'LIST'))).to.include('name=apiary:leases');
  });

  it('keep them in a cluster', async () => {
    cluster = await startCluster();
    open(cluster.url);
    const kept = await join();
    await endSoon(kept);

    renewals.renew();

    await until(() => isRenewed(kept), 'it was renewed');
  });

  it('tell a stock worker that what is claimed is worked on', async () => {
    open(redisUrl());
    const kept = await join();
    await client.sadd(keysOf().claims(kept), 'a');
    await client.sadd(keysOf().stalling, 'a', 'b');

    renewals.renew();

    await until(async () => (await client.scard(keysOf().stalling)) === 1, 'it was told');
    expect(await client.smembers(keysOf().stalling)).to.deep.equal(['b']);
  });

  it('make no lease again that was taken away', async () => {
    open(redisUrl());
    const burnt = await join();
    await client.zrem(keysOf().workers, burnt);

    renewals.renew();

    await until(() => state.leases.size === 0, 'it was heard of');
    expect(await client.zscore(keysOf().workers, burnt)).to.equal(null);
  });

  it('say of a worker since when it is blocked, by what, and what it has begun', async () => {
    open(redisUrl());
    const job = { queue, id: 'a', type: 'job', startedAt: 1 };
    const info: WorkerInfo = {
      ...{ id: 'w', host: 'here', pid: 1, version: '1', startedAt: 1, queues: [], strict: false },
      ...{ concurrency: 1, status: 'running', handlers: [], runningCount: 0, running: [] },
    };
    await announce({ client, prefix }, info);
    state.hear({ tell: 'said', place: PLACE, prefix, info });
    state.hear({ tell: 'began', place: PLACE, job });

    const blockedBy = { queue, id: 'a', type: 'job', attempt: 1 };
    renewals.sayBlocked(7, { job: blockedBy, at: 'here' });

    const said = async () => (await readWorkers({ client, prefix }))[0];
    await until(async () => (await said())?.blockedSince === 7, 'it was said');
    expect(await said()).to.deep.include({ running: [job], blockedBy, blockedAt: 'here' });
  });

  it('say of the job that blocks that it runs, though the thread was not told of it', async () => {
    open(redisUrl());
    const known = { queue, id: 'a', type: 'job', startedAt: 1 };
    const info = (id: string, served: string): WorkerInfo => ({
      ...{ id, host: 'here', pid: 1, version: '1', startedAt: 1, queues: [{ name: served, weight: 1 }] },
      ...{
        strict: false,
        concurrency: 2,
        status: 'running',
        handlers: [],
        runningCount: 1,
        running: [known],
      },
    });
    state.hear({ tell: 'said', place: PLACE, prefix, info: info('w', queue) });
    state.hear({ tell: 'opened', place: PLACE + 1, connection: connectionFacts(client) ?? expect.fail() });
    state.hear({ tell: 'said', place: PLACE + 1, prefix, info: info('x', 'another') });

    renewals.sayBlocked(7, { job: { queue, id: 'b', type: 'slow', attempt: 1 }, at: 'here' });

    await until(async () => (await readWorkers({ client, prefix })).length === 2, 'it was said');
    const said = await readWorkers({ client, prefix });
    const runningOf = (id: string) => said.find((one) => one.id === id)?.running;
    expect(runningOf('w')).to.deep.equal([{ queue, id: 'b', type: 'slow', startedAt: 7 }, known]);
    expect(runningOf('x')).to.deep.equal([known]);
  });

  it('do nothing over a connection that was closed', async () => {
    open(redisUrl());
    const name = await join();
    state.hear({ tell: 'closed', place: PLACE });

    expect([state.leases.has(name), state.said.size, state.connections.size]).to.deep.equal([false, 0, 0]);
  });
});
