import { expect } from 'chai';
import { queueKeys } from '../../lib/engine/keys.ts';
import { BulkRunner } from '../../lib/inspector/bulk-runner.ts';
import { RUN_LEASE_MS } from '../../lib/inspector/held-run.ts';
import type { BulkRunInfo, BulkRunOrder } from '../../lib/inspector/inspector.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { shardNames } from '../../lib/shards/route.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { giveShards } from '../support/shards.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const SHARDS = 3;
const JOBS = 600;

describe('runs that change many jobs of a queue with shards', () => {
  let redis: SpecRedis;
  let workers: SpecWorkers;
  let inspector: Inspector;
  let queue: string;
  const runners: BulkRunner[] = [];

  before(async () => {
    redis = await startRedis({ appendOnly: false });
  });
  after(() => redis.stop());
  beforeEach(async () => {
    workers = openWorkers(redis.url);
    queue = workers.queue;
    inspector = new Inspector({ client: workers.client });
    await giveShards({ client: workers.client }, queue, SHARDS);
    await workers.add(...Array.from({ length: JOBS }, (_, nth) => ({ nth, odd: nth % 2 === 1 })));
  });
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.stop()));
    await workers.close();
  });

  const startRunner = (): BulkRunner => {
    const runner = new BulkRunner({ inspector, log: silentLog });
    runners.push(runner);
    return runner;
  };
  const start = (order: Omit<BulkRunOrder, 'queue'>, id: string): Promise<boolean> =>
    inspector.bulkRuns.start(`${queue}-${id}`, { ...order, queue }, 'ada');
  const infoOf = async (id: string): Promise<BulkRunInfo> => {
    const run = await inspector.bulkRuns.get(`${queue}-${id}`);
    if (run === null) throw new Error(`there is no run ${id}`);
    return run;
  };
  const ended = async (id: string): Promise<BulkRunInfo> => {
    await until(async () => (await infoOf(id)).endedAt !== null, `run ${id} has ended`);
    return infoOf(id);
  };
  const counts = async (): Promise<object> => (await inspector.queue(queue)).counts;

  it('go over shard after shard, and count all', async () => {
    startRunner();
    await start({ operation: 'archive', state: 'waiting', dryRun: true }, 'count');
    expect(await ended('count')).to.include({ total: JOBS, looked: JOBS, matched: JOBS, done: 0 });
    await start(
      { operation: 'archive', state: 'waiting', filter: { field: { path: 'odd', value: 'true' } } },
      'a',
    );
    expect(await ended('a')).to.include({ status: 'done', total: JOBS, matched: JOBS / 2, done: JOBS / 2 });
    await start({ operation: 'retry', state: 'failed' }, 'b');
    expect(await ended('b')).to.include({ total: JOBS / 2, matched: JOBS / 2, done: JOBS / 2 });
    const other = testQueueName();
    await start({ operation: 'move', state: 'waiting', to: other }, 'c');
    expect(await ended('c')).to.include({ matched: JOBS, done: JOBS });
    expect((await inspector.queue(other)).counts.waiting).to.equal(JOBS);
    const back = { operation: 'move', queue: other, state: 'waiting', to: queue } as const;
    await inspector.bulkRuns.start(`${queue}-d`, back, 'ada');
    expect(await ended('d')).to.include({ matched: JOBS, done: JOBS });
    const each = await Promise.all(
      shardNames(queue, SHARDS).map((name) => workers.client.llen(queueKeys('bq', name, false).waiting)),
    );
    expect(each.every((count) => count > JOBS / 6)).to.equal(true);
    expect(await inspector.bulkRuns.countSome({ operation: 'remove', queue, state: 'waiting' })).to.include({
      matched: JOBS,
      isAll: true,
    });
  });

  for (const state of ['waiting', 'failed'] as const)
    it(`go on where they were left among jobs that are ${state}, with what was counted`, async () => {
      if (state === 'failed') await inspector.archiveAll(queue, 'waiting', { by: 'spec' });
      await start({ operation: 'remove', state }, 'a');
      // As somebody leaves it who has died in the second shard.
      const [home = '', second = ''] = shardNames(queue, SHARDS);
      const first = await inspector.bulk.paced({ isOneShard: true }).remove(home, state);
      const { store } = inspector.bulkRuns;
      const read = await store.read(`${queue}-a`);
      if (read === null) throw new Error('there is no run');
      const oldest = await workers.queries(second).page(state, 0, 50, false);
      for (const { id } of oldest) await workers.store(second).remove(id);
      const [before, all] = [first.done, first.done + oldest.length];
      await store.change(read, {
        ...{ holder: 'dead', leaseUntil: (await store.now()) - RUN_LEASE_MS },
        ...{ looked: all, matched: all, done: all, passed: null },
        shard: { at: 1, looked: before, matched: before, done: before },
      });
      startRunner();
      const run = await ended('a');
      expect(run).to.include({ status: 'done', total: JOBS, looked: JOBS, matched: JOBS, done: JOBS });
      expect(await counts()).to.include({ [state]: 0 });
    });

  it('go on with another when who works on them ends again and again', async () => {
    await start({ operation: 'remove', state: 'waiting' }, 'a');
    for (let nth = 0; (await infoOf('a')).endedAt === null && nth < 100; nth++) {
      const before = (await infoOf('a')).done;
      const runner = startRunner();
      await until(async () => {
        const { done, endedAt } = await infoOf('a');
        return done > before || endedAt !== null;
      }, 'it goes on');
      await runner.stop();
    }
    expect(await infoOf('a')).to.include({ status: 'done', matched: JOBS, done: JOBS });
    expect(await counts()).to.include({ waiting: 0 });
  });
});
