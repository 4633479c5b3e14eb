import { expect } from 'chai';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { Queue } from '../lib/engine/bee/queue.ts';
import { ApiaryError, type ErrorCode } from '../lib/errors.ts';
import { defineJob, handle } from '../lib/jobs/define.ts';
import { createInspector, createProducer, createWorker } from '../lib/open.ts';
import { freePort } from '../lib/redis/free-port.ts';
import { testQueueName } from '../lib/testing/test-queue-name.ts';
import type { WorkerEvents } from '../lib/worker/events.ts';
import type { Worker } from '../lib/worker/worker.ts';
import { beeCallsOf, callsOf, looksOf, type NamedCall } from './support/every-call.ts';
import { recordingLog } from './support/log.ts';
import { type SpecRedis, startRedis } from './support/redis.ts';
import { addGuest } from './support/redis-guest.ts';
import { until } from './support/wait.ts';

const SECRET = 'a-secret-of-ours';

/** What each call rejected with, by its name. */
async function errorsOf(calls: readonly NamedCall[]): Promise<[name: string, error: unknown][]> {
  const asked = calls.map(async ([name, call]): Promise<[string, unknown]> => {
    const error = await call().then(
      () => 'nothing',
      (thrown: unknown) => thrown,
    );
    return [name, error];
  });
  return Promise.all(asked);
}

/** Where the error of a call is not what callers are promised, says what it is. */
function faults(errors: readonly [string, unknown][], code: ErrorCode, address: string): string[] {
  const isTold = (error: unknown): boolean =>
    error instanceof ApiaryError &&
    error.code === code &&
    error.message.includes(`Redis at ${address} `) &&
    !error.message.includes(SECRET) &&
    error.cause instanceof Error &&
    error.message.includes(error.cause.message);
  return errors.filter(([, error]) => !isTold(error)).map(([name, error]) => `${name}: ${String(error)}`);
}

/** A port of this machine on which nobody listens. */

describe('errors of Redis', () => {
  let redis: SpecRedis;
  let closing: (() => Promise<unknown>)[];

  beforeEach(async () => {
    redis = await startRedis({ appendOnly: false });
    closing = [];
  });
  afterEach(async () => {
    redis.resume();
    await Promise.all(closing.map((close) => close()));
    await redis.stop();
  });

  const everyCall = (url: string): NamedCall[] => {
    const producer = createProducer({ redis: url });
    const inspector = createInspector({ redis: url });
    closing.push(
      () => producer.close(),
      () => inspector.close(),
    );
    return [...callsOf(producer), ...looksOf(inspector)].filter(([name]) => name !== 'waitFor');
  };

  it('name the address when nobody listens there', async () => {
    const port = await freePort();

    const errors = await errorsOf(everyCall(`redis://:${SECRET}@127.0.0.1:${port}/3`));

    expect(faults(errors, 'REDIS_UNAVAILABLE', `redis://127.0.0.1:${port}/3`)).to.deep.equal([]);
    expect(String(errors[0]?.[1])).to.contain(`ECONNREFUSED 127.0.0.1:${port}`);
  }).timeout(120_000);

  it('name the address when Redis stops answering', async () => {
    const calls = everyCall(redis.url);
    const inspector = createInspector({ redis: redis.url });
    closing.push(() => inspector.close());
    await inspector.ping();

    redis.pause();
    const errors = await errorsOf(calls);

    expect(faults(errors, 'REDIS_UNAVAILABLE', `redis://127.0.0.1:${redis.port}/0`)).to.deep.equal([]);
  }).timeout(120_000);

  it('say that the password is wrong', async () => {
    const admin = new Redis(redis.url);
    closing.push(() => admin.quit());
    await admin.config('SET', 'requirepass', 'another');

    const errors = await errorsOf(everyCall(`redis://:${SECRET}@127.0.0.1:${redis.port}`));

    expect(faults(errors, 'REDIS_REFUSED', `redis://127.0.0.1:${redis.port}/0`)).to.deep.equal([]);
  }).timeout(120_000);

  it('say which right the user has not', async () => {
    await addGuest(redis.url, SECRET);
    const place = `redis://127.0.0.1:${redis.port}/0`;

    const errors = await errorsOf(everyCall(`redis://guest:${SECRET}@127.0.0.1:${redis.port}`));

    expect(faults(errors, 'REDIS_REFUSED', place)).to.deep.equal([]);
    expect(errors.map(([, error]) => String(error)).join()).to.contain('NOPERM');
  }).timeout(120_000);

  it('keep their words in what the class of bee-queue rejects with and emits', async () => {
    await addGuest(redis.url, SECRET);
    const at = { host: '127.0.0.1', port: redis.port, username: 'guest', password: SECRET };
    const queue = new Queue(testQueueName(), { redis: at });
    const emitted: unknown[] = [];
    queue.on('error', (error) => emitted.push(error));
    closing.push(() => queue.close());

    const errors = await errorsOf(beeCallsOf(queue));
    await until(() => emitted.length > 0, 'an error was emitted');

    const place = `redis://127.0.0.1:${redis.port}/0`;
    expect(faults(errors, 'REDIS_REFUSED', place)).to.deep.equal([]);
    expect(
      faults(
        emitted.map((error) => ['emitted', error]),
        'REDIS_REFUSED',
        place,
      ),
    ).to.deep.equal([]);
    expect(String(errors[0]?.[1])).to.match(/: NOPERM .* no permissions to run the .ping. command/);
  }).timeout(120_000);

  it('end what waits in the class of bee-queue when it is closed', async () => {
    const port = await freePort();
    const queue = new Queue(testQueueName(), { redis: `redis://127.0.0.1:${port}` });
    const emitted: unknown[] = [];
    queue.on('error', (error) => emitted.push(error));
    const asked = errorsOf([
      ['save', () => queue.createJob(1).save()],
      ['getJob', () => queue.getJob('1')],
    ]);
    await until(() => emitted.length > 0, 'the connection failed');

    await queue.close(100);

    const place = `redis://127.0.0.1:${port}/0`;
    expect(faults(await asked, 'REDIS_UNAVAILABLE', place)).to.deep.equal([]);
    expect(emitted[0]).to.be.instanceOf(ApiaryError).with.property('code', 'REDIS_UNAVAILABLE');
  }).timeout(120_000);

  it('name a key that holds what it should not', async () => {
    const admin = new Redis(redis.url);
    closing.push(() => admin.quit());
    await admin.set('bq:mail:jobs', 'a text');
    const inspector = createInspector({ redis: redis.url });
    closing.push(() => inspector.close());

    const errors = await errorsOf([['job', () => inspector.job('mail', '1')]]);

    expect(faults(errors, 'REDIS_REFUSED', `redis://127.0.0.1:${redis.port}/0`)).to.deep.equal([]);
    expect(String(errors[0]?.[1])).to.contain('bq:mail:jobs');
  });
});

