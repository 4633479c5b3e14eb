import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { listen } from '../../lib/engine/events/event-log.ts';
import { fireDueGroups, fireGroup, leaveGroup, promoteMember } from '../../lib/engine/groups/groups.ts';
import { JOB_STATES, type QueueKeys, queueKeys } from '../../lib/engine/keys.ts';
import { writeLimits } from '../../lib/engine/limits/limits.ts';
import { saveBatch } from '../../lib/engine/links/batch.ts';
import { BatchSweeper } from '../../lib/engine/links/batch-sweeper.ts';
import { carryAll } from '../../lib/engine/links/hand-over.ts';
import { StepSweeper } from '../../lib/engine/links/step-sweeper.ts';
import { announce } from '../../lib/engine/queries/presence.ts';
import { readSamples, takeSample } from '../../lib/engine/queries/samples.ts';
import { type JobStart, openRecord } from '../../lib/engine/record/new-job.ts';
import { rewriteRecord } from '../../lib/engine/record/record.ts';
import { addLine } from '../../lib/engine/repairs/added-lines.ts';
import { cancelJob } from '../../lib/engine/repairs/cancel.ts';
import { cancelFlow } from '../../lib/engine/repairs/cancel-flow.ts';
import { writeMark } from '../../lib/engine/repairs/case-marks.ts';
import { deleteQueue } from '../../lib/engine/repairs/delete-queue.ts';
import { rerunFlow } from '../../lib/engine/repairs/rerun-flow.ts';
import { sift } from '../../lib/engine/repairs/sift.ts';
import { archiveJob, removeFromState } from '../../lib/engine/repairs/withdraw.ts';
import { fire, jobOfTick } from '../../lib/engine/schedules/firing.ts';
import { readTiming } from '../../lib/engine/schedules/occurrences.ts';
import { ScheduleStore } from '../../lib/engine/schedules/schedule-store.ts';
import { SCRIPTS } from '../../lib/engine/script-table.ts';
import { defineScripts, runScript } from '../../lib/engine/scripts.ts';
import { Session, type SessionOptions } from '../../lib/engine/session/session.ts';
import { readSignals } from '../../lib/engine/signals/kept-signals.ts';
import { sendSignal, writtenSignal } from '../../lib/engine/signals/send-signal.ts';
import { SignalSweeper } from '../../lib/engine/signals/signal-sweeper.ts';
import { saveRelayed } from '../../lib/engine/store/relayed.ts';
import { Store } from '../../lib/engine/store/store.ts';
import { keepTimes } from '../../lib/engine/times/keep-times.ts';
import { moveJob } from '../../lib/engine/transfer/move-jobs.ts';
import { restore } from '../../lib/engine/transfer/restore.ts';
import { freeKey, readHolder } from '../../lib/engine/unique/unique-holder.ts';
import { unlockEnded } from '../../lib/engine/unique/unlocker.ts';
import { adoptFinished } from '../../lib/engine/upkeep/adopter.ts';
import { pruneKept } from '../../lib/engine/upkeep/kept-pruner.ts';
import { StraySweeper } from '../../lib/engine/upkeep/stray-sweeper.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { balance } from '../../lib/shards/balance.ts';
import { RecordLock } from '../../lib/shards/change-record.ts';
import { writeField } from '../../lib/shards/shard-field.ts';
import { jobOf, outcomes, settlementOf, take } from '../support/engine.ts';
import { addFlow } from '../support/flow.ts';
import { join, specGroup } from '../support/group.ts';
import { silentLog } from '../support/log.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { type Sabotage, sabotage } from '../support/sabotage.ts';
import { scheduleOf } from '../support/schedules.ts';
import { timed } from '../support/times.ts';

/** What works on keys of any type: a queue whose keys are not what they should be can be deleted, and rights are tried. */
const HARDY = ['delete-queue', 'rights'];

