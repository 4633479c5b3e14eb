import { expect } from 'chai';
import { fireDueGroups } from '../../lib/engine/groups/groups.ts';
import { ApiaryError } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, type SpecEngine } from '../support/engine.ts';
import { carriers, join, specGroup } from '../support/group.ts';

const HOUR_MS = 3_600_000;
const ADA = { type: 'job', name: 'ada' };

describe('inspector.groups', () => {
  let engine: SpecEngine;
  let inspector: Inspector;
  let queue: string;

  beforeEach(() => {
    engine = openEngine();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.split(':')[1] ?? '';
  });
  afterEach(() => engine.close());

  const reasons = async (id: string) => (await inspector.why(queue, id)).map(({ reason }) => reason);

  it('shows size, settings, and when the first and the last joined', async () => {
    await join(engine, ['a'], { name: 'ada', graceMs: 5_000, maxDelayMs: 9_000, maxSize: 50 });
    const between = Date.now();
    await join(engine, ['b', 'c'], { name: 'ada', graceMs: 5_000, maxDelayMs: 9_000, maxSize: 50 });
    await join(engine, ['d'], {
      name: 'ada',
      start: { inMs: HOUR_MS },
      graceMs: 5_000,
      maxDelayMs: 9_000,
      maxSize: 50,
    });

    const group = await inspector.groups.get(queue, ADA);

    const settings = { graceMs: 5_000, maxDelayMs: 9_000, maxSize: 50 };
    expect(group).to.include({ queue, ...ADA, size: 3, delayed: 1, ...settings });
    expect(group?.firstJoinedAt).to.be.closeTo(between, 2_000);
    expect(group?.lastJoinedAt).to.be.at.least(group?.firstJoinedAt ?? Number.POSITIVE_INFINITY);
    expect(group?.dueAt).to.equal((group?.lastJoinedAt ?? 0) + 5_000);
  });

  it('lists the groups of a queue in the order in which they are due, in pages', async () => {
    await join(engine, ['a'], { name: 'later', graceMs: 60_000 });
    await join(engine, ['b'], { name: 'soon', graceMs: 10_000 });
    await join(engine, ['c'], { name: 'latest', graceMs: 90_000 });

    const first = await inspector.groups.list(queue, { limit: 2 });
    const second = await inspector.groups.list(queue, { limit: 2, cursor: first.cursor });

    expect(first.groups.map(({ name }) => name)).to.deep.equal(['soon', 'later']);
    expect(second.groups.map(({ name }) => name)).to.deep.equal(['latest']);
    expect(second.cursor).to.equal(null);
  });

  it('lists the jobs of a group in the order of joining, in pages', async () => {
    await join(engine, ['c', 'a', 'b'], { name: 'ada' });

    const first = await inspector.groups.jobs(queue, ADA, { limit: 2 });
    const second = await inspector.groups.jobs(queue, ADA, { limit: 2, cursor: first.cursor });

    expect([...first.jobs, ...second.jobs].map(({ id, state }) => [id, state])).to.deep.equal([
      ['c', 'waiting'],
      ['a', 'waiting'],
      ['b', 'waiting'],
    ]);
    expect(second.cursor).to.equal(null);
  });

  it('refuses a page that cannot be', async () => {
    const error = await inspector.groups.list(queue, { limit: 0 }).catch((thrown: unknown) => thrown);

    expect(error).to.be.instanceOf(ApiaryError).that.includes({ code: 'JOB_INVALID' });
  });

  it('counts what waits in groups beside the states', async () => {
    await join(engine, ['a', 'b'], { name: 'ada' });
    await join(engine, ['c'], { name: 'bob', start: { inMs: HOUR_MS } });
    await engine.add('d');

    const { grouped, counts } = await inspector.queue(queue);

    expect({ grouped, ...counts }).to.include({ grouped: 3, waiting: 1, delayed: 0 });
  });

  it('hands a group over at once when asked to, but for jobs that are delayed', async () => {
    await join(engine, ['a', 'b'], { name: 'ada' });
    await join(engine, ['later'], { name: 'ada', start: { inMs: HOUR_MS } });

    expect(await inspector.groups.fire(queue, ADA)).to.equal(2);

    expect((await carriers(engine)).map(({ jobs }) => jobs)).to.deep.equal([['a', 'b']]);
    expect(await inspector.groups.get(queue, ADA)).to.include({ size: 0, delayed: 1 });
  });

  it('hands nothing over of a group that is not there', async () => {
    expect(await inspector.groups.fire(queue, ADA)).to.equal(0);
    expect(await inspector.groups.get(queue, ADA)).to.equal(null);
  });

  it('removes a group with all its jobs, and no other', async () => {
    await join(engine, ['a', 'b'], { name: 'ada' });
    await join(engine, ['c'], { name: 'bob' });

    expect(await inspector.groups.remove(queue, ADA)).to.equal(2);

    expect(await inspector.job(queue, 'a')).to.equal(null);
    expect((await inspector.groups.list(queue)).groups.map(({ name }) => name)).to.deep.equal(['bob']);
  });

  it('archives a job that waits in a group, and says by whom', async () => {
    await join(engine, ['a'], { name: 'ada', start: { inMs: HOUR_MS } });

    expect(await inspector.archive(queue, 'a', 'bob')).to.deep.equal({ done: true, was: 'delayed' });

    const job = await inspector.job(queue, 'a');
    expect(job).to.include({ state: 'failed', outcome: 'discarded' });
    expect(job?.errors[0]).to.include({ message: 'archived by bob' });
    expect(await inspector.groups.get(queue, ADA)).to.equal(null);
  });

  describe('why a job of a group is not running', () => {
    it('says in which group it waits, and until when', async () => {
      await join(engine, ['a', 'b'], { name: 'ada', graceMs: 60_000, maxSize: 5 });
      await engine.store.pause('bob', 1);

      const [, reason] = await inspector.why(queue, 'a');

      const dueAt = (await inspector.groups.get(queue, ADA))?.dueAt ?? 0;
      const until = new Date(dueAt).toISOString();
      const text = `it is one of 2 in group ada, which waits until ${until} at the earliest, or 5 have joined`;
      expect(reason).to.deep.equal({ reason: 'grouped', type: 'job', group: 'ada', size: 2, dueAt, text });
      expect(await reasons('a')).to.deep.equal(['paused', 'grouped', 'unserved']);
    });

    it('says that it is delayed before it joins', async () => {
      await join(engine, ['a'], { name: 'ada', start: { inMs: HOUR_MS } });

      expect(await reasons('a')).to.deep.equal(['grouped', 'delayed', 'unserved']);
      expect((await inspector.why(queue, 'a'))[0]).to.include({ size: 0, dueAt: null });
    });

    it('says which job carries it once it was handed over', async () => {
      await join(engine, ['a', 'b'], { name: 'ada', maxSize: 2 });
      const [carrier] = await carriers(engine);

      expect(await inspector.why(queue, 'b')).to.deep.equal([
        {
          reason: 'gathered',
          carrier: carrier?.id,
          text: `it was handed over with the others of its group: job ${carrier?.id} carries it`,
        },
      ]);
      expect(await reasons(carrier?.id ?? '')).to.deep.equal(['unserved', 'queued']);
    });

    it('says nothing of a group that it has left to run alone', async () => {
      await join(engine, ['a'], { name: 'ada' });
      await inspector.archive(queue, 'a', 'bob');
      await inspector.retry(queue, 'a');

      expect(await reasons('a')).to.deep.equal(['unserved', 'queued']);
      await fireDueGroups(engine);
      expect(await engine.client.zscore(engine.keys.group(specGroup('ada')), 'a')).to.equal(null);
    });
  });
});
