import { expect } from 'chai';
import fc from 'fast-check';
import { carryAll } from '../../../lib/engine/links/hand-over.ts';
import { HandOverSweeper } from '../../../lib/engine/links/hand-over-sweeper.ts';
import type { Outcome } from '../../../lib/engine/record/settlement.ts';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import { runScript } from '../../../lib/engine/scripts.ts';
import type { Taken } from '../../../lib/engine/session/session.ts';
import { moveJob } from '../../../lib/engine/transfer/move-jobs.ts';
import { recordElsewhere } from '../../../lib/engine/transfer/moved-record.ts';
import { ApiaryError } from '../../../lib/errors.ts';
import { type ClusterEngine, openClusterEngine } from '../../support/cluster.ts';
import { CutHandOvers } from '../../support/cut-hand-overs.ts';
import { idsOf, jobOf, outcomes, settle, take } from '../../support/engine.ts';
import { modelRuns } from '../../support/model-runs.ts';

const RUNS = modelRuns(60);

describe('moving jobs to a queue in another slot', function () {
  this.timeout(240_000);
  let engine: ClusterEngine;
  type Queue = ReturnType<ClusterEngine['openQueue']>;
  let here: Queue;
  let there: Queue;

  before(async () => {
    engine = await openClusterEngine();
  });
  after(() => engine.close());
  beforeEach(() => {
    here = engine.openQueue();
    there = engine.openQueue();
  });

  const orderTo = (to: Queue) => ({ to: to.keys.queue, by: 'ada', at: 5_000 });
  const move = (id: string) => moveJob(here, id, orderTo(there));
  const waiting = ({ client, keys }: Queue) => client.lrange(keys.waiting, 0, -1);
  /** Takes it out of its queue, as who dies before the second step does. */
  const depart = async (from: Queue, to: Queue, id: string) => {
    const raw = await from.client.hget(from.keys.jobs, id);
    if (raw === null) return;
    await runScript(from.client, {
      script: 'move',
      queue: from.keys,
      queues: [],
      keys: { list: from.keys.waiting },
      args: { state: 'waiting', farthest: 0, nearest: 0, to: to.keys.queue },
      rest: [id, raw, recordElsewhere(from.keys, { id, raw }, orderTo(to))],
    });
  };
  const run = async ({ session }: Queue, ran: Map<string, number>) => {
    const taken = await take(session);
    for (const id of idsOf(taken)) ran.set(id, (ran.get(id) ?? 0) + 1);
    if (taken.length > 0)
      await settle(session, ...taken.map((one): [Taken, Outcome] => [one, outcomes.succeeded]));
    return taken.length;
  };

  it('moves a job whole', async () => {
    await here.store.save([jobOf('a')]);
    expect(await move('a')).to.deep.equal({ done: true, was: 'waiting' });
    expect(await waiting(here)).to.deep.equal([]);
    expect(await waiting(there)).to.deep.equal(['a']);
    expect(await here.client.hexists(here.keys.jobs, 'a')).to.equal(0);
  });

  it('asks there first whether it may come', async () => {
    await here.store.save([jobOf('a'), jobOf('b')]);
    await there.store.save([jobOf('a')]);
    await there.client.hset(there.keys.meta, 'maxWaiting', '1 x');
    const codes = await Promise.all(
      ['a', 'b'].map((id) => move(id).catch((error: unknown) => error instanceof ApiaryError && error.code)),
    );
    expect(codes).to.deep.equal(['JOB_EXISTS', 'QUEUE_FULL']);
    expect(await waiting(here)).to.deep.equal(['b', 'a']);
    expect(await here.client.exists(here.keys.handovers)).to.equal(0);
  });

  it('is gone on with by the workers of either queue, where who moved it died between the two steps', async () => {
    for (const helper of [here, there]) {
      const id = helper === here ? 'a' : 'b';
      await here.store.save([jobOf(id)]);
      await runScript(here.client, {
        script: 'greet',
        queue: there.keys,
        args: { source: here.keys.queue },
        rest: [id],
      });
      await depart(here, there, id);
      expect(await waiting(here)).to.deep.equal([]);

      await new HandOverSweeper().sweep(helper);

      expect(await waiting(there)).to.include(id);
    }
  });

  it('is gone on with by who moves the next one', async () => {
    await here.store.save([jobOf('a'), jobOf('b')]);
    await depart(here, there, 'a');
    await move('b');
    expect((await waiting(there)).sort()).to.deep.equal(['a', 'b']);
  });

  it('gives another id to one whose id was taken while it was on its way', async () => {
    await here.store.save([jobOf('a')]);
    await depart(here, there, 'a');
    await there.store.save([jobOf('a', { other: true })]);
    await carryAll(here);
    const [moved = ''] = (await waiting(there)).filter((id) => id !== 'a');
    expect(moved).to.match(/^\d{20}-\d+\.a$/);
    expect(JSON.parse((await there.client.hget(there.keys.jobs, moved)) ?? '').data).to.deep.equal({
      id: 'a',
    });
  });

  it('outlives the deletion of the queue that it came from', async () => {
    await here.store.save([jobOf('a')]);
    await depart(here, there, 'a');
    await deleteQueue(here, { force: true });
    await carryAll(here);
    expect(await waiting(there)).to.deep.equal(['a']);
  });

  it('runs each job once, however often and wherever who carries is cut', async () => {
    const act = fc.record({ kind: fc.constantFrom('add', 'out', 'back', 'cut', 'run'), at: fc.nat(9) });
    let again = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 5, maxLength: 40 }),
        fc.array(fc.nat(11), { minLength: 8, maxLength: 40 }),
        async (acts, choices) => {
          const queues = [engine.openQueue(), engine.openQueue()] as const;
          const [one, other] = queues;
          const cut = new CutHandOvers(
            one.client,
            queues.map(({ keys }) => keys),
            choices,
          );
          const added = new Set<string>();
          const ran = new Map<string, number>();
          for (const [nth, { kind, at }] of acts.entries()) {
            const id = `j${at}`;
            if (kind === 'add') {
              added.add(`j${nth}`);
              await one.store.save([jobOf(`j${nth}`)]);
            } else if (kind === 'out') await depart(one, other, id);
            else if (kind === 'back') await depart(other, one, id);
            else if (kind === 'cut') await cut.some();
            else await run(queues[at % 2] ?? one, ran);
          }
          await cut.all();
          while ((await run(one, ran)) + (await run(other, ran)) > 0);
          expect([...ran.keys()].sort(), 'none is lost').to.deep.equal([...added].sort());
          expect(
            [...ran.values()].filter((times) => times !== 1),
            'none runs twice',
          ).to.deep.equal([]);
          again += cut.again;
        },
      ),
      { numRuns: RUNS },
    );
    expect(again, 'some of it was done again').to.be.above(0);
  });
});
