import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { type FlowsDeps, readFlow } from '../../../lib/engine/links/flows.ts';
import { openRecord } from '../../../lib/engine/record/new-job.ts';
import type { SpawnedStep } from '../../../lib/engine/record/spawned-step.ts';
import { rerunFlow } from '../../../lib/engine/repairs/rerun-flow.ts';
import { queueOf } from '../../support/batch.ts';
import { openEngine, outcomes, type SpecEngine, settle, takeOne } from '../../support/engine.ts';
import { addFlow } from '../../support/flow.ts';

describe('rerunFlow', () => {
  let engine: SpecEngine;
  let queue: string;
  let deps: FlowsDeps;

  /** A workflow whose step `list` has added `list/page`, for which `end` waits. */
  beforeEach(async () => {
    engine = openEngine();
    queue = queueOf(engine);
    deps = { client: engine.client, prefix: 'bq' };
    const steps = [
      { name: 'list', queue },
      { name: 'end', queue, after: [0] },
    ];
    await addFlow(engine, { queue, steps });
    await run('list', { ...outcomes.succeeded, follows: [], spawns: [page('page')] });
  });
  afterEach(() => engine.close());

  const page = (id: string): SpawnedStep => {
    const links = { flow: { id: 'w', queue, step: 'list/page' } };
    const added = { name: 'page', type: 'step', queue, id, start: '', ties: '' };
    return { ...added, ...openRecord('1', { type: 'step', links }) };
  };

  /** Ends the job that is next, which must be of this step. */
  const run = async (step: string, outcome: Parameters<typeof settle>[1][1] = outcomes.succeeded) => {
    const session = engine.session();
    const taken = await takeOne(session);
    expect((await flow()).find(({ id }) => id === taken.id)?.name).to.equal(step);
    await settle(session, [taken, outcome]);
  };

  const flow = async () => (await readFlow(deps, queue, 'w'))?.steps ?? [];
  const states = async () => Object.fromEntries((await flow()).map(({ name, state }) => [name, state]));
  const rerun = (step: string) => rerunFlow({ ...deps, clock: systemClock }, { queue, id: 'w', step });

  it('runs again a step that another has added, by its whole name, and those after it', async () => {
    await run('list/page');
    await run('end');

    expect(await rerun('list/page')).to.deep.equal({ done: true, steps: ['list/page', 'end'] });

    expect(await states()).to.deep.equal({ list: 'succeeded', end: 'awaiting', 'list/page': 'waiting' });
    await run('list/page');
    await run('end');
    expect(await readFlow(deps, queue, 'w')).to.include({ state: 'succeeded', total: 3, open: 0 });
  });

  for (const name of ['page', '2'])
    it(`knows no step that another has added as ${name}`, async () => {
      await run('list/page');

      expect(await rerun(name)).to.deep.equal({ done: false, why: 'none' });
    });

  it('brings no step back that is gone when one that was added in its place runs again', async () => {
    await run('list/page');
    await run('end');
    await rerun('list');
    await run('list', { ...outcomes.succeeded, follows: [], spawns: [page('page-2')] });
    await run('list/page');
    await run('end');

    expect(await rerun('list/page')).to.deep.equal({ done: true, steps: ['list/page', 'end'] });

    expect(await states()).to.deep.equal({ list: 'succeeded', end: 'awaiting', 'list/page': 'waiting' });
    expect(await readFlow(deps, queue, 'w')).to.include({ total: 3, open: 2 });
  });

  it('lets the job of a step that is gone move nothing', async () => {
    await run('list/page', outcomes.failed);
    await rerun('list');
    const before = await readFlow(deps, queue, 'w');

    expect(await engine.store.retry('page', 0)).to.include({ done: true });

    expect(await readFlow(deps, queue, 'w')).to.deep.equal(before);
    expect(await engine.client.hkeys(engine.keys.steps)).to.not.include('page');
    expect(await states()).to.deep.equal({ list: 'waiting', end: 'awaiting' });
    await run('list');
    const session = engine.session();
    expect(await settle(session, [await takeOne(session), outcomes.succeeded])).to.deep.equal([]);
    expect(await engine.state('page')).to.equal('succeeded');
    expect(await states()).to.deep.equal({ list: 'succeeded', end: 'waiting' });
  });
});
