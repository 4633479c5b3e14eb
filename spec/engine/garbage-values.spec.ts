import { expect } from 'chai';
import { fireDueGroups } from '../../lib/engine/groups/groups.ts';
import { liftLimits } from '../../lib/engine/limits/limits.ts';
import { saveBatch } from '../../lib/engine/links/batch.ts';
import { StepSweeper } from '../../lib/engine/links/step-sweeper.ts';
import { takeSample } from '../../lib/engine/queries/samples.ts';
import type { Outcome } from '../../lib/engine/record/settlement.ts';
import { removeOldest } from '../../lib/engine/repairs/bulk.ts';
import { archiveJob } from '../../lib/engine/repairs/withdraw.ts';
import type { Session } from '../../lib/engine/session/session.ts';
import { pruneKept } from '../../lib/engine/upkeep/kept-pruner.ts';
import { jobOf, openEngine, outcomes, type SpecEngine, settle, take, takeOne } from '../support/engine.ts';
import { addFlow } from '../support/flow.ts';
import { carriers, join, specGroup } from '../support/group.ts';
import { openSchedules } from '../support/schedules.ts';
import { until } from '../support/wait.ts';

const DAY_MS = 86_400_000;
const unique = { key: 'k', ttlMs: null, onConflict: 'replace', release: 'end' } as const;

