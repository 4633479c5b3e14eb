import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { Session } from '../../lib/engine/session/session.ts';
import { shardKeys } from '../../lib/engine/shard-keys.ts';
import { keepTimes } from '../../lib/engine/times/keep-times.ts';
import { TimeTally } from '../../lib/engine/times/time-tally.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { partsOf } from '../../lib/inspector/merged-page.ts';
import { mergedRates } from '../../lib/inspector/merged-queue.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { shardName, shardOf } from '../../lib/shards/route.ts';
import { giveShards } from '../support/shards.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const SHARDS = 3;
const JOBS = 30;

describe('what an inspector shows of a queue with shards', () => {
  let workers: SpecWorkers;
  let inspector: Inspector;
  let queue: string;
  let ids: string[];

  beforeEach(async () => {
    workers = openWorkers();
    queue = workers.queue;
    inspector = new Inspector({ client: workers.client });
    await giveShards({ client: workers.client }, queue, SHARDS);
    ids = await workers.add(...Array.from({ length: JOBS }, (_, at) => ({ nth: at })));
  });
  afterEach(async () => {
    const { records, limits } = shardKeys('bq');
    await workers.client.hdel(records, queue);
    await workers.client.hdel(limits, queue);
    await inspector.close();
    await workers.close();
  });

  const keysOf = (at: number) => queueKeys('bq', shardName(queue, at), false);
  const each = [0, 1, 2];
  /** The first job of each shard. */
  const firsts = (): string[] => each.map((at) => ids.find((id) => shardOf(id, SHARDS) === at) ?? '');
  /** Has them fail in turn, each of some kinds of failure as often. */
  const fail = async (...kinds: string[]): Promise<void> => {
    for (const [at, id] of ids.entries()) await inspector.archive(queue, id, kinds[at % kinds.length] ?? '');
  };

  it('groups the failures of all shards, with their counts added up and the newest of them all', async () => {
    await fail('ada', 'bob');
    const { scanned, total, groups } = await inspector.failures.groups(queue);
    expect([scanned, total]).to.deep.equal([JOBS, JOBS]);
    expect(groups.map(({ count }) => count)).to.deep.equal([JOBS / 2, JOBS / 2]);
    const [{ fingerprint = '' } = {}] = groups;
    const { jobs } = await inspector.jobs(queue, { state: 'failed', limit: 2 });
    expect(groups.map(({ newestId }) => newestId)).to.deep.equal(jobs.map(({ id }) => id));

    expect((await inspector.failures.groups(queue, { most: 10 })).scanned).to.equal(10);
    const found = await inspector.failures.case(queue, fingerprint);
    expect(found).to.include({ count: JOBS / 2, scanned: JOBS, total: JOBS });
    const newest = found?.newest.map(({ at }) => at) ?? [];
    expect(newest).to.deep.equal([...newest].sort((one, other) => other - one));
    expect(await inspector.alerts.failedSince(queue, 0)).to.equal(JOBS);
  });

  it('keeps what is said of a kind of failure once, and sees in any shard that it is back', async () => {
    await fail('ada');
    const [{ fingerprint = '' } = {}] = (await inspector.failures.groups(queue)).groups;
    await inspector.failures.mark(queue, fingerprint, { verdict: 'resolved' }, 'ada');
    expect(await inspector.failures.noteReopened(queue)).to.deep.equal([]);
    const last = ids.find((id) => shardOf(id, SHARDS) === SHARDS - 1) ?? '';
    await inspector.retry(queue, last);
    await inspector.archive(queue, last, 'ada');
    const [back, ...others] = await inspector.failures.noteReopened(queue);
    expect(others).to.deep.equal([]);
    expect(back).to.include({ queue, fingerprint, jobId: last });
    expect((await inspector.failures.groups(queue)).groups[0]?.state).to.equal('reopened');
    expect(await inspector.failures.noteReopened(queue)).to.deep.equal([]);
  });

  it('finds kinds of failure that are new in any shard', async () => {
    const last = firsts().at(-1) ?? '';
    await inspector.archive(queue, last, 'ada');
    const found = await inspector.alerts.newKinds(queue, 0);
    expect(found?.kinds.map(({ jobId }) => jobId)).to.deep.equal([last]);
    if (found) await inspector.alerts.noteKinds(queue, found, Date.now());
    await inspector.archive(queue, firsts()[0] ?? '', 'ada');
    expect((await inspector.alerts.newKinds(queue, 0))?.kinds).to.deep.equal([]);
  });

  it('finds a job by its id alone, and says of one that is nowhere why', async () => {
    for (const id of firsts()) {
      expect((await inspector.find(id)).map((job) => [job.queue, job.id])).to.deep.equal([[queue, id]]);
      expect((await inspector.why(queue, id)).map(({ reason }) => reason)).to.include('unserved');
    }
    expect(await inspector.find('nobody')).to.deep.equal([]);
    // Batches are in the first, whichever shard the id of their last job leads to.
    const { definition } = workers.handler(() => 1);
    for (let nth = 0; nth < 8; nth++) {
      const { last } = await workers.producer.addBatch({
        jobs: [jobFor(definition, 1)],
        last: jobFor(definition, 2),
      });
      expect((await inspector.why(queue, last.id)).map(({ reason }) => reason)).to.deep.equal([
        'awaits-batch',
      ]);
    }
  });

  it('adds up how long jobs took, bucket by bucket, and how they ended by version', async () => {
    for (const [at, types] of [['a', 'b'], ['a'], ['c']].entries()) {
      const tally = new TimeTally();
      for (const type of types)
        tally.note(type, {
          ...{ id: `${type}${at}`, as: 'succeeded', waitedMs: 1, durationMs: 10 ** at, totalMs: 10 ** at },
          endedAt: Date.now(),
        });
      await keepTimes({ client: workers.client, keys: keysOf(at) }, tally, at === 0 ? 'v1' : 'v2');
    }
    const times = await inspector.times(queue);
    expect(times.succeeded).to.equal(4);
    expect(times.duration.count).to.equal(4);
    expect(times.types.map(({ type, succeeded }) => [type, succeeded])).to.deep.equal([
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ]);
    expect(times.slowest.map(({ id }) => id)).to.deep.equal(['c2', 'a1', 'a0']);
    expect(times.versions.map(({ version, succeeded }) => [version, succeeded]).sort()).to.deep.equal([
      ['v1', 2],
      ['v2', 2],
    ]);
    const ofA = await inspector.times(queue, { type: 'a' });
    expect([ofA.isOwn, ofA.succeeded]).to.deep.equal([true, 2]);
    expect((await inspector.times(queue, { type: 'none' })).isOwn).to.equal(false);
  });

  it('adds the rates of shards up, minute by minute', () => {
    const at = (minute: number): number => minute * 60_000;
    const of = (first: number, ...added: number[]) => ({
      ...{ inPerMin: added[0] ?? null, outPerMin: null },
      minutes: added.map((one, nth) => ({ at: at(first + nth), added: one, succeeded: one, failed: 1 })),
    });
    const sum = mergedRates([of(1, 1, 2, 3), of(2, 10, 20, 30), of(1)]);
    expect([sum.inPerMin, sum.outPerMin]).to.deep.equal([11, null]);
    // The second knows one minute more than the first, which is about to.
    expect(sum.minutes.map((one) => [one.at, one.added, one.failed])).to.deep.equal([
      [at(1), 1, 1],
      [at(2), 12, 2],
      [at(3), 23, 2],
    ]);
    // Of one that nobody serves any more nobody waits for a minute.
    expect(mergedRates([of(1, 1), of(5, 7, 8)]).minutes.map(({ added }) => added)).to.deep.equal([1, 7, 8]);
    expect(mergedRates([of(1), of(1)])).to.deep.equal({ inPerMin: null, outPerMin: null, minutes: [] });
  });

  it('reads the rates of all shards', async () => {
    const now = Date.now();
    for (const shard of each)
      await workers.client.hset(keysOf(shard).samples, 'before', `${now - 300_000} 0 0 0`);
    const { inPerMin } = await inspector.rates(queue);
    expect(inPerMin).to.be.closeTo(JOBS / 5, 0.5);
  });

  it('shows the keys that wait in any shard, and what is held back in any', async () => {
    await inspector.limits.set(queue, { concurrency: 9, perKey: { concurrency: 1 } }, 'ada');
    for (let nth = 0; nth < 12; nth++)
      await workers.producer.add(workers.handler(() => 1).definition, nth, { key: `k${nth % 6}` });
    // They come to their lines as they are taken.
    for (const at of each) {
      const hold = { leaseMs: 60_000, keepSucceeded: -1, keepFailed: -1, publish: 'never' } as const;
      await new Session({ client: workers.client, keys: keysOf(at), clock: systemClock }, hold).exchange(
        [],
        1,
      );
    }
    const keys = await inspector.limits.keys(queue);
    const sum = keys.reduce((all, { waiting }) => all + waiting, 0);
    expect(sum).to.equal(JOBS + 12 - SHARDS);
    expect((await inspector.limits.keys(queue, { limit: 2 })).length).to.equal(2);

    const until = Date.now() + 60_000;
    for (const at of each) {
      await workers.client.hset(keysOf(at).meta, 'holds', String(until + at));
      await workers.client.zadd(keysOf(at).rates, until + at, `\u0001held${at % 2}`);
    }
    expect(await inspector.limits.holds(queue)).to.deep.equal([
      { key: 'held0', until: until + 2 },
      { key: 'held1', until: until + 1 },
    ]);
    await inspector.limits.refill(queue);
    expect(await inspector.limits.holds(queue)).to.deep.equal([]);
  });

  it('shows each job on one of the pages that are named by a place of the whole, at the cost of one each', async () => {
    for (const newestFirst of [true, false])
      for (const limit of [1, 4, 7, 100]) {
        const seen: string[] = [];
        for (let at = 0; at < JOBS; at += limit) {
          const page = await inspector.jobs(queue, {
            state: 'waiting',
            cursor: String(at),
            limit,
            newestFirst,
          });
          expect(page.jobs.length).to.equal(Math.min(limit, JOBS - at));
          expect(page.cursor).to.equal(at + limit < JOBS ? String(at + limit) : null);
          seen.push(...page.jobs.map(({ id }) => id));
        }
        expect(seen.sort()).to.deep.equal([...ids].sort());
      }
    expect((await inspector.jobs(queue, { state: 'waiting', cursor: '1000' })).jobs).to.deep.equal([]);
  });

  it('has delayed jobs come in the order in which they are due', async () => {
    const due = Date.now() + 1_000_000;
    for (const [at, id] of ids.entries())
      await inspector.reschedule(queue, id, { runAt: due + ((at * 7) % JOBS) * 1_000 });
    const { jobs } = await inspector.jobs(queue, { state: 'delayed', newestFirst: false });
    const dues = jobs.map(({ options }) => options.runAt ?? 0);
    expect(dues).to.deep.equal([...dues].sort((one, other) => one - other));
    expect(dues.length).to.equal(JOBS);
  });

  it('splits a place of the whole among shards so that no part ever shrinks', () => {
    for (const counts of [
      [3, 3, 3],
      [1, 100, 7],
      [0, 5, 0],
      [1_000_000, 1, 999],
      [0, 0],
    ]) {
      const most = counts.reduce((sum, one) => sum + one, 0);
      let before = counts.map(() => 0);
      const step = Math.max(1, Math.floor(most / 997));
      for (let first = 0; first <= most + step; first += step) {
        const parts = partsOf(counts, first);
        expect(parts.reduce((sum, one) => sum + one, 0)).to.equal(Math.min(first, most));
        expect(parts.every((part, at) => part >= (before[at] ?? 0) && part <= (counts[at] ?? 0))).to.equal(
          true,
        );
        before = parts;
      }
    }
  });
});
