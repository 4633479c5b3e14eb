import { expect } from 'chai';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { shardName, shardOf } from '../../lib/shards/route.ts';
import { silentLog } from '../support/log.ts';
import { giveShards, recordOf } from '../support/shards.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const SHARDS = 4;

describe('a worker of a queue with shards', () => {
  let workers: SpecWorkers;
  let inspector: Inspector;

  beforeEach(() => {
    workers = openWorkers();
    inspector = new Inspector({ client: workers.client });
  });
  afterEach(async () => {
    await workers.client.hdel(shardKeys('bq').records, workers.queue);
    await workers.producer.close();
    await workers.close();
  });

  const place = (): { client: SpecWorkers['client'] } => ({ client: workers.client });
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

  it('runs the jobs of all of them, and shows handlers and listeners one queue', async () => {
    await giveShards(place(), workers.queue, SHARDS);
    const seen = new Set<unknown>();
    const queues = new Set<string>();
    const worker = workers.worker({
      handlers: [
        workers.handler((data, ctx) => {
          seen.add(data);
          queues.add(ctx.queue);
        }),
      ],
    });
    worker.events.on('job:succeeded', ({ queue }) => queues.add(queue));
    await workers.add(...numbers(100));
    await worker.start();
    await until(() => seen.size === 100, 'all had run');
    expect([...queues]).to.deep.equal([workers.queue]);
  });

  it('hears that there are more, and serves those without a restart', async () => {
    const seen: unknown[] = [];
    const worker = workers.worker({ handlers: [workers.handler((data) => void seen.push(data))] });
    await worker.start();
    await workers.add(0);
    await until(() => seen.length === 1, 'the first had run');
    await giveShards(place(), workers.queue, SHARDS);
    const store = workers.store(shardName(workers.queue, 3));
    await store.saveOne(
      { id: 'x', data: '1', ending: ',"options":{"type":"job","timestamp":1}}', start: '' },
      () => 0,
    );
    await until(() => seen.length === 2, 'a job of the last shard had run');
  });

  it('lets no shard wait for the others, strictly by queues or by weight', async () => {
    await giveShards(place(), workers.queue, SHARDS);
    for (const strictPriority of [false, true]) {
      const ran: number[] = [];
      const worker = workers.worker({
        concurrency: 1,
        strictPriority,
        handlers: [workers.handler((data) => void ran.push(data))],
      });
      const ids = await workers.add(...numbers(200));
      const shards = ids.map((id) => shardOf(id, SHARDS));
      await worker.start();
      await until(() => ran.length === 200, 'all had run');
      const early = ran.slice(0, 120).map((at) => shards[at]);
      expect(new Set(early).size).to.equal(SHARDS);
      await worker.stop();
    }
  });

  it('keeps the order of a key', async () => {
    await giveShards(place(), workers.queue, SHARDS);
    const ran: { key: string; nth: number }[] = [];
    const handler = workers.handler((data) => void ran.push(data));
    const jobs = numbers(100).map((at) => ({ key: `k${at % 5}`, nth: at }));
    for (const one of jobs)
      await workers.producer.addMany([jobFor(handler.definition, one, { key: one.key })]);
    await workers.worker({ concurrency: 1, handlers: [handler] }).start();
    await until(() => ran.length === 100, 'all had run');
    for (const key of ['k0', 'k1', 'k2', 'k3', 'k4']) {
      const order = ran.filter((one) => one.key === key).map(({ nth }) => nth);
      expect(order).to.deep.equal([...order].sort((a, b) => a - b));
    }
  });

  it('is heard by who waits for a job, and cancels it where it runs', async () => {
    await giveShards(place(), workers.queue, SHARDS);
    const handler = workers.handler((data: unknown, ctx) =>
      data === 'hang'
        ? new Promise((_, fail) => ctx.signal.addEventListener('abort', () => fail(new Error('stop'))))
        : data,
    );
    await workers.worker({ handlers: [handler] }).start();
    for (const data of numbers(8)) {
      const added = await workers.producer.add(handler.definition, data);
      const end = await workers.producer.waitFor(added, { timeoutMs: 30_000 });
      expect(end).to.include({ queue: workers.queue, outcome: 'succeeded', result: data });
    }
    const hung = await workers.producer.add(handler.definition, 'hang');
    await until(async () => (await inspector.job(workers.queue, hung.id))?.state === 'active', 'it ran');
    await inspector.cancel(workers.queue, hung.id, 'spec');
    const end = await workers.producer.waitFor(hung, { timeoutMs: 30_000 });
    expect(end.outcome).to.equal('cancelled');
  });

  it('adds what follows in the shard of the job, and refuses another key there', async () => {
    await giveShards(place(), workers.queue, SHARDS);
    const refused: string[] = [];
    const ran = new Set<unknown>();
    const handler = workers.handler(async (data: number, ctx) => {
      ran.add(data);
      if (data === 0 || data >= 100) return;
      await ctx.follow(handler.definition, data + 100);
      await ctx
        .follow(handler.definition, 0, { key: 'another' })
        .catch((error: Error) => refused.push(error.message));
    });
    await workers.add(...numbers(20).map((at) => at + 1));
    await workers.worker({ handlers: [handler] }).start();
    await until(() => [...ran].filter((one) => one !== 0).length === 40, 'all and what follows had run');
    expect(refused.length).to.be.above(0);
  });

  it('has a shard served again to which a door added after all had let go', async () => {
    await giveShards(place(), workers.queue, {
      change: 2,
      shards: 1,
      served: 1,
      ever: SHARDS,
      before: [SHARDS],
    });
    const ran: unknown[] = [];
    const late = workers.store(shardName(workers.queue, 2));
    await late.saveOne(
      { id: 'x', data: '1', ending: ',"options":{"type":"job","timestamp":1}}', start: '' },
      () => 0,
    );
    await workers
      .worker({ log: silentLog, handlers: [workers.handler((data) => void ran.push(data))] })
      .start();
    await until(() => ran.length === 1, 'it had run');
    expect((await recordOf(place(), workers.queue))?.served).to.equal(3);
  });
});
