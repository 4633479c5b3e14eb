import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { writeLimits } from '../../../lib/engine/limits/limits.ts';
import type { Outcome } from '../../../lib/engine/record/settlement.ts';
import { type RerunDeps, rerunJob } from '../../../lib/engine/repairs/rerun.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { rejection } from '../../support/refusal.ts';

describe('running a job anew', () => {
  let engine: SpecEngine;
  let session: Session;
  let deps: RerunDeps;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
    deps = { ...engine, clock: systemClock };
  });
  afterEach(() => engine.close());

  const end = async (id: string, options: object, outcome: Outcome): Promise<void> => {
    await engine.save(id, options);
    const [taken] = await take(session, 1);
    if (!taken) throw new Error('a job was to be taken');
    await settle(session, [taken, outcome]);
  };
  const rerun = async (id: string) => {
    const result = await rerunJob(deps, id, 'ada');
    return result.done ? result : { ...result, added: '' };
  };

  for (const as of ['succeeded', 'failed'] as const) {
    it(`adds a new job for one that ${as}, and leaves that as it is`, async () => {
      await end('a', { type: 'mail' }, outcomes[as]);

      const { added } = await rerun('a');

      expect(await engine.waiting()).to.deep.equal([added]);
      const [old, anew] = await Promise.all(['a', added].map((id) => engine.queries.job(id)));
      expect(old?.state).to.equal(as);
      expect(anew?.record.data).to.deep.equal(old?.record.data);
      expect(anew?.record.options).to.include({ type: 'mail', addedBy: 'ada', rerunOf: 'a' });
      expect(anew?.record.options).to.not.have.any.keys('errors', 'result', 'run', 'outcome');
    });
  }

  it('takes over what belongs to the job, and nothing that belongs to its time or its place', async () => {
    const kept = { timeout: 7, headers: { a: 'b' }, key: 'acme', cost: 2, retries: 3 };
    const links = { follows: { queue: 'q', id: 'x' }, previous: 5 };
    const left = { delay: 9, expiresAt: 7_000_000_000_000, group: { name: 'all' }, once: { k: { at: 1 } } };
    await end('a', { ...kept, ...left, links }, outcomes.failed);

    const { added } = await rerun('a');

    const { timestamp: _, ...options } = (await engine.queries.job(added))?.record.options ?? {};
    expect(options).to.deep.equal({ ...kept, links: { previous: 5 }, addedBy: 'ada', rerunOf: 'a' });
  });

  for (const state of ['waiting', 'active', 'delayed'] as const) {
    it(`leaves one alone that is ${state}`, async () => {
      await engine.save('a', {}, state === 'delayed' ? { inMs: 60_000 } : null);
      if (state === 'active') await take(session, 1);

      expect(await rerunJob(deps, 'a', 'ada')).to.deep.equal({ done: false, state });
    });
  }

  it('knows none that is not there', async () => {
    expect(await rerunJob(deps, 'a', 'ada')).to.deep.equal({ done: false, state: null });
  });

  it('refuses where another job holds its unique key, and takes the key where it is free', async () => {
    await end('a', { unique: { key: 'k' } }, outcomes.failed);

    const { added } = await rerun('a');

    expect(added).to.not.equal('');
    expect((await rejection(rerunJob(deps, 'a', 'ada'))).code).to.equal('JOB_EXISTS');
    expect(await engine.waiting()).to.deep.equal([added]);
  });

  for (const unique of [undefined, { key: 'k' }]) {
    it(`refuses where there is no room, ${unique ? 'with' : 'without'} a unique key`, async () => {
      await end('a', unique ? { unique } : {}, outcomes.failed);
      await engine.add('b');
      await writeLimits(engine.client, engine.keys, { limits: { maxWaiting: 1 }, by: 'ada', at: 1 });

      expect((await rejection(rerunJob(deps, 'a', 'ada'))).code).to.equal('QUEUE_FULL');

      expect(await engine.waiting()).to.deep.equal(['b']);
    });
  }

  it('refuses a record that cannot be read', async () => {
    await end('a', {}, outcomes.failed);
    await engine.client.hset(engine.keys.jobs, 'a', 'no record');

    expect((await rejection(rerunJob(deps, 'a', 'ada'))).code).to.equal('JOB_STATE_FORBIDS');
  });
});
