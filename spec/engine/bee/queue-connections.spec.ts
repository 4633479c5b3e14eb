import { expect } from 'chai';
import { Redis } from 'ioredis';
import { Queue } from '../../../lib/engine/bee/queue.ts';
import { ApiaryError } from '../../../lib/errors.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { Gate, next, SpecQueues } from '../../support/queues.ts';
import { redisUrl, type SpecRedis, startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

describe('the connections of a Queue', () => {
  let queues: SpecQueues;
  let proxy: TcpProxy;
  const clients: Redis[] = [];

  beforeEach(async () => {
    queues = new SpecQueues();
    proxy = await startProxy(Number(new URL(redisUrl()).port));
  });

  afterEach(async () => {
    await queues.close();
    await proxy.close();
    for (const client of clients.splice(0)) client.disconnect();
  });

  function sharedClient(options = {}): Redis {
    const client = new Redis(redisUrl(), options);
    clients.push(client);
    return client;
  }

  describe('A1: who owns the clients, and the first connection', () => {
    it('works over a client of the caller and leaves it open', async () => {
      const client = sharedClient();
      const queue = queues.ours({ redis: client });
      queue.process(async () => 'done');

      const job = await queue.createJob({}).save();
      await next(job, 'succeeded');
      await queue.close();

      expect(queue.client).to.equal(client);
      expect(await client.ping()).to.equal('PONG');
      expect(client.listenerCount('error')).to.equal(0);
    });

    it('closes a client of the caller when told to', async () => {
      const client = sharedClient();
      const queue = queues.ours({ redis: client, quitCommandClient: true });
      await queue.ready();

      await queue.close();

      expect(client.status).to.equal('end');
    });

    it('works over a client that has not connected yet', async () => {
      const queue = queues.ours({ redis: sharedClient({ lazyConnect: true }) });

      expect(await queue.ready()).to.equal(queue);
      expect((await queue.createJob({}).save()).created).to.equal(true);
    });

    it('works over a client with limits of its own', async () => {
      const client = sharedClient({ commandTimeout: 2_000, socketTimeout: 300 });
      const queue = queues.ours({ redis: client });
      queue.process(async () => 'done');
      await queue.ready();

      const job = queue.createJob({}).delayUntil(Date.now() + 400);
      const succeeded = next(job, 'succeeded');
      await job.save();
      await succeeded;

      expect(queues.errors).to.deep.equal([]);
    });

    it('refuses what it does not know instead of going to localhost', () => {
      const stranger = { sendCommand: () => undefined } as unknown as Redis;

      expect(() => new Queue(queues.name, { redis: stranger })).to.throw(ApiaryError, /ioredis client/);
    });

    it('refuses a number that cannot be', () => {
      expect(() => new Queue(queues.name, { stallInterval: 0 })).to.throw(ApiaryError, /stallInterval/);
    });

    it('waits for a Redis that is away at construction, and then does what was asked for', async () => {
      proxy.refuse(true);
      const queue = queues.ours({ redis: { port: proxy.port } });
      const connected = queue.connect();
      const saved = queue.createJob({ n: 1 }).save();
      queue.process(async () => 'done');
      await next(queue, 'error');

      proxy.refuse(false);

      expect(await connected).to.equal(true);
      expect((await saved).created).to.equal(true);
      await until(async () => (await queue.checkHealth()).succeeded === 1, 'the job was done');
    });

    it('settles connect with an error when the client gives up, and can be asked again', async () => {
      proxy.refuse(true);
      const client = new Redis(proxy.port, { maxRetriesPerRequest: 1, lazyConnect: true });
      clients.push(client);
      const queue = queues.ours({ redis: client, autoConnect: false });

      const error = await queue.connect().catch((reason: unknown) => reason);
      proxy.refuse(false);

      expect(error).to.be.an('error');
      expect(client.status).to.not.equal('end');
      expect(await queue.connect()).to.equal(true);
    });

    it('connects nothing before connect when autoConnect is off', async () => {
      const queue = queues.ours({ autoConnect: false });
      expect([queue.client.status, queue.bclient, queue.eclient]).to.deep.equal(['wait', null, null]);

      const ready = next(queue, 'ready');
      await Promise.all([queue.connect(), queue.connect()]);
      await ready;

      expect(queue.client.status).to.equal('ready');
    });

    it('makes no connection that it does not need', async () => {
      const queue = queues.ours({ redis: sharedClient(), isWorker: false, getEvents: false });

      await queue.ready();

      expect([queue.bclient, queue.eclient]).to.deep.equal([null, null]);
    });
  });

  describe('A2: scripts that Redis has forgotten', () => {
    it('goes on after SCRIPT FLUSH', async () => {
      const queue = queues.ours();
      queue.process(async () => 'done');
      await next(await queue.createJob({}).save(), 'succeeded');

      await queue.client.script('FLUSH');

      await next(await queue.createJob({}).save(), 'succeeded');
    });
  });

  describe('A3: the fetch loop', () => {
    it('caps its back-off and goes on soon after an outage, however often it failed', async () => {
      const queue = queues.ours({ redis: { port: proxy.port, retryStrategy: () => 10 } });
      const seen: unknown[] = [];
      queue.process(12, async (job) => seen.push(job.data));
      await next(await queue.createJob(0).save(), 'succeeded');

      proxy.refuse(true);
      proxy.cut();
      await until(() => queues.errors.length > 100, 'there were a hundred errors');
      proxy.refuse(false);
      await queue.createJob(1).save();

      await until(() => seen.length === 2, 'the job was done');
    });

    it('waits for jobs in bouts, never for ever', async () => {
      const queue = queues.ours();
      queue.process(async () => 'done');
      await queue.ready();

      const waitsEnded = async (): Promise<number> => {
        const stats = await queue.client.info('commandstats');
        return Number(/cmdstat_blmove:calls=(\d+)/.exec(stats)?.[1] ?? 0);
      };
      const before = await waitsEnded();

      await until(async () => (await waitsEnded()) > before, 'a wait ended by itself');
    });
  });

  describe('B12: shared clients', () => {
    it('puts twenty queues on one client without a warning', async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error): void => void warnings.push(warning);
      process.on('warning', onWarning);
      const client = sharedClient();
      const settings = { redis: client, isWorker: false, getEvents: false };

      const twenty = Array.from({ length: 20 }, () => queues.ours(settings, testQueueName()));
      await Promise.all(twenty.map((queue) => queue.ready()));
      await new Promise(setImmediate);
      process.off('warning', onWarning);

      expect(warnings).to.deep.equal([]);
      await queues.close();
      expect([client.getMaxListeners(), client.listenerCount('error')]).to.deep.equal([10, 0]);
    });

    it('warns of an error that nobody listens for, once per outage, and lives on', async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error): void => void warnings.push(warning);
      process.on('warning', onWarning);
      proxy.refuse(true);
      const queue = new Queue(queues.name, { redis: { port: proxy.port, retryStrategy: () => 5 } });
      let tries = 0;
      queue.client.on('reconnecting', () => tries++);

      await until(() => tries > 5 && warnings.length > 0, 'some tries failed');
      process.off('warning', onWarning);
      await queue.close();

      expect(warnings.length).to.be.lessThan(tries);
    });
  });
});

