import { expect } from 'chai';
import { z } from 'zod';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { deleteQueue } from '../../lib/engine/repairs/delete-queue.ts';
import { ApiaryError } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { defineJob, handle, type Middleware } from '../../lib/jobs/define.ts';
import type { GroupOptions } from '../../lib/jobs/group.ts';
import { type GroupContext, type GroupedJob, handleGroup } from '../../lib/jobs/handle-group.ts';
import type { JobOptions } from '../../lib/jobs/options.ts';
import { Gate } from '../support/queues.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

type Data = { n: number };
type Run = (jobs: readonly GroupedJob<Data>[], ctx: GroupContext) => unknown;

describe('a worker with a handler for groups', () => {
  let specs: SpecWorkers;
  let inspector: Inspector;
  let calls: { jobs: readonly GroupedJob<Data>[]; ctx: GroupContext }[];

  beforeEach(() => {
    specs = openWorkers();
    inspector = new Inspector({ client: specs.client });
    calls = [];
  });
  afterEach(() => specs.close());

  const schema = z.object({ n: z.coerce.number() });
  const digest = (group: GroupOptions = {}) =>
    defineJob({ type: 'digest', queue: specs.queue, schema, group, retries: 0 });
  const handler = (run: Run = () => undefined) =>
    handleGroup(digest(), (jobs, ctx) => {
      calls.push({ jobs, ctx });
      return run(jobs, ctx);
    });
  const numbers = () => calls.map(({ jobs }) => jobs.map(({ data }) => data.n));
  const add = async (ns: number[], group: GroupOptions = {}, options: JobOptions = {}): Promise<string[]> => {
    const all = { group: 'ada', ...options };
    const added = await specs.producer.addMany(
      digest(group),
      ns.map((n) => ({ n })),
      all,
    );
    return added.map(({ id }) => id);
  };
  const ended = async (state: 'succeeded' | 'failed') => (await inspector.jobs(specs.queue, { state })).jobs;
  const addRaw = (data: unknown, options: JobOptions = { group: 'ada' }) =>
    specs.producer.addRaw({ type: 'digest', queue: specs.queue, data, options });
  const fire = () => inspector.groups.fire(specs.queue, { type: 'digest', name: 'ada' });

  it('gets all jobs of a full group in one call, parsed, in the order of joining', async () => {
    await specs.worker({ handlers: [handler((jobs) => jobs.length)] }).start();

    const headers = { from: 'web' };
    const ids = await add([3, 1, 2], { maxSize: 3 }, { headers });

    await until(async () => (await ended('succeeded')).length === 1, 'the group was run');
    const [call] = calls;
    expect(numbers()).to.deep.equal([[3, 1, 2]]);
    expect(call?.jobs.map(({ id }) => id)).to.deep.equal(ids);
    expect(call?.jobs[0]).to.deep.include({ headers });
    expect(call?.jobs[0]?.addedAt).to.be.closeTo(Date.now(), 10_000);
    expect(call?.ctx).to.include({ group: 'ada', attempt: 1, type: 'digest', queue: specs.queue });
    const [carrier] = await ended('succeeded');
    expect(carrier).to.deep.include({ id: call?.ctx.id, result: 3 });
    expect(carrier?.options.group).to.deep.equal({ name: 'ada', size: 3 });
  });

  it('gets a group when it is due, and not before', async () => {
    await specs.worker({ handlers: [handler()] }).start();

    await add([1], { graceMs: 200 });
    await until(async () => (await ended('succeeded')).length === 1, 'the group was run');

    const [job] = calls[0]?.jobs ?? [];
    const [carrier] = await ended('succeeded');
    // The one is of the producer's clock, the other of Redis's.
    expect(carrier?.startedAt).to.be.at.least((job?.addedAt ?? 0) + 180);
  });

  it('is awake again when a group is due that it is told of, though it looks at all but now and then', async () => {
    const slept: number[] = [];
    const sleep: Clock['sleep'] = (ms, signal) => {
      slept.push(ms);
      return systemClock.sleep(ms, signal);
    };
    await specs.worker({ handlers: [handler()], clock: { ...systemClock, sleep } }).start();

    await add([1], { graceMs: 4_321 });

    await until(() => slept.some((ms) => ms > 4_000 && ms <= 4_321), 'it sleeps until then');
  });

  it('gets a job that was delayed together with those that wait when its time comes', async () => {
    await specs.worker({ handlers: [handler()] }).start();
    await add([1], { graceMs: 60_000, maxSize: 2 });
    await add([2], { graceMs: 60_000, maxSize: 2 }, { delayMs: 100 });

    await until(() => calls.length > 0, 'the group was run');

    expect(numbers()).to.deep.equal([[1, 2]]);
  });

  it('never gets a delayed job of a group alone when nothing else is in it yet', async () => {
    await specs.worker({ handlers: [handler()] }).start();
    await add([1], { graceMs: 60_000, maxSize: 2 }, { delayMs: 50 });
    await until(async () => (await inspector.groups.list(specs.queue)).groups[0]?.size === 1, 'it joined');
    await add([2], { graceMs: 60_000, maxSize: 2 });

    await until(() => calls.length > 0, 'the group was run');

    expect(numbers()).to.deep.equal([[1, 2]]);
  });

  it('gets a group that became due while no worker lived', async () => {
    const dead = specs.worker({ handlers: [handler()] });
    await dead.start();
    await dead.stop();
    await add([1, 2], { graceMs: 20 });
    const isDue = async () => (await inspector.groups.list(specs.queue)).groups[0]?.dueAt ?? 0;
    await until(async () => (await isDue()) < Date.now() - 50, 'it was long due');

    await specs.worker({ handlers: [handler()] }).start();

    await until(() => calls.length === 1, 'the group was run');
    expect(numbers()).to.deep.equal([[1, 2]]);
  });

  it('gets a job without a group as a list of one', async () => {
    await specs.worker({ handlers: [handler()] }).start();

    const { id } = await addRaw({ n: '7' }, {});

    await until(() => calls.length === 1, 'it was run');
    expect(numbers()).to.deep.equal([[7]]);
    expect(calls[0]?.jobs[0]).to.include({ id });
    expect(calls[0]?.ctx).to.include({ id, group: null });
  });

  it('is given the whole group again when it throws, and the carrier fails with it', async () => {
    const run: Run = (_jobs, { attempt }) => {
      if (attempt < 3) throw new Error(`no luck ${attempt}`);
    };
    await specs.worker({ handlers: [handler(run)] }).start();

    await add([1, 2], { maxSize: 2 }, { retries: 5, backoff: { type: 'fixed', delayMs: 1 } });

    await until(async () => (await ended('succeeded')).length === 1, 'it has succeeded');
    expect(numbers()).to.deep.equal([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect((await ended('succeeded'))[0]?.errors.map(({ message }) => message)).to.deep.equal([
      'no luck 2',
      'no luck 1',
    ]);
  });

  it('leaves a group that cannot be run in failed as one job, which can be retried', async () => {
    let luck = false;
    const run: Run = () => {
      if (!luck) throw new Error('no luck');
    };
    await specs.worker({ handlers: [handler(run)] }).start();
    await add([1, 2], { maxSize: 2 });
    await until(async () => (await ended('failed')).length === 1, 'it has failed');
    luck = true;

    const [carrier] = await ended('failed');
    await inspector.retry(specs.queue, carrier?.id ?? '');

    await until(async () => (await ended('succeeded')).length === 1, 'it has succeeded');
    expect(numbers()).to.deep.equal([
      [1, 2],
      [1, 2],
    ]);
  });

  it('is aborted when the carrier is cancelled, which ends all of its jobs', async () => {
    const run: Run = (_jobs, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await specs.worker({ handlers: [handler(run)] }).start();
    await add([1, 2], { maxSize: 2 });
    await until(() => calls.length === 1, 'it ran');

    await inspector.cancel(specs.queue, calls[0]?.ctx.id ?? '', 'ada');

    await until(async () => (await ended('failed')).length === 1, 'it has ended');
    expect((await ended('failed'))[0]).to.include({ outcome: 'cancelled' });
  });

  it('has its middleware see the list', async () => {
    const seen: unknown[] = [];
    const watch: Middleware = (next) => (data, ctx) => {
      seen.push(data);
      return next(data, ctx);
    };
    await specs.worker({ handlers: [handler()], middleware: [watch] }).start();

    await add([1, 2], { maxSize: 2 });

    await until(() => calls.length === 1, 'it was run');
    expect(seen[0]).to.equal(calls[0]?.jobs);
  });

  describe('with data in the group that are not valid', () => {
    it('gets the others, and the wrong one is failed alone, as discarded, under its own id', async () => {
      await add([1]);
      const { id } = await addRaw({ n: 'seven' });
      await add([2]);
      const told: unknown[] = [];
      const worker = specs.worker({ handlers: [handler()] });
      worker.events.on('job:failed', (job) => told.push({ id: job.id, as: job.as, type: job.type }));
      await worker.start();

      expect(await fire()).to.equal(3);

      await until(async () => (await ended('succeeded')).length === 1, 'the group was run');
      expect(numbers()).to.deep.equal([[1, 2]]);
      const [failed, ...others] = await ended('failed');
      expect(others).to.deep.equal([]);
      expect(failed).to.deep.include({ id, outcome: 'discarded', data: { n: 'seven' }, type: 'digest' });
      expect(failed?.errors[0]?.message).to.match(/^data of digest is not valid: n: /);
      expect(told).to.deep.equal([{ id, as: 'discarded', type: 'digest' }]);
      expect((await ended('succeeded'))[0]?.options.group).to.deep.equal({ name: 'ada', size: 2 });
      expect((await inspector.queue(specs.queue)).failedToday).to.equal(1);
    });

    it('gets the others also where one has a record that is no job', async () => {
      const [odd = ''] = await add([1, 2]);
      await specs.client.hset(queueKeys('bq', specs.queue, false).jobs, odd, '{"no":"job"}');
      await specs.worker({ handlers: [handler()] }).start();

      await fire();

      await until(async () => (await ended('succeeded')).length === 1, 'the group was run');
      expect(numbers()).to.deep.equal([[2]]);
      expect((await ended('failed'))[0]).to.include({ id: odd, outcome: 'discarded', data: '{"no":"job"}' });
    });

    it('is not called with nothing, and the carrier has succeeded', async () => {
      await addRaw({ n: 'seven' });
      await addRaw({ n: 'eight' });
      await specs.worker({ handlers: [handler()] }).start();

      await fire();

      await until(async () => (await ended('succeeded')).length === 1, 'the carrier has ended');
      expect(calls).to.deep.equal([]);
      expect(await ended('failed')).to.have.length(2);
    });

    it('gets the others alone in further attempts, and the wrong one is failed once', async () => {
      const run: Run = (_jobs, { attempt }) => {
        if (attempt === 1) throw new Error('no luck');
      };
      const options: JobOptions = { group: 'ada', retries: 1, backoff: { type: 'fixed', delayMs: 1 } };
      await addRaw({ n: 'seven' }, options);
      await addRaw({ n: 1 }, options);
      await specs.worker({ handlers: [handler(run)] }).start();

      await fire();

      await until(async () => (await ended('succeeded')).length === 1, 'it has succeeded');
      expect(numbers()).to.deep.equal([[1], [1]]);
      expect(await ended('failed')).to.have.length(1);
    });

    it('gets the wrong one as a list of one when it is mended and retried', async () => {
      const { id } = await addRaw({ n: 'seven' });
      await specs.worker({ handlers: [handler()] }).start();
      await fire();
      await until(async () => (await ended('failed')).length === 1, 'it has failed');

      await inspector.updateData(specs.queue, id, { n: 7 });
      await inspector.retry(specs.queue, id);

      await until(() => calls.length === 1, 'it was run');
      expect(numbers()).to.deep.equal([[7]]);
      expect(calls[0]?.ctx.id).to.equal(id);
    });

    it('leaves a job without a group to fail as any other', async () => {
      const { id } = await addRaw({ n: 'seven' }, {});
      await specs.worker({ handlers: [handler()] }).start();

      await until(async () => (await ended('failed')).length === 1, 'it has failed');

      expect((await ended('failed'))[0]).to.include({ id, outcome: 'discarded' });
      expect(calls).to.deep.equal([]);
    });
  });

  it('fails a group at once whose list somebody has spoiled', async () => {
    await add([1, 2], { maxSize: 2 });
    const [carrier] = (await inspector.jobs(specs.queue, { state: 'waiting' })).jobs;
    await inspector.updateData(specs.queue, carrier?.id ?? '', [{ n: 1 }]);

    await specs.worker({ handlers: [handler()] }).start();

    await until(async () => (await ended('failed')).length === 1, 'it has failed');
    expect((await ended('failed'))[0]).to.include({ outcome: 'discarded' });
  });

  it('fails a group at once, saying so, where the handler takes one job at a time', async () => {
    const plain = defineJob({ type: 'digest', queue: specs.queue, schema: z.unknown() });
    await add([1, 2], { maxSize: 2 });

    await specs.worker({ handlers: [handle(plain, () => calls.push())] }).start();

    await until(async () => (await ended('failed')).length === 1, 'it has failed');
    const [failed] = await ended('failed');
    expect(failed).to.include({ outcome: 'discarded' });
    expect(failed?.errors[0]?.message).to.equal(
      'the handler for digest takes one job at a time, and these are 2 jobs of group ada: use handleGroup',
    );
  });

  it('cannot be made where definition and handler disagree on groups', () => {
    const plain = defineJob({ type: 'plain', queue: specs.queue, schema });
    const make = (one: ReturnType<typeof handle>) => () => specs.worker({ handlers: [one] });

    expect(make(handle(digest(), () => 1))).to.throw(ApiaryError, 'needs handleGroup instead of handle');
    expect(make(handleGroup(plain, () => 1))).to.throw(ApiaryError, 'its definition has to say group');
  });

  it('leaves nothing of many groups when they are over', async () => {
    const gate = new Gate();
    await specs.worker({ handlers: [handler(gate.pass)], retention: { succeeded: { count: 0 } } }).start();
    for (let n = 0; n < 20; n++) await add([n], { graceMs: 5 }, { group: `user ${n}` });
    gate.open();
    await until(() => calls.length === 20, 'all were run');
    const isDrained = async () => (await inspector.queue(specs.queue)).counts.active === 0;
    await until(isDrained, 'all have ended');

    const keys = queueKeys('bq', specs.queue, false);
    const left = await specs.client.keys(`bq:${specs.queue}:*`);

    // The workers' lease and looks, the counts of the day, and what is remembered for some minutes.
    const kept = [keys.stats, keys.samples, keys.times, keys.timedTypes];
    const known = [keys.workers, keys.stallBlock, ...kept, keys.gathered];
    expect(left.filter((key) => !known.includes(key) && !key.startsWith(keys.claims('')))).to.deep.equal([]);
    expect(await specs.client.pttl(keys.gathered)).to.be.above(0);
    expect(await deleteQueue({ client: specs.client, keys }, { force: false })).to.include({
      kind: 'deleted',
    });
  });
});
