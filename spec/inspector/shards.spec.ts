import { expect } from 'chai';
import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import { readLimits } from '../../lib/engine/limits/limits.ts';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import type { JobInfo } from '../../lib/inspector/job-info.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { shardNames, shardOf } from '../../lib/shards/route.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { rejection } from '../support/refusal.ts';
import { giveShards, idsByShard } from '../support/shards.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const SHARDS = 4;
const JOBS = 60;

describe('the inspector of a queue with shards', () => {
  let workers: SpecWorkers;
  let inspector: Inspector;
  let queue: string;
  let ids: string[];

  before(async () => {
    workers = openWorkers();
    queue = workers.queue;
    inspector = new Inspector({ client: workers.client });
    await giveShards({ client: workers.client }, queue, SHARDS);
    ids = await workers.add(...Array.from({ length: JOBS }, (_, at) => ({ nth: at })));
  });
  after(async () => {
    const { records, limits } = shardKeys('bq');
    await workers.client.hdel(records, queue);
    await workers.client.hdel(limits, queue);
    await workers.close();
  });

  const idsOf = (jobs: readonly JobInfo[]): string[] => jobs.map(({ id }) => id);

  it('shows one queue, its shards beneath', async () => {
    const info = await inspector.queue(queue);
    expect(info.counts.waiting).to.equal(JOBS);
    expect(info.shards?.map(({ name }) => name)).to.deep.equal(shardNames(queue, SHARDS));
    const sum = info.shards?.reduce((all, { counts }) => all + counts.waiting, 0);
    expect(sum).to.equal(JOBS);
    const names = await inspector.queueNames();
    expect(names).to.include(queue);
    expect(names).to.not.include(`${queue}~1`);
  });

  it('finds each job by its id', async () => {
    for (const id of ids) expect(await inspector.job(queue, id)).to.include({ id, queue, state: 'waiting' });
    expect(await inspector.job(queue, 'nobody')).to.equal(null);
  });

  it('moves no job between shards of one queue, but to and from them', async () => {
    for (const [from, to] of [
      [queue, `${queue}~1`],
      [`${queue}~2`, queue],
    ] as const) {
      const error = await rejection(inspector.bulk.move(from, 'waiting', { to, by: 'ada' }));
      expect(error).to.include({ code: 'JOB_INVALID' });
      expect(error.message).to.include('are of the same shards');
    }
    const other = testQueueName();
    const moved = await inspector.bulk.move(queue, 'waiting', { to: other, by: 'ada' });
    expect(moved).to.deep.include({ matched: JOBS, done: JOBS });
    expect((await inspector.queue(queue)).counts.waiting).to.equal(0);
    const [one = ''] = ids;
    expect(await inspector.move(other, one, { to: queue, by: 'ada' })).to.include({ done: true });
    expect(await inspector.bulk.move(other, 'waiting', { to: queue, by: 'ada' })).to.deep.include({
      done: JOBS - 1,
    });
    const places = await idsByShard({ client: workers.client }, queue, SHARDS);
    for (const [at, some] of places.entries())
      for (const id of some) expect(shardOf(id, SHARDS)).to.equal(at);
    expect(places.flat().sort()).to.deep.equal([...ids].sort());
  });

  for (const limit of [1, 3, 7, 100]) {
    it(`shows each job once, in pages of ${limit}`, async () => {
      for (const newestFirst of [true, false]) {
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const page = await inspector.jobs(queue, { state: 'waiting', limit, cursor, newestFirst });
          expect(page.jobs.length).to.be.at.most(limit);
          seen.push(...idsOf(page.jobs));
          ({ cursor } = page);
        } while (cursor !== null);
        expect([...seen].sort()).to.deep.equal([...ids].sort());
      }
    });

    it(`finds each job once by a search of ${limit} at a time`, async () => {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const found = await inspector.search(queue, { state: 'waiting', limit, cursor });
        expect(found.jobs.length).to.be.at.most(limit);
        expect(found.total).to.equal(JOBS);
        seen.push(...idsOf(found.jobs));
        ({ cursor } = found);
      } while (cursor !== null);
      expect([...seen].sort()).to.deep.equal([...ids].sort());
    });
  }

  it('refuses what can be no cursor and no limit', async () => {
    for (const cursor of ['x', '-1', '1.x', '1.2.3.99999999999999999999', `${'.'.repeat(10_000)}x`])
      expect((await rejection(inspector.jobs(queue, { state: 'waiting', cursor }))).code).to.equal(
        'JOB_INVALID',
      );
    for (const limit of [0, -1, 1.5, Number.NaN, 1_001, 1_000_000]) {
      expect((await rejection(inspector.jobs(queue, { state: 'waiting', limit }))).code).to.equal(
        'JOB_INVALID',
      );
      expect((await rejection(inspector.search(queue, { state: 'waiting', limit }))).code).to.equal(
        'JOB_INVALID',
      );
    }
  });

  it('pauses all shards, and resumes them', async () => {
    const paused = (): Promise<(string | null)[]> =>
      Promise.all(
        shardNames(queue, SHARDS).map((name) =>
          workers.client.hget(queueKeys('bq', name, false).meta, 'paused'),
        ),
      );
    expect(await inspector.pause(queue, 'spec')).to.equal(true);
    expect((await paused()).every((note) => note !== null)).to.equal(true);
    expect((await inspector.queue(queue)).paused).to.include({ by: 'spec' });
    expect(await inspector.pause(queue, 'spec')).to.equal(false);
    expect(await inspector.resume(queue)).to.equal(true);
    expect((await paused()).every((note) => note === null)).to.equal(true);
  });

  it('splits the limits of the whole, and shows them as they were set', async () => {
    await inspector.limits.set(
      queue,
      { concurrency: 10, rate: { count: 8, perMs: 1_000 }, perKey: { concurrency: 1 } },
      'spec',
    );
    const parts = await Promise.all(
      shardNames(queue, SHARDS).map((name) => readLimits(workers.client, queueKeys('bq', name, false))),
    );
    expect(parts.map((part) => part?.limits.concurrency).sort()).to.deep.equal([2, 2, 3, 3]);
    expect(parts.map((part) => part?.limits.rate)).to.deep.equal(
      parts.map(() => ({ count: 2, perMs: 1_000, burst: 2 })),
    );
    expect(parts.every((part) => part?.limits.perKey?.concurrency === 1)).to.equal(true);
    expect((await inspector.limits.get(queue))?.limits.concurrency).to.equal(10);
    await inspector.limits.set(queue, { concurrency: 3 }, 'spec');
    const few = await Promise.all(
      shardNames(queue, SHARDS).map((name) => readLimits(workers.client, queueKeys('bq', name, false))),
    );
    expect(few.map((part) => part?.limits.concurrency).sort()).to.deep.equal([0, 1, 1, 1]);
    const refused = await rejection(inspector.limits.set(queue, { maxWaiting: 3 }, 'spec'));
    expect(refused.message).to.match(/maxWaiting must be 4 or more, as .* has 4 shards/);
    expect(await inspector.limits.lift(queue, 'spec')).to.equal(true);
    expect(await inspector.limits.get(queue)).to.equal(null);
  });

  it('changes single jobs and many, wherever they are', async () => {
    const [one = '', two = '', three = ''] = ids;
    expect(await inspector.remove(queue, one)).to.equal('waiting');
    expect(await inspector.archive(queue, two, 'spec')).to.include({ done: true });
    expect(await inspector.retry(queue, two)).to.deep.equal({ done: true });
    expect(await inspector.cancel(queue, three, 'spec')).to.include({ done: true });
    expect(await inspector.bulk.count(queue, 'waiting')).to.equal(JOBS - 2);
    expect(await inspector.archiveAll(queue, 'waiting', { by: 'spec' })).to.equal(JOBS - 2);
    expect(await inspector.retryAll(queue)).to.equal(JOBS - 1);
    expect(await inspector.clean(queue, 'waiting', 10)).to.equal(10);
    expect(await inspector.removeAll(queue, 'waiting')).to.equal(JOBS - 11);
    expect((await inspector.queue(queue)).counts.waiting).to.equal(0);
  });

  it('forgets a person in every shard', async () => {
    const { forgotten } = await inspector.forget({
      field: { path: 'whose', value: 'ada-1815' },
      queues: [queue],
    });
    expect(forgotten.jobs).to.equal(0);
    await workers.add(...Array.from({ length: 20 }, () => ({ whose: 'ada-1815' })));

    const report = await inspector.forget({ field: { path: 'whose', value: 'ada-1815' }, queues: [queue] });

    expect(report.forgotten.jobs).to.equal(20);
    expect(report.queues).to.equal(SHARDS);
  });

  it('has a queue keep its shards where it is deleted', async () => {
    expect(await inspector.deleteQueue(queue, { force: true })).to.equal(true);
    const producer = new Producer({ client: workers.client });
    const plain = defineJob({ type: 'toil', queue, schema: z.unknown() });
    await Promise.all(Array.from({ length: 100 }, (_, at) => producer.add(plain, at)));
    const all = await idsByShard({ client: workers.client }, queue, SHARDS);
    for (const some of all) expect(some.length).to.be.within(5, 60);
  });
});