describe('a value that somebody has overwritten with nonsense', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  it('as a count of the day keeps no job from its end, and the count begins anew', async () => {
    await engine.add('a');
    const field = `succeeded:${Math.floor(Date.now() / DAY_MS)}`;
    await engine.client.hset(engine.keys.stats, field, 'nonsense');

    expect(await settle(session, [await takeOne(session), outcomes.succeeded])).to.deep.equal([]);

    expect(await engine.client.hget(engine.keys.stats, field)).to.equal('1');
    expect(await engine.client.sismember(engine.keys.succeeded, 'a')).to.equal(1);
  });

  it('as a count of the day keeps no job from being archived, and the count begins anew', async () => {
    const field = `failed:${Math.floor(Date.now() / DAY_MS)}`;
    await engine.add('a');
    await join(engine, ['b']);
    for (const id of ['a', 'b']) {
      await engine.client.hset(engine.keys.stats, field, 'nonsense');

      expect(await archiveJob(engine, id, { by: 'spec', at: 1 })).to.include({ done: true });

      expect(await engine.client.hget(engine.keys.stats, field)).to.equal('1');
      expect(await engine.client.sismember(engine.keys.failed, id)).to.equal(1);
    }
  });

  it('as a count of losses keeps no job from being recovered', async () => {
    await engine.add('a');
    await takeOne(engine.session({ leaseMs: 1 }));
    await engine.client.hset(engine.keys.losses, 'a', 'nonsense');

    await until(
      async () => (await session.recover({ lossLimit: 3, orphanIntervalMs: DAY_MS })).returned.includes('a'),
      'it was found',
    );

    expect(await engine.waiting()).to.deep.equal(['a']);
    expect(await engine.client.hget(engine.keys.losses, 'a')).to.equal('1');
  });

  for (const text of ['nonsense', '5', '{"holder":5}', '{"holder":"u1","endsAt":"","next":"u2"}']) {
    it(`as the lock ${text} is nobody's, and keeps no job from its end`, async () => {
      const job = jobOf('u1', 1, { unique: { key: 'k' } });
      await engine.store.saveUnique(job, unique);
      const u1 = await takeOne(session);
      await engine.client.set(engine.keys.lock('k'), text);

      await settle(session, [u1, outcomes.succeeded]);

      const saved = await engine.store.saveUnique(jobOf('u2', 1, { unique: { key: 'k' } }), unique);
      expect(saved.outcome).to.equal('created');
    });
  }

  it('as a cost counts as one token', async () => {
    const limits = JSON.stringify({ limits: { rate: { count: 1, perMs: DAY_MS } }, by: 'spec', at: 1 });
    await engine.client.hset(engine.keys.meta, 'limits', limits);
    await engine.add('a');
    await engine.client.hset(engine.keys.costs, 'a', 'nonsense');

    expect((await takeOne(session)).id).to.equal('a');
  });

  it('as limits lets nothing run, changes nothing, and says so', async () => {
    await engine.add('a');
    await engine.client.hset(engine.keys.meta, 'limits', 'nonsense');

    const failure = await take(session).then(
      () => null,
      (error: Error) => error.message,
    );

    expect(failure).to.equal(
      `ERR the field limits of ${engine.keys.meta} cannot be read; nothing was changed.`,
    );
    expect(await engine.waiting()).to.deep.equal(['a']);
  });

  it('as limits is lifted like any others', async () => {
    await engine.add('a');
    await engine.client.hset(engine.keys.meta, 'limits', 'nonsense');

    expect(await liftLimits(engine.client, engine.keys, { by: 'spec', at: 1 })).to.equal(true);

    expect((await takeOne(session)).id).to.equal('a');
  });

  it('as limits of no sense is no limit', async () => {
    const limits = { concurrency: 'many', rate: { count: 0 }, perKey: 7, fair: 'no' };
    await engine.client.hset(engine.keys.meta, 'limits', JSON.stringify({ limits, by: 'spec', at: 1 }));
    await engine.add('a');

    expect((await takeOne(session)).id).to.equal('a');
  });

  it('as the rule of a group holds up that group alone', async () => {
    await join(engine, ['a'], { name: 'one', graceMs: 300 });
    await join(engine, ['b'], { name: 'two', graceMs: 300 });
    await engine.client.hset(engine.keys.groupRules, specGroup('one'), 'nonsense');

    await until(async () => (await fireDueGroups(engine)).carriers > 0, 'a group was handed over');

    expect((await carriers(engine)).map(({ jobs }) => jobs)).to.deep.equal([['b']]);
    await join(engine, ['c'], { name: 'one', maxSize: 2 });
    expect((await carriers(engine)).map(({ jobs }) => jobs)).to.deep.equal([['b'], ['a', 'c']]);
  });

  it('as a count of a batch keeps no member from its end', async () => {
    const queue = engine.keys.jobs.split(':')[1] ?? '';
    const links = { batch: { id: 'b', queue } };
    const members = [{ queue, job: jobOf('m', 1, { links }) }];
    await saveBatch(engine, { id: 'b', queue, when: 'ended', last: { queue, job: jobOf('last') }, members });
    await engine.client.hset(engine.keys.batch('b'), 'total', 'nonsense', 'succeeded', 'nonsense');

    expect(await settle(session, [await takeOne(session), outcomes.succeeded])).to.deep.equal([]);

    expect(await engine.client.sismember(engine.keys.succeeded, 'm')).to.equal(1);
  });

  describe('in a workflow', () => {
    const policies = ['stop', 'continue'] as const;
    const addSteps = async (policy: (typeof policies)[number]): Promise<string> => {
      const queue = engine.keys.jobs.split(':')[1] ?? '';
      const steps = [
        { name: 'a', queue },
        { name: 'b', queue, after: [0] },
      ];
      await addFlow(engine, { queue, policy, steps });
      return engine.keys.flow('w');
    };

    for (const policy of policies) {
      for (const total of ['inf', '1e999', '9007199254740993', 'nan', '-1', 'nonsense']) {
        it(`as the number of its steps keeps no step from its end, nor Redis busy: ${policy}, ${total}`, async () => {
          const flow = await addSteps(policy);
          await engine.client.hset(flow, 'total', total, 'queues', total);

          expect(await settle(session, [await takeOne(session), outcomes.failed])).to.deep.equal([]);
          await new StepSweeper().sweep(engine);

          expect(await engine.state('a')).to.equal('failed');
          // Once it is mended, it goes on by what has become of its steps.
          await engine.client.hset(flow, 'total', 2, 'queues', 1);
          await new StepSweeper().sweep(engine);
          expect(await engine.client.hget(flow, '0:state')).to.equal('f');
        });
      }
    }

    it('as the place of a join, or as steps in a circle, keeps Redis no longer than the workflow is', async () => {
      const flow = await addSteps('continue');
      const plan = '{"name":"b","when":"any","after":[1,0],"queue":0,"to":1e300}';
      await settle(session, [await takeOne(session), outcomes.failed]);
      await engine.client.hset(flow, '1:plan', plan, '1:spawned', '1,1', '0:spawned', '1');

      expect(await engine.store.retry('a', 0)).to.include({ done: true });

      await settle(session, [await takeOne(session), outcomes.succeeded]);
      expect(await engine.client.hget(flow, '0:state')).to.equal('s');
    });

    it('as how a step goes keeps the steps of others from nothing', async () => {
      const flow = await addSteps('continue');
      await engine.client.hset(flow, '1:go', 'nonsense');
      await engine.add('other');

      const taken = await take(session);
      await settle(session, ...taken.map((one): [typeof one, Outcome] => [one, outcomes.succeeded]));

      expect(await engine.state('a')).to.equal('succeeded');
      expect(await engine.state('other')).to.equal('succeeded');
    });
  });

  const NAMELESS = Buffer.from([0xff, 0xfe, 0x31]);

  it('as the time of a job that nobody can name keeps the pruning of others from nothing', async () => {
    await engine.save('a', { retention: { succeededMs: 1 } });
    await settle(session, [await takeOne(session), outcomes.succeeded]);
    await engine.client.hset(engine.keys.jobs, 'a', '{"data":1,"options":{"retention":{"succeededMs":1}}}');
    await engine.client.call('ZADD', engine.keys.keptUntil, 1, 'a', 1, NAMELESS);

    expect(await pruneKept(engine, Date.now() + DAY_MS)).to.equal(1);

    expect(await engine.client.zcard(engine.keys.keptUntil)).to.equal(0);
  });

  it('as an id that nobody can name ends the removal of the oldest', async () => {
    await engine.client.call('RPUSH', engine.keys.waiting, NAMELESS);
    await engine.add('a');

    const queue = engine.keys.jobs.split(':')[1] ?? '';

    expect(await removeOldest({ ...engine, queue }, { state: 'waiting', limit: 10 })).to.equal(1);
  });

  it('as the last fencing number begins anew', async () => {
    await engine.add('a');
    const { id } = await takeOne(session);
    for (const last of ['nonsense', 'inf', 'nan']) {
      await engine.client.hset(engine.keys.meta, 'fence', last);

      expect(await session.fencingNumber(id)).to.be.above(0);
    }
  });

  it('as counts of the day counts as none where they are read', async () => {
    await engine.add('a');
    const day = Math.floor(Date.now() / DAY_MS);
    await engine.client.hset(engine.keys.stats, `succeeded:${day}`, 'nonsense', `failed:${day}`, 'inf');

    expect(await takeSample(engine)).to.equal(true);
    const [sample] = await engine.client.hvals(engine.keys.samples);
    expect(sample).to.match(/^\d+ 1 0 0$/);
  });

  for (const [score, isDue] of [
    ['+inf', false],
    ['-inf', true],
    ['-1', true],
  ] as const) {
    it(`as the tick ${score} of a schedule keeps nobody busy`, async () => {
      const schedules = openSchedules();
      await schedules.put();
      await schedules.client.zadd(schedules.keys.scheduleTicks, score, 'tidy');

      const { now, next, due } = await schedules.kept.due(10);

      expect(next).to.equal(null);
      // What no clock has told is due now.
      expect(due.map(({ tick }) => tick)).to.deep.equal(isDue ? [now] : []);
      await schedules.close();
    });
  }
});
