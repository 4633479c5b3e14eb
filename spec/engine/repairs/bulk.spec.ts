import { expect } from 'chai';
import sinon from 'sinon';
import type { Outcome } from '../../../lib/engine/record/settlement.ts';
import {
  archiveAll,
  type BulkDeps,
  cancelAll,
  countAll,
  promoteAll,
  removeAll,
  retryAll,
} from '../../../lib/engine/repairs/bulk.ts';
import type { PaceStep } from '../../../lib/engine/repairs/find.ts';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { jobOf, jsonOf, openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';

const NOTE = { by: 'ada', at: 5_000 };
const STATES = ['waiting', 'delayed', 'succeeded', 'failed'] as const;
const MANY = 600;

describe('calls on many jobs', () => {
  let engine: SpecEngine;
  let session: Session;
  let deps: BulkDeps;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
    deps = { ...engine, queue: 'mail' };
  });
  afterEach(() => engine.close());

  /** Brings so many jobs into a state, those of type `odd` and `even` in turn; resolves with their ids, oldest first. */
  const fill = async (state: (typeof STATES)[number], count = MANY): Promise<string[]> => {
    const ids = Array.from({ length: count }, (_, at) => `job-${String(at).padStart(4, '0')}`);
    const start = state === 'delayed' ? { inMs: 3_600_000 } : null;
    const typed = ids.map((id, at) => jobOf(id, { id }, { type: at % 2 === 0 ? 'even' : 'odd' }, start));
    await engine.store.save(typed);
    if (state === 'waiting' || state === 'delayed') return ids;
    await end(await take(session, count), state);
    return ids;
  };
  const end = async (taken: Taken[], outcome: 'succeeded' | 'failed'): Promise<string[]> => {
    const ends = taken.map((one) => [one, outcomes[outcome]] as [Taken, Outcome]);
    if (ends.length > 0) await settle(session, ...ends);
    return taken.map(({ id }) => id);
  };
  const idsIn = async (state: (typeof STATES)[number]): Promise<string[]> =>
    (await engine.queries.page(state, 0, 10_000, false)).map(({ id }) => id);
  const odd = (ids: string[]): string[] => ids.filter((_, at) => at % 2 === 1);

  for (const state of STATES) {
    it(`removes all that are ${state}`, async () => {
      await fill(state);

      expect((await removeAll(deps, state, {})).done).to.equal(MANY);

      expect(Object.values(await engine.queries.counts()).every((count) => count === 0)).to.equal(true);
      expect(await engine.client.exists(engine.keys.jobs, engine.keys.succeededOrder)).to.equal(0);
    });

    it(`removes those that are ${state} and pass the filter, the order of the others kept`, async () => {
      const ids = await fill(state);

      expect((await removeAll(deps, state, { type: 'even' })).done).to.equal(MANY / 2);

      expect(await idsIn(state)).to.deep.equal(odd(ids));
      expect(await engine.client.hlen(engine.keys.jobs)).to.equal(MANY / 2);
    });
  }

  it('reads no more of a list at once than what is near to those that it takes out', async () => {
    const ids = Array.from({ length: 6_000 }, (_, at) => `job-${String(at).padStart(4, '0')}`);
    const isRare = (at: number): boolean => at === 10 || at > 5_990;
    await engine.store.save(
      ids.map((id, at) => jobOf(id, {}, { type: isRare(at) ? 'rare' : 'plain' }, null)),
    );
    const sent = sinon.spy(engine.client, 'sendCommand');

    expect(await removeAll(deps, 'waiting', { type: 'rare' })).to.deep.equal({ matched: 10, done: 10 });

    // What is said of the state comes before how far from the end of the list the jobs are, at most and at least.
    const reaches = sent.args.flatMap(([{ args }]) => {
      const [farthest = 0, nearest = 0] = args.slice(args.indexOf('waiting') + 1).map(Number);
      return args.includes('waiting') ? [farthest - nearest] : [];
    });
    sent.restore();
    expect(reaches).to.have.length(2);
    expect(Math.max(...reaches)).to.be.below(4_000);
  });

  it('tells who goes along what was done, so far that one can begin anew behind it', async () => {
    await fill('failed', 300);
    const steps: PaceStep[] = [];
    const pace = async (step: PaceStep): Promise<void> => void steps.push(step);
    const sum = (of: 'looked' | 'matched' | 'done'): number => steps.reduce((all, step) => all + step[of], 0);

    const result = await retryAll({ ...deps, pace }, { type: 'odd' });

    expect(result).to.deep.equal({ matched: 150, done: 150 });
    expect([sum('looked'), sum('matched'), sum('done')]).to.deep.equal([300, 150, 150]);
    expect(steps.at(-1)?.passed).to.be.a('string');
  });

  it('ends where who goes along says so, and goes on later with the others', async () => {
    await fill('failed', 400);
    let done = 0;
    const pace = async (step: PaceStep): Promise<void> => {
      done += step.done;
      if (done >= 100) throw new Error('enough');
    };

    const ended = await retryAll({ ...deps, pace }, {}).catch((error: Error) => error.message);
    expect(ended).to.equal('enough');
    expect(done).to.be.within(100, 200);
    expect(await retryAll(deps, {})).to.deep.equal({ matched: 400 - done, done: 400 - done });
  });

  it('removes by what is in the newest error', async () => {
    await fill('failed', 10);

    expect((await removeAll(deps, 'failed', { error: 'no such words' })).done).to.equal(0);
    expect((await removeAll(deps, 'failed', { error: 'no luck', type: 'odd' })).done).to.equal(5);
  });

  for (const state of ['waiting', 'delayed'] as const) {
    it(`archives those that are ${state} and pass the filter`, async () => {
      const ids = await fill(state);

      expect((await archiveAll(deps, { state, note: NOTE, filter: { type: 'even' } })).done).to.equal(
        MANY / 2,
      );

      expect(await idsIn(state)).to.deep.equal(odd(ids));
      expect(await engine.queries.counts()).to.include({ [state]: MANY / 2, failed: MANY / 2 });
      expect((await engine.options('job-0000'))?.outcome).to.equal('discarded');
    });
  }

  it('retries those that failed and pass the filter, those that died first first', async () => {
    const ids = await fill('failed');

    expect((await retryAll(deps, { type: 'odd' })).done).to.equal(MANY / 2);

    expect(await engine.waiting()).to.deep.equal(odd(ids));
    expect(await engine.queries.counts()).to.include({ failed: MANY / 2 });
  });

  it('retries a job once, also when it fails again meanwhile', async () => {
    await fill('failed');
    let failedAgain = 0;
    let retrying = true;
    const work = async (): Promise<void> => {
      while (retrying) failedAgain += (await end(await take(session, 50), 'failed')).length;
    };

    const working = work();
    const retried = (await retryAll(deps, {})).done;
    retrying = false;
    await working;

    expect(retried).to.equal(MANY);
    expect(failedAgain).to.be.above(0).and.at.most(MANY);
  });

  it('promotes those that are delayed and pass the filter, those due first first', async () => {
    for (const [at, id] of ['late', 'soon', 'other'].entries()) {
      const type = id === 'other' ? 'other' : 'mine';
      await engine.save(id, { type }, { at: 7_000_000_000_000 - at });
    }

    expect((await promoteAll(deps, { type: 'mine' })).done).to.equal(2);

    expect(await engine.waiting()).to.deep.equal(['soon', 'late']);
    expect(await idsIn('delayed')).to.deep.equal(['other']);
  });

  it('leaves running jobs alone', async () => {
    await engine.add('a', 'b');
    const [taken] = (await take(session, 1)) as [Taken];

    for (const state of STATES) await removeAll(deps, state, {});

    expect(await engine.active()).to.deep.equal(['a']);
    expect(await settle(session, [taken, outcomes.succeeded])).to.deep.equal([]);
  });

  for (const state of STATES) {
    it(`counts those that are ${state} and pass the filter, each once, and changes nothing`, async () => {
      const ids = await fill(state);
      const before = await idsIn(state);

      expect(await countAll(deps, state, { type: 'even' })).to.equal(MANY / 2);
      expect(await countAll(deps, state, {})).to.equal(MANY);

      expect(await idsIn(state)).to.deep.equal(before);
      expect(before).to.have.length(ids.length);
    });
  }

  it('says how many matched and to how many it was done', async () => {
    await fill('waiting');

    const archived = await archiveAll(deps, { state: 'waiting', note: NOTE, filter: { type: 'even' } });

    expect(archived).to.deep.equal({ matched: MANY / 2, done: MANY / 2 });
  });

  it('cancels those that wait, are delayed or run', async () => {
    await engine.save('later', {}, { at: 7_000_000_000_000 });
    await engine.add('a', 'b');
    await take(session, 1);

    const results = [];
    for (const state of ['waiting', 'delayed', 'active'] as const)
      results.push(await cancelAll(deps, { state, note: NOTE, filter: {} }));

    expect(results).to.deep.equal(Array(3).fill({ matched: 1, done: 1 }));
    expect(await idsIn('failed')).to.have.members(['b', 'later']);
    expect(await engine.client.smembers(engine.keys.cancelled)).to.deep.equal(['a']);
  });

  it('goes by the key of jobs and by when they were added', async () => {
    await engine.save('old', { key: 'acme', timestamp: 1_000 });
    await engine.save('new', { key: 'acme', timestamp: 3_000 });
    await engine.save('other', { key: 'zeta', timestamp: 1_000 });

    expect(await removeAll(deps, 'waiting', { key: 'acme', before: 2_000 })).to.include({ done: 1 });

    expect(await engine.waiting()).to.have.members(['new', 'other']);
  });

  it('has nothing to do in an empty queue', async () => {
    const answers = await Promise.all([
      retryAll(deps, {}),
      promoteAll(deps, {}),
      removeAll(deps, 'waiting', {}),
      archiveAll(deps, { state: 'delayed', note: NOTE, filter: {} }),
    ]);

    expect(answers).to.deep.equal(Array(4).fill({ matched: 0, done: 0 }));
  });

  it('loses and doubles nothing while workers take, end and give back jobs', async () => {
    const ids = await fill('waiting', 3_000);
    const done: string[] = [];
    let removing = true;
    const work = async (): Promise<void> => {
      while (removing) {
        const taken = await take(session, 20);
        await session.release(taken.slice(10).map(({ id }) => id));
        done.push(...(await end(taken.slice(0, 10), 'succeeded')));
      }
    };

    const working = work();
    const removed = (await removeAll(deps, 'waiting', { type: 'even' })).done;
    removing = false;
    await working;

    const left = await engine.waiting();
    expect(removed + done.length + left.length).to.equal(ids.length);
    expect(new Set([...done, ...left]).size).to.equal(done.length + left.length);
    expect(left).to.deep.equal(left.toSorted());
    // Only what was running when its turn came and was given back afterwards.
    expect(left.filter((id) => !odd(ids).includes(id)).length).to.be.at.most(20);
  });

  it('finds all in a list so long that it is sifted, the order of the others kept', async () => {
    const ids = await fill('waiting', 60_000);
    const rare = ids.filter((_, at) => at % 7 === 0);
    const records = rare.flatMap((id) => [id, jsonOf(jobOf(id, { id }, { type: 'rare' }))]);
    await engine.client.hset(engine.keys.jobs, ...records);

    expect((await removeAll(deps, 'waiting', { type: 'rare' })).done).to.equal(rare.length);

    expect(await engine.waiting()).to.deep.equal(ids.filter((_, at) => at % 7 !== 0));
  });

  it('goes in steps of a few hundred jobs at most, between which Redis serves others', async () => {
    await fill('waiting', 4_000);
    const jobsPerStep = async (call: () => Promise<{ done: number }>): Promise<number> => {
      const before = await scriptCalls();
      const { done } = await call();
      return done / ((await scriptCalls()) - before);
    };

    const steps = [
      await jobsPerStep(() => archiveAll(deps, { state: 'waiting', note: NOTE, filter: { type: 'even' } })),
      await jobsPerStep(() => retryAll(deps, { error: 'archived by' })),
      await jobsPerStep(() => removeAll(deps, 'waiting', { type: 'odd' })),
      await jobsPerStep(() => removeAll(deps, 'waiting', {})),
    ];

    expect(Math.max(...steps)).to.be.at.most(300);
    expect(await engine.waiting()).to.deep.equal([]);
  });

  /** How many scripts Redis has run, for whomever. */
  async function scriptCalls(): Promise<number> {
    const stats = await engine.client.info('commandstats');
    return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(stats)?.[1]);
  }
});