describe('a Queue whose Redis is restarted', () => {
  let redis: SpecRedis;
  let queues: SpecQueues;

  beforeEach(async () => {
    redis = await startRedis();
    queues = new SpecQueues();
  });

  afterEach(async () => {
    await queues.close();
    await redis.stop();
  });

  it('A2: goes on with everything by itself', async () => {
    const queue = queues.ours({ redis: redis.url });
    const gate = new Gate();
    queue.process(2, async (job) => {
      if (job.data === 'held') await gate.pass();
      return job.data;
    });
    const held = await queue.createJob('held').save();
    const heldSucceeded = next(held, 'succeeded');
    await until(() => gate.arrived === 1, 'the job runs');

    await redis.restart();
    const after = await queue.createJob('after').save();
    const due = await queue
      .createJob('due')
      .delayUntil(Date.now() + 200)
      .save();
    gate.open();

    await Promise.all([heldSucceeded, succeededOf(queue, after.id), succeededOf(queue, due.id)]);
    expect(await queue.checkHealth()).to.include({ succeeded: 3, waiting: 0, active: 0, delayed: 0 });
  });

  it('A1: starts when Redis comes after it', async () => {
    await redis.kill();
    const queue = queues.ours({ redis: redis.url });
    queue.process(async () => 'done');
    const ready = next(queue, 'ready');

    await redis.restart();
    await ready;

    await next(await queue.createJob({}).save(), 'succeeded');
  });
});

async function succeededOf(queue: Queue, id: string | null): Promise<void> {
  await until(async () => (await queue.getJob(id ?? ''))?.status === 'succeeded', `job ${id} succeeded`);
}
