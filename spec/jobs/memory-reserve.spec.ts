import { expect } from 'chai';
import { z } from 'zod';
import { ApiaryError } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { startApi } from '../support/api.ts';
import { silentLog } from '../support/log.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const MIB = 1024 * 1024;
const note = defineJob({ type: 'note', queue: 'notes', schema: z.string() });

describe('adds to a Redis that has little memory left', () => {
  let redis: SpecRedis;
  let client: RedisClient;
  let producer: Producer;
  let inspector: Inspector;

  beforeEach(async () => {
    redis = await startRedis({ appendOnly: false });
    client = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
    await client.config('SET', 'maxmemory', 40 * MIB);
    producer = new Producer({ client, memoryReserve: 0.25 });
    inspector = new Inspector({ client });
  });
  afterEach(async () => {
    await producer.close();
    await closeClient(client);
    await redis.stop();
  });

  const fillers = Array.from({ length: 120 }, (_, at) => `filler-${at}`);
  /** Takes so much memory that some tenth is left. */
  const fill = async (): Promise<void> => {
    for (const one of fillers) await client.set(one, Buffer.alloc(MIB / 4));
  };
  const failureOf = (adding: Promise<unknown>): Promise<string | null> =>
    adding.then(
      () => null,
      (error: unknown) => (error instanceof ApiaryError ? error.code : String(error)),
    );
  const refused = (from = producer): Promise<void> =>
    until(async () => (await failureOf(from.add(note, 'x'))) === 'REDIS_FULL', 'an add is refused');

  it('are refused before Redis refuses them, by every way, and again accepted when there is room', async () => {
    await producer.add(note, 'first');
    await fill();
    await refused();

    expect(producer.isRedisFull).to.equal(true);
    const waiting = async (): Promise<number> => (await inspector.queue('notes')).counts.waiting;
    const before = await waiting();
    const planned = [jobFor(note, 'a')];
    const ways = [
      producer.addMany(note, ['a', 'b']),
      producer.addMany(planned),
      producer.addRaw({ type: 'note', queue: 'notes', data: 1 }),
      producer.addChain(planned),
      producer.addBatch({ jobs: planned, last: jobFor(note, 'z') }),
      producer.addWorkflow(({ job }) => {
        job('a', note, 'a');
      }),
      producer.as('other').add(note, 'a'),
    ];
    expect(new Set(await Promise.all(ways.map(failureOf)))).to.deep.equal(new Set(['REDIS_FULL']));
    expect(await waiting()).to.equal(before);

    await client.del(...fillers);
    await until(async () => (await failureOf(producer.add(note, 'x'))) === null, 'adds go on by themselves');
    expect(producer.isRedisFull).to.equal(false);
  });

  it('leave room for all that is no add', async () => {
    const { id } = await producer.add(note, 'first');
    await fill();
    await refused();

    expect((await inspector.updateData('notes', id, 'other')).done).to.equal(true);
    expect(await producer.schedules.put(note, { name: 'daily', data: 'x', everyMs: 60_000 })).to.equal(
      'created',
    );
    expect(await inspector.remove('notes', id)).to.equal('waiting');
  });

  it('are taken by who keeps nothing free, until Redis refuses', async () => {
    const plain = new Producer({ client });
    await fill();

    await refused();

    expect(await failureOf(plain.add(note, 'x'))).to.equal(null);
    expect(plain.isRedisFull).to.equal(false);
    await plain.close();
  });

  it('are 503 over HTTP, with Retry-After', async () => {
    const api = await startApi({ url: redis.url, memoryReserve: 0.25 });
    await fill();
    const add = () =>
      api.call('POST', '/v1/jobs', { body: { type: 'raw', data: 1, options: { queue: 'notes' } } });

    await until(async () => (await add()).status === 503, 'an add is refused');
    const { body, headers } = await add();

    expect(body).to.deep.include({ type: 'urn:apiary:problem:redis-full', status: 503 });
    expect(body['detail']).to.match(/^Redis is full but for the memory that is kept/);
    expect(headers.get('retry-after')).to.equal('1');
    expect((await api.call('GET', '/v1/queues/notes')).status).to.equal(200);
    await api.close();
  });

  it('are taken where Redis has no limit of memory', async () => {
    await client.config('SET', 'maxmemory', 0);
    await fill();

    expect(await failureOf(producer.add(note, 'x'))).to.equal(null);
    expect(producer.isRedisFull).to.equal(false);
  });
});