describe('a script that meets a key of another type', function () {
  this.timeout(240_000);
  let redis: SpecRedis;
  let client: RedisClient;
  let raw: RedisClient;
  let keys: QueueKeys;
  let tried: Sabotage;

  before(async () => {
    redis = await startRedis({ appendOnly: false });
    client = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
    raw = connect(parseRedisUrl(redis.url), 'commands', { log: silentLog });
    defineScripts(client);
    tried = sabotage(client, raw);
  });
  after(async () => {
    await Promise.all([closeClient(client), closeClient(raw)]);
    await redis.stop();
  });
  beforeEach(async () => {
    await raw.flushall();
    keys = queueKeys('bq', 'one', false);
  });

  const store = () => new Store(client, keys);
  const session = (options: Partial<SessionOptions> = {}) =>
    new Session(
      { client, keys, clock: systemClock },
      { leaseMs: 600_000, judgesAfterMs: 0, keepSucceeded: 2, keepFailed: 2, publish: 'always', ...options },
    );
  const add = async (...ids: string[]): Promise<void> => {
    for (const id of ids) await store().save([jobOf(id)]);
  };
  const unique = (id: string, onConflict: 'return' | 'replace' = 'return') =>
    store().saveUnique(jobOf(id, id, { unique: { key: 'k' } }), {
      key: 'k',
      ttlMs: null,
      onConflict,
      release: 'end',
    });
  const deps = () => ({ client, keys });
  const note = { by: 'spec', at: 1 };

  const scenarios: Record<string, () => Promise<void>> = {
    'that stores, takes and settles': async () => {
      await add('a', 'b', 'c', 'd', 'e', 'f');
      await store().save([jobOf('later', 1, {}, { inMs: 60_000 })]);
      await raw.rpush(keys.succeededOrder, 'x', 'y').then(() => raw.sadd(keys.succeeded, 'x', 'y'));
      const one = session();
      const [a, b, c, d] = await take(one, 4);
      if (!a || !b || !c || !d) throw new Error('nothing was taken');
      await raw
        .hset(keys.losses, 'a', 1)
        .then(() => raw.sadd(keys.cancelled, 'zz'))
        .then(() => raw.sadd(keys.stalling, 'b'));
      await one.exchange([settlementOf(a, outcomes.succeeded), settlementOf(b, outcomes.failed)], 0);
      await one.exchange([settlementOf(c, outcomes.retryIn(60_000))], 1);
      await one.exchange([settlementOf(d, outcomes.interrupted)], 2);
      await add('g');
      await raw.lmove(keys.waiting, keys.moved, 'RIGHT', 'LEFT');
      const picked = (await one.pickUp(1, (takes) => runScript(client, takes)))?.taken[0];
      if (!picked) throw new Error('nothing was picked up');
      await one.exchange([settlementOf(picked, outcomes.succeeded)], 0);
      await raw.lpush(keys.moved, 'moved');
      await one.recover({ lossLimit: 3, orphanIntervalMs: 60_000 });
      await one.fencingNumber('e');
      await one.progress('e', { data: 1, options: { timestamp: 1 }, status: 'created', progress: 5 });
      await one.renew(['e', 'strange']);
      await cancelJob(deps(), 'e', note);
      await one.release(['e']);
      await one.leave();
      const swapped = { field: 'e', before: (await raw.hget(keys.jobs, 'e')) ?? '', after: '{"data":2}' };
      await runScript(client, { script: 'swap', keys: { hash: keys.jobs }, args: swapped });
    },
    'that settles what is tied to others': async () => {
      const other = queueKeys('bq', 'two', false);
      const last = { queue: 'two', job: jobOf('last', 1, { key: 'k', cost: 2 }) };
      const members = ['m1', 'm2', 'm3', 'm4'].map((id) => ({
        queue: 'one',
        job: jobOf(id, id, { links: { batch: { id: 'b', queue: 'two' } } }),
      }));
      await saveBatch({ client, keys: other }, { id: 'b', queue: 'two', when: 'ended', last, members });
      const one = session();
      const [m1, m2] = await take(one, 2);
      if (!m1 || !m2) throw new Error('nothing was taken');
      const follows = [{ queue: 'three', job: jobOf('next', 1, {}, { inMs: 5 }) }];
      await one.exchange([settlementOf(m1, { ...outcomes.succeeded, follows })], 0);
      await one.exchange([settlementOf(m2, outcomes.failed)], 1);
      await store().retry('m2', 1);
      await new BatchSweeper().sweep(deps());
      await removeFromState(deps(), { state: 'waiting', jobs: [{ id: 'm2', raw: null }], within: null });
      await store().remove('m3');
      await deleteQueue(deps(), { force: true });
    },
    'that carries workflows on': async () => {
      const other = queueKeys('bq', 'two', false);
      const steps = [
        ...['a', 'b', 'c', 'd'].map((name) => ({ name, queue: 'one' })),
        { name: 'e', queue: 'three', after: [0] },
        { name: 'f', queue: 'one', after: [1], start: '+60000' },
        { name: 'g', queue: 'three', after: [1, 2], when: 'failed' as const },
      ];
      await addFlow({ client, keys: other }, { queue: 'two', policy: 'stop', steps });
      const one = session();
      const [a, b] = await take(one, 2);
      if (!a || !b) throw new Error('nothing was taken');
      await one.exchange([settlementOf(a, outcomes.succeeded)], 0);
      await one.exchange([settlementOf(b, outcomes.failed)], 1);
      await store().retry('b', 1);
      await new StepSweeper().sweep(deps());
      await removeFromState(deps(), { state: 'waiting', jobs: [{ id: 'b', raw: null }], within: null });
      await store().remove('c');
      const flows = { client, prefix: 'bq', clock: systemClock };
      await rerunFlow(flows, { queue: 'two', id: 'w', step: 'c' });
      await cancelFlow({ client, prefix: 'bq' }, { queue: 'two', id: 'w' }, note);
      await deleteQueue(deps(), { force: true });
    },
    'that hands over to other slots': async () => {
      keys = queueKeys('bq', 'one', true);
      const other = keys.sibling('two');
      const steps = [
        ...['a', 'b', 'c', 'd'].map((name) => ({ name, queue: 'one' })),
        { name: 'e', queue: 'three', after: [0] },
        { name: 'f', queue: 'two', after: [1], when: 'failed' as const },
      ];
      await addFlow({ client, keys: other }, { queue: 'two', steps });
      await carryAll({ client, keys: other });
      const one = session();
      const [a, b, c] = await take(one, 3);
      if (!a || !b || !c) throw new Error('nothing was taken');
      const record = openRecord('1', {
        type: 'step',
        links: { flow: { id: 'w', queue: 'two', step: 'a/more' } },
      });
      const added = { name: 'more', type: 'step', queue: 'four', id: 'more', start: '', ties: '', ...record };
      await one.exchange([settlementOf(a, { ...outcomes.succeeded, spawns: [added] })], 0);
      await one.exchange([settlementOf(b, outcomes.failed)], 1);
      await carryAll(deps());
      await store().retry('b', 1);
      await new StepSweeper().sweep(deps());
      await removeFromState(deps(), { state: 'waiting', jobs: [{ id: 'b', raw: null }], within: null });
      await store().remove('d');
      await carryAll(deps());
      await deleteQueue({ client, keys: other }, { force: true });
    },
    'that takes under limits': async () => {
      const limits = {
        concurrency: 5,
        perKey: { concurrency: 1, rate: { count: 5, perMs: 1_000 } },
        fair: true,
      };
      await writeLimits(client, keys, { ...note, limits });
      await store().save([
        jobOf('a1', 1, { key: 'a', cost: 2 }),
        jobOf('a2', 1, { key: 'a' }),
        jobOf('b1', 1, { key: 'b' }),
      ]);
      const one = session();
      const [first] = await take(one, 2);
      if (!first) throw new Error('nothing was taken');
      await add('c1', 'c2');
      await one.exchange([settlementOf(first, outcomes.succeeded)], 2);
      await raw.lmove(keys.waiting, keys.active, 'RIGHT', 'LEFT');
      await add('c3');
      await raw.lmove(keys.waiting, keys.moved, 'RIGHT', 'LEFT');
      await one.pickUp(1, (takes) => runScript(client, takes));
      await store().save([jobOf('d1', 1, { key: 'd' }), jobOf('d2', 1, { key: 'd' })]);
      const more = await take(one, 50);
      const [next] = more;
      if (!next) throw new Error('nothing was taken');
      const follows = [{ queue: 'one', job: jobOf('after', 1, { key: 'd' }) }];
      await one.exchange([settlementOf(next, { ...outcomes.succeeded, follows })], 1);
      await one.release(more.map(({ id }) => id));
      await one.recover({ lossLimit: 3, orphanIntervalMs: 60_000 });
      await store().remove('a2');
    },
    'that has priorities': async () => {
      await store().save([jobOf('a', 1, { priority: 9 }), jobOf('b', 1, { key: 'k', priority: 0 })]);
      await store().save([jobOf('c', 1, { front: true })]);
      await store().save([jobOf('later', 1, { priority: 2 }, { inMs: 60_000 })]);
      await writeLimits(client, keys, { ...note, limits: { agingMs: 1 } });
      const one = session();
      const [first] = await take(one, 1);
      if (!first) throw new Error('nothing was taken');
      await store().setPriority('a', { priority: 3 });
      await store().reschedule('later', { runAt: 9e14, priority: 1 });
      await one.exchange([settlementOf(first, outcomes.succeeded)], 0);
      await one.leave();
    },
    'that recovers what others left': async () => {
      await add('a', 'b');
      await take(session({ leaseMs: 1 }), 1);
      const one = session();
      await take(one, 1);
      await raw.hset(keys.losses, 'b', 'x');
      await systemClock.sleep(5, new AbortController().signal);
      await one.recover({ lossLimit: 3, orphanIntervalMs: 1 });
      await systemClock.sleep(5, new AbortController().signal);
      await one.recover({ lossLimit: 1, orphanIntervalMs: 1 });
    },
    'that knows unique keys': async () => {
      await unique('u1');
      await unique('u2', 'replace');
      const one = session();
      const [u1] = await take(one, 1);
      if (!u1) throw new Error('nothing was taken');
      await unique('u3', 'replace');
      await raw.zadd(keys.delayed, 1, 'u3');
      await store().promoteDue();
      await unlockEnded(deps());
      await one.exchange([settlementOf(u1, outcomes.failed)], 0);
      await store().remove('u3');
      await store().retry('u1', 1);
      await archiveJob(deps(), 'u1', note);
    },
    'that tells who holds a unique key, and frees it': async () => {
      await unique('u1');
      await readHolder(deps(), 'k');
      await freeKey(deps(), 'k');
    },
    'that holds a queue back, and keys': async () => {
      await store().save([jobOf('a', 1, { key: 'a' }), jobOf('b', 1, { key: 'a' }), jobOf('c', 1)]);
      const one = session();
      const [a] = await take(one, 1);
      if (!a) throw new Error('nothing was taken');
      await one.holdBack(a.id, 'a', 60_000);
      await take(one, 2);
    },
    'that hands a unique key on to a throttle': async () => {
      await unique('u1');
      const one = session();
      const [u1] = await take(one, 1);
      if (!u1) throw new Error('nothing was taken');
      const throttle = { key: 'k', ttlMs: 60_000, onConflict: 'replace', release: 'ttl' } as const;
      await store().saveUnique(jobOf('u2', 'u2', { unique: { key: 'k' } }), throttle);
      await one.exchange([settlementOf(u1, outcomes.succeeded)], 0);
      expect(await raw.zscore(keys.lock(''), 'k')).to.be.a('string');
    },
    'that brings rows of an outbox': async () => {
      const row = (id: string, start: JobStart = null) => ({
        token: id,
        job: jobOf(id, id, {}, start),
        unique: null,
      });
      await saveRelayed(deps(), [row('a'), row('b', { inMs: 60_000 })]);
      const held = { key: 'k', ttlMs: null, onConflict: 'replace', release: 'end' } as const;
      for (const id of ['u1', 'u2']) await saveRelayed(deps(), [{ ...row(id), unique: held }]);
    },
    'that takes in what was elsewhere': async () => {
      const record = JSON.stringify({ data: 1, options: { timestamp: 1, unique: { key: 'k' } } });
      const moved = JOB_STATES.map((state) => ({ kind: 'job' as const, id: state, state, at: 1, record }));
      const timing = { kind: 'every', everyMs: 1_000 } as const;
      const rest = {
        missed: 'once',
        overlap: 'allow',
        data: 1,
        options: {},
        delayMs: null,
        unique: null,
      } as const;
      const schedule = { name: 'elsewhere', type: 'job', timing, ...rest };
      await restore(deps(), [{ kind: 'schedule', schedule, paused: null }, ...moved], 1);
    },
    'that moves jobs to another queue': async () => {
      await add('a', 'b');
      const other = keys.sibling('moved-to');
      const greet = { script: 'greet', queue: keys, args: { source: other.queue }, rest: ['c'] } as const;
      await runScript(client, greet);
      await moveJob(deps(), 'a', { to: other.queue, by: 'ada', at: 1 });
      await client.unlink(other.jobs, other.waiting);
    },
    'that looks and changes from outside': async () => {
      await add('a', 'b', 'c');
      await store().save([jobOf('later', 1, {}, { inMs: 60_000 }), jobOf('due', 1, {}, { at: 1 })]);
      await store().promoteDue();
      await store().reschedule('later', { runAt: 4_000_000_000_000 });
      await store().promote('later');
      await store().updateData('a', 5);
      await addLine({ ...deps(), store: store() }, 'a', { at: 1, level: 'info', message: 'seen' });
      await writeMark(deps(), '0'.repeat(16), { verdict: 'ignored', version: null, note: null, by: 'ada' });
      await runScript(client, { script: 'ended', queue: keys, rest: ['a'] });
      await sift({ client, key: keys.waiting, pick: async (ids) => ids.map((id) => id === 'b') }, 1);
      await takeSample(deps());
      await keepTimes(deps(), timed('email.send', 'strange type', 'report'), 'v1');
      await readSamples(deps());
      await store().removeIdle('b');
      await raw.sadd(keys.succeeded, 'c').then(() => raw.sadd(keys.failed, 'a'));
      await adoptFinished(deps(), Date.now());
      await store().pruneSucceeded(['c']);
      await store().pruneFailed(Date.now() + 60_000, -1);
      await raw.zadd(keys.keptUntil, 1, 'c');
      await pruneKept(deps(), Date.now());
      const info = {
        id: 'w',
        host: 'h',
        pid: 1,
        version: '1',
        startedAt: 1,
        queues: [],
        strict: false,
        concurrency: 1,
        status: 'running' as const,
        handlers: [],
        runningCount: 0,
        running: [],
      };
      await announce({ client, prefix: 'bq' }, info);
      await runScript(client, { script: 'census', queue: keys });
      await runScript(client, { script: 'read-lists', others: [keys.waiting, keys.front] });
    },
    'that gives signals': async () => {
      await add('a');
      await store().save([jobOf('later', 1, {}, { inMs: 60_000 })]);
      // When it was added, which is not known, and the name that it waits for.
      await raw.hset(keys.signals, 'later', '- go');
      await sendSignal(deps(), 'a', writtenSignal('go', { by: 'ada' }));
      await sendSignal(deps(), 'later', writtenSignal('go', null));
      await readSignals(deps(), 'a', { timestamp: 1 });
      await raw.hset(keys.signals, 'gone', '- go');
      await new SignalSweeper().sweep(deps());
    },
    'that is listened to': async () => {
      await listen(deps());
      await store().pause('ada', 1);
    },
    'that looks for what is nowhere': async () => {
      await add('a', 'b', 'c');
      await store().save([jobOf('later', 1, { delay: 9e14 }, { at: 9e14 })]);
      const one = session();
      const [a, b] = await take(one, 2);
      if (!a || !b) throw new Error('nothing was taken');
      await one.exchange([settlementOf(a, outcomes.succeeded), settlementOf(b, outcomes.failed)], 0);
      await raw.del(keys.waiting, keys.succeeded, keys.failed, keys.delayed);
      await raw.zadd(keys.turns, 1, 'k').then(() => raw.rpush(keys.line('k'), 'x'));
      const sweeper = new StraySweeper();
      await sweeper.sweep(deps());
      await sweeper.sweep(deps());
    },
    'that gathers groups': async () => {
      await join(deps(), ['a', 'b', 'c']);
      await join(deps(), ['later'], { start: { inMs: 60_000 } });
      await promoteMember(deps(), 'later');
      await leaveGroup(deps(), { id: 'c', as: 'removed' });
      const before = (await raw.hget(keys.jobs, 'b')) ?? '';
      await leaveGroup(deps(), {
        id: 'b',
        as: 'failed',
        before,
        after: before.replace('created', 'failed'),
        message: 'no',
      });
      await fireDueGroups(deps());
      await fireGroup(deps(), specGroup());
      await join(deps(), ['d', 'e'], { maxSize: 2 });
      const one = session();
      const [carrier] = await take(one, 1);
      if (!carrier) throw new Error('nothing was taken');
      const text = carrier.text ?? '';
      const record = rewriteRecord('{"data":[]}', carrier.record);
      await one.split({
        id: carrier.id,
        record,
        jobs: [{ id: 'a', text, error: new Error('no'), as: 'discarded' }],
      });
    },
    'that shares a queue out among shards': async () => {
      const place = { client, prefix: 'bq' };
      const record = { change: 1, shards: 2, served: 2, ever: 2, before: [1] };
      const limits = { concurrency: 4, rate: { count: 10, perMs: 1_000 } };
      await add('a', 'b', 'c');
      await take(session(), 1);
      const lock = await RecordLock.take(place, 'one');
      if (!lock) throw new Error('the lock was not taken');
      await lock.raiseAbove(lock.fence);
      await lock.renew();
      await lock.write(record);
      await writeField(place, 'one', { record, fence: lock.fence });
      await lock.release();
      await balance(place, { queue: 'one', holder: 'ada', note: { limits, by: 'spec', at: 1 } });
      await balance(place, { queue: 'one', holder: 'ada', note: null });
    },
    'that keeps schedules': async () => {
      const kept = new ScheduleStore(client, keys);
      const schedule = scheduleOf();
      const rule = readTiming(schedule.timing);
      await kept.put(schedule, { rule, manner: 'declare' });
      await kept.put(schedule, { rule, manner: 'renew' });
      await kept.pause('tidy', note);
      await kept.resume('tidy');
      await raw.zadd(keys.scheduleTicks, 1_000, 'tidy');
      const { schedule: stored } = (await kept.get('tidy')) ?? {};
      if (!stored) throw new Error('nothing was stored');
      const job = jobOfTick(stored, { id: 'tick', tick: 1_000, now: 2_000, clock: systemClock });
      await fire(deps(), { schedule: stored, jobs: [job], move: { tick: 1_000, next: 5_000 }, missed: null });
      const held = {
        ...stored,
        unique: { key: 'k', ttlMs: null, onConflict: 'return' as const, release: 'end' as const },
      };
      await fire(deps(), {
        schedule: held,
        jobs: [{ ...job, job: { ...job.job, id: 'other' } }],
        move: null,
        missed: null,
      });
      await kept.remove('tidy');
    },
  };

  for (const [name, run] of Object.entries(scenarios)) {
    it(`${name} leaves everything as it was, and names the key`, async () => {
      tried.faults.length = 0;
      await run();

      const told = tried.faults.map(
        ({ script, key, type, what }) => `${script} with ${key} as a ${type}: ${what}`,
      );
      expect(told).to.deep.equal([]);
    });
  }

  it('is each of them', () => {
    const names = [...tried.failed].filter(([, count]) => count > 0).map(([script]) => script);
    const missing = Object.keys(SCRIPTS).filter((name) => ![...HARDY, ...names].includes(name));

    expect(missing).to.deep.equal([]);
  });
});
