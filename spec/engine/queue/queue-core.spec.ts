import { once } from 'node:events';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { QueueCore } from '../../../lib/engine/queue/queue-core.ts';
import { LEASE_MS } from '../../../lib/engine/queue/worker-defaults.ts';
import { closeClient, connect, type RedisClient } from '../../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../../lib/redis/url.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { jobOf } from '../../support/engine.ts';
import { silentLog } from '../../support/log.ts';
import { redisUrl } from '../../support/redis.ts';

describe('QueueCore', () => {
  const hold = { leaseMs: LEASE_MS, keepSucceeded: -1, keepFailed: -1, publishes: true };
  const ignored = (): void => undefined;
  const hooks = { settled: ignored, fenced: ignored, recovered: ignored, troubled: ignored };
  const words = {
    weight: 1,
    concurrency: 1,
    idleSince: () => null,
    wake: ignored,
    hooks,
    brought: async () => {},
  };
  let client: RedisClient;
  let errors: unknown[];

  beforeEach(() => {
    client = connect(parseRedisUrl(redisUrl()), 'commands', { log: silentLog });
    errors = [];
  });

  afterEach(() => closeClient(client));

  function open(): QueueCore {
    const onError = (error: unknown): number => errors.push(error);
    const name = testQueueName();
    return new QueueCore({ name, prefix: 'bq', client, closesClient: false, clock: systemClock, onError });
  }

  it('opens a lane that takes what is stored', async () => {
    const queue = open();
    await queue.store.save([jobOf('one')]);

    const lane = queue.openLane(hold, words);
    const jobs = await lane.exchange(1);

    expect(jobs.map(({ id }) => id)).to.deep.equal(['one']);
    await lane.release(jobs);
    await lane.stopTaking();
    await queue.close();
  });

  it('closes what it opened, and leaves the client open that it was given', async () => {
    const queue = open();
    const { client: blocking } = queue.connections.blocking;
    await once(blocking, 'ready');

    await queue.close();

    expect(blocking.status).to.equal('end');
    expect(await client.ping()).to.equal('PONG');
  });

  it('finishes the calls under way before it closes', async () => {
    const queue = open();
    let saved: readonly unknown[] | null = null;
    const saving = queue.store.save([jobOf('one')]).then((created) => {
      saved = created;
    });

    await queue.close();

    expect(saved).to.deep.equal([true]);
    await saving;
  });

  it('tells the errors of its connections until it closes', async () => {
    const queue = open();
    const { client: blocking } = queue.connections.blocking;
    const failure = new Error('the connection failed');

    blocking.emit('error', failure);
    const closed = queue.close();
    blocking.emit('error', failure);
    await closed;

    expect(errors).to.deep.equal([failure]);
  });
});
