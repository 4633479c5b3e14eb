import type { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { LeaseThread } from '../../../lib/engine/lease/lease-keeper.ts';
import { defineScripts, type RedisClient } from '../../../lib/engine/scripts.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { silentLog } from '../../support/log.ts';
import { redisUrl } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

describe('LeaseThread', () => {
  const started: Worker[] = [];
  const note = (worker: Worker): unknown => started.push(worker);
  let client: RedisClient;

  beforeEach(() => {
    client = connect(parseRedisUrl(redisUrl()), 'commands', { log: silentLog });
    defineScripts(client);
    process.on('worker', note);
  });

  afterEach(async () => {
    process.off('worker', note);
    await Promise.all(started.splice(0).map((thread) => thread.terminate()));
    await closeClient(client);
  });

  /** Node tells of a new thread a turn later. */
  const told = () => new Promise((resolve) => setImmediate(resolve));
  const keptWorker = (troubles: Error[] = []) => ({
    client,
    mayBlockMs: () => 60_000,
    onTrouble: (error: Error) => void troubles.push(error),
  });

  it('is one for workers beside each other, and for one that comes soon after the last', async () => {
    const leases = new LeaseThread();

    const [first, second] = [leases.open(keptWorker()), leases.open(keptWorker())];
    first.close();
    second.close();
    leases.open(keptWorker()).close();
    await told();

    expect(started).to.have.length(1);
  });

  it('is started anew for the next worker where it has ended by itself, and tells those of the time', async () => {
    const leases = new LeaseThread();
    const troubles: Error[] = [];

    const first = leases.open(keptWorker(troubles));
    await told();
    await started[0]?.terminate();
    await until(() => troubles.length > 0, 'its end is told');
    first.close();
    leases.open(keptWorker()).close();
    await told();

    expect(troubles).to.have.length(1);
    expect(started).to.have.length(2);
  });
});