describe('a worker without Redis', () => {
  const Mail = defineJob({ type: 'mail.send', queue: testQueueName(), schema: z.string() });
  let redis: SpecRedis;
  let worker: Worker | null;

  beforeEach(async () => {
    worker = null;
    redis = await startRedis();
  });
  afterEach(async () => {
    await worker?.stop();
    await redis.stop();
  });

  /** What a worker tells of its connection. */
  const opened = (url: string | Redis) => {
    const { log, records } = recordingLog();
    const made = createWorker({ redis: url, handlers: [handle(Mail, () => undefined)], log });
    worker = made;
    const told: string[] = [];
    const away: WorkerEvents['redis:away'][0][] = [];
    made.events.on('redis:away', (facts) => {
      told.push('away');
      away.push(facts);
    });
    made.events.on('redis:back', () => told.push('back'));
    const lines = (): string[] =>
      records.map(({ message }) => message).filter((text) => text.includes('Redis is '));
    return { made, told, away, lines, records };
  };

  it('says once that it cannot connect, and is connecting until it has', async () => {
    await redis.kill();
    const { made, told, away, lines, records } = opened(`redis://:${SECRET}@127.0.0.1:${redis.port}`);
    expect(made.status).to.equal(null);
    let tries = 0;

    await made.start();
    await until(() => told.length > 0, 'it was told');
    expect(made.status).to.equal('connecting');
    expect(away[0]?.redis).to.equal(`redis://127.0.0.1:${redis.port}/0`);
    expect(away[0]?.error).to.be.instanceOf(ApiaryError).with.property('code', 'REDIS_UNAVAILABLE');
    expect(JSON.stringify(records)).to.not.contain(SECRET);
    expect(records.find(({ message }) => message.startsWith('Redis is not'))?.fields)
      .to.include({ target: `redis://127.0.0.1:${redis.port}/0`, code: 'ECONNREFUSED' })
      .and.to.have.property('advice');
    made.events.on('redis:away', () => tries++);
    await redis.restart();
    await until(() => made.status === 'running', 'it runs');

    expect(told).to.deep.equal(['away', 'back']);
    expect(lines()).to.deep.equal(['Redis is not reachable; trying again', 'Redis is back']);
    expect(tries).to.equal(0);
  }).timeout(120_000);

  it('says so once for each outage', async () => {
    const { made, told } = opened(redis.url);
    await made.start();
    await until(() => made.status === 'running', 'it runs');

    for (const outage of [1, 2]) {
      await redis.kill();
      await until(() => told.length === outage * 2 - 1, `outage ${outage} was told`);
      expect(made.status).to.equal('running');
      await redis.restart();
      await until(() => told.length === outage * 2, `the end of outage ${outage} was told`);
    }

    expect(told).to.deep.equal(['away', 'back', 'away', 'back']);
  }).timeout(120_000);

  it('says so of a host that does not exist', async () => {
    const { made, away } = opened('redis://no-such-host.invalid:6379');

    await made.start();
    await until(() => away.length > 0, 'it was told');

    expect(away[0]?.error.message).to.match(
      /^Redis at redis:\/\/no-such-host\.invalid:6379\/0 is not available: .*(ENOTFOUND|EAI_AGAIN)/,
    );
    expect(made.status).to.equal('connecting');
  }).timeout(120_000);

  it('leaves no listener on a client of the caller when it has stopped', async () => {
    const client = new Redis(redis.url, { maxRetriesPerRequest: null });
    const before = client.eventNames().map((name) => [name, client.listenerCount(name)]);
    const { made } = opened(client);
    await made.start();
    await until(() => made.status === 'running', 'it runs');

    await made.stop();

    expect(client.eventNames().map((name) => [name, client.listenerCount(name)])).to.deep.equal(before);
    await client.quit();
  });
});
