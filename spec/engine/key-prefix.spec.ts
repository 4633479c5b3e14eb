import { expect } from 'chai';
import { Cluster, Redis } from 'ioredis';
import { z } from 'zod';
import {
  ApiaryError,
  createInspector,
  createProducer,
  createWorker,
  defineJob,
  handle,
  Inspector,
  Producer,
  Queue,
  Worker,
} from '../../lib/index.ts';
import { nullLogger } from '../../lib/logger.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { redisUrl } from '../support/redis.ts';

describe('a client with a keyPrefix', () => {
  const handlers = [handle(defineJob({ type: 'a', queue: 'a', schema: z.any() }), async () => 1)];
  const queues = [{ name: 'a', weight: 1 }];
  const name = testQueueName();
  const listeners = (client: Redis | Cluster) => client.listenerCount('error');

  const doors: [string, (client: Redis | Cluster) => unknown][] = [
    ['Queue', (redis) => new Queue(name, { redis })],
    ['Queue without a connection', (redis) => new Queue(name, { redis, autoConnect: false })],
    ['createProducer', (redis) => createProducer({ redis })],
    ['createInspector', (redis) => createInspector({ redis })],
    ['createWorker', (redis) => createWorker({ redis, handlers })],
    ['Producer', (client) => new Producer({ client })],
    ['Inspector', (client) => new Inspector({ client })],
    [
      'Worker',
      (client) =>
        new Worker(
          { client, handlers, log: nullLogger },
          { queues, concurrency: 1, strictPriority: false, prefix: 'bq', shutdownTimeoutMs: 1 },
        ),
    ],
  ];
  for (const [door, open] of doors) {
    it(`is refused by ${door}, which says what to do instead and leaves it as it was`, () => {
      const clients = [
        new Redis(redisUrl(), { keyPrefix: 'own:', lazyConnect: true }),
        new Cluster([redisUrl()], { keyPrefix: 'own:', lazyConnect: true }),
      ];
      for (const client of clients) {
        const before = listeners(client);

        expect(() => open(client)).to.throw(ApiaryError, /keyPrefix "own:".*prefix: "own:bq"/);

        expect([listeners(client), client.status]).to.deep.equal([before, 'wait']);
      }
    });
  }

  it('is refused among the options of a Queue', () => {
    expect(() => new Queue(name, { redis: { keyPrefix: 'own:' } })).to.throw(ApiaryError, /keyPrefix "own:"/);
  });

  it('had the keys that a queue has under the prefix that is named instead', async () => {
    const prefixed = new Redis(redisUrl(), { keyPrefix: 'own:' });
    const queue = new Queue(name, { redis: redisUrl(), prefix: 'own:bq', isWorker: false, getEvents: false });
    const inspector = createInspector({ redis: redisUrl(), prefix: 'own:bq' });
    try {
      await queue.createJob({ n: 1 }).setId('a').save();

      expect(await prefixed.lrange(`bq:${name}:waiting`, 0, -1)).to.deep.equal(['a']);
      expect(await inspector.queueNames()).to.include(name);
    } finally {
      await queue.destroy();
      await Promise.all([queue.close(), inspector.close(), prefixed.quit()]);
    }
  });
});
