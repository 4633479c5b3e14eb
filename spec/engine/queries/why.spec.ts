import { expect } from 'chai';
import { announce, takeLeave } from '../../../lib/engine/queries/presence.ts';
import type { Taken } from '../../../lib/engine/session/session.ts';
import { Inspector, type WhyReason } from '../../../lib/inspector/inspector.ts';
import type { Worker } from '../../../lib/worker/worker.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { Gate } from '../../support/queues.ts';
import { until } from '../../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../../support/worker.ts';

describe('why', () => {
  let engine: SpecEngine;
  let specs: SpecWorkers;
  let inspector: Inspector;
  let queue: string;
  let gate: Gate;

  beforeEach(() => {
    engine = openEngine();
    specs = openWorkers();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.split(':')[1] ?? '';
    gate = new Gate();
  });
  afterEach(async () => {
    gate.open();
    await specs.close();
    await engine.close();
  });

  const reasons = async (id: string): Promise<WhyReason['reason'][]> =>
    (await inspector.why(queue, id)).map(({ reason }) => reason);
  const first = async (id: string): Promise<WhyReason | undefined> => (await inspector.why(queue, id))[0];
  /** Starts a worker on the queue with a handler for the type `job`, which waits at the gate. */
  const serve = async (concurrency = 1): Promise<Worker> => {
    const handlers = [specs.handler(gate.pass)];
    const worker = specs.worker({ handlers, concurrency, queues: [{ name: queue, weight: 1 }] });
    await worker.start();
    const isThere = async (): Promise<boolean> =>
      (await inspector.workers()).some(({ queues }) => queues.some(({ name }) => name === queue));
    await until(isThere, 'it spoke');
    return worker;
  };

  it('says that there is no such job', async () => {
    expect(await inspector.why(queue, 'none')).to.deep.equal([
      { reason: 'not-found', text: `queue ${queue} has no such job` },
    ]);
  });

  it('says of the job of a tick why the schedule did not fire', async () => {
    const { schedules } = inspector;
    const data = { a: 1 };
    const raw = { name: 'tidy', type: 'job', queue, everyMs: 3_600_000, overlap: 'skip', data } as const;
    await specs.producer.schedules.putRaw(raw);
    const next = (await schedules.get(queue, 'tidy'))?.nextAt ?? 0;
    const idOf = (tick: number): string => `tidy@${new Date(tick).toISOString()}`;
    const textOf = async (id: string): Promise<string> => (await inspector.why(queue, id))[1]?.text ?? '';
    const { jobId } = await schedules.fireNow(queue, 'tidy');
    await schedules.fireNow(queue, 'tidy');
    const left =
      (await schedules.firings(queue, 'tidy')).find(({ outcome }) => outcome === 'overlap')?.tick ?? 0;

    const early = await inspector.why(queue, idOf(next));
    const overlapped = await textOf(idOf(left));
    await schedules.pause(queue, 'tidy', 'ada');
    const paused = await textOf(idOf(next));

    expect(early.map(({ reason }) => reason)).to.deep.equal(['not-found', 'not-fired']);
    expect(early[1]?.text).to.match(/^schedule tidy: the tick is yet to come/);
    expect(overlapped).to.equal(
      `schedule tidy: the tick did not fire, as job ${jobId} of an earlier one had not ended`,
    );
    expect(paused).to.match(/^schedule tidy: it was paused by ada at /);
  });

  it('says how a job has finished', async () => {
    const session = engine.session();
    await engine.add('a');
    const [taken] = (await take(session)) as [Taken];
    await settle(session, [taken, outcomes.succeeded]);
    await engine.add('c');
    await inspector.archive(queue, 'c', 'ada');

    expect(await first('a')).to.include({ outcome: 'succeeded' });
    expect(await inspector.why(queue, 'c')).to.deep.equal([
      { reason: 'finished', outcome: 'discarded', text: 'it has finished: discarded' },
    ]);
  });

  it('says where a job runs, and since when', async () => {
    await engine.save('a', { type: 'job' });
    const worker = await serve();
    await until(() => worker.running === 1, 'it ran');
    const stopped = worker.stop();
    await until(
      async () => (await inspector.workers()).some(({ running }) => running[0]?.id === 'a'),
      'it said so',
    );

    const reason = await first('a');

    expect(reason).to.deep.include({ reason: 'running' });
    expect(reason)
      .to.have.property('worker')
      .that.match(new RegExp(`:${process.pid}$`));
    expect(reason).to.have.property('since').that.is.closeTo(Date.now(), 10_000);
    gate.open();
    await stopped;
  });

  it('says that it blocks its worker, since when, and at which line where that is known', async () => {
    await engine.add('a');
    await engine.add('b');
    await take(engine.session(), 2);
    const deps = { client: engine.client, prefix: 'bq' };
    const running = ['a', 'b'].map((id) => ({ queue, id, type: 'job', startedAt: 1 }));
    const said = {
      ...{ id: 'blocked', host: 'web', pid: 7, version: '1', strict: false, concurrency: 2, startedAt: 0 },
      ...{
        status: 'running' as const,
        handlers: [],
        queues: [],
        runningCount: 2,
        running,
        blockedSince: 5_000,
      },
      blockedBy: { queue, id: 'a', type: 'job', attempt: 1 },
    };
    await announce(deps, { ...said, blockedAt: 'findEdge (file:///app/shop.js:12:5)' });
    const known = await inspector.why(queue, 'a');
    const other = await inspector.why(queue, 'b');
    await announce(deps, said);
    const unknown = await inspector.why(queue, 'a');
    await takeLeave(deps, 'blocked');

    expect(known.map(({ reason }) => reason)).to.deep.equal(['running', 'blocking']);
    expect(known[1]).to.deep.equal({
      ...{ reason: 'blocking', since: 5_000, at: 'findEdge (file:///app/shop.js:12:5)' },
      text: 'it blocks its worker since 1970-01-01T00:00:05.000Z, at findEdge (file:///app/shop.js:12:5)',
    });
    expect(other.map(({ reason }) => reason)).to.deep.equal(['running']);
    expect(unknown[1]).to.include({ at: null, text: 'it blocks its worker since 1970-01-01T00:00:05.000Z' });
  });

  it('goes by the newest attempt where a handler that does not stop goes on beside it', async () => {
    await engine.add('a');
    await take(engine.session());
    const said = { version: '1', strict: false, concurrency: 1, status: 'running' as const, handlers: [] };
    const deps = { client: engine.client, prefix: 'bq' };
    for (const [host, startedAt] of [
      ['stuck', 1],
      ['newest', 3],
      ['older', 2],
    ] as const) {
      const running = [{ queue, id: 'a', type: 'job', startedAt }];
      await announce(deps, {
        ...said,
        id: host,
        host,
        pid: 7,
        startedAt: 0,
        queues: [],
        runningCount: 1,
        running,
      });
    }

    expect(await first('a')).to.include({ reason: 'running', worker: 'newest:7', since: 3 });
    await Promise.all(['stuck', 'newest', 'older'].map((id) => takeLeave(deps, id)));
  });

  it('says that a live worker holds it which does not say where', async () => {
    await engine.add('a');
    await take(engine.session());

    expect(await first('a')).to.include({ reason: 'running', worker: null, since: null });
  });

  it('says that nobody holds an active job', async () => {
    await engine.add('a');
    await engine.client.lmove(engine.keys.waiting, engine.keys.active, 'RIGHT', 'LEFT');

    expect(await first('a')).to.include({ reason: 'unheld' });
  });

  it('says first by whom the queue was paused, and since when', async () => {
    await engine.add('a');
    await engine.store.pause('ada', 0);

    expect(await first('a')).to.deep.equal({
      reason: 'paused',
      by: 'ada',
      since: 0,
      text: 'its queue was paused by ada at 1970-01-01T00:00:00.000Z',
    });
    expect(await reasons('a')).to.deep.equal(['paused', 'unserved', 'queued']);
  });

  it('says in how long a delayed job is due', async () => {
    await engine.save('a', {}, { inMs: 3_600_000 });

    const reason = await first('a');

    expect(reason).to.include({ reason: 'delayed' });
    expect(reason).to.have.property('dueInMs').that.is.closeTo(3_600_000, 60_000);
    expect(await reasons('a')).to.deep.equal(['delayed', 'unserved']);
  });

  it('says that no live worker serves the queue', async () => {
    await engine.add('a');

    expect(await first('a')).to.deep.equal({
      reason: 'unserved',
      text: `no live worker serves queue ${queue}`,
    });
  });

  it('counts no worker that is about to stop', async () => {
    await engine.save('running', { type: 'job' });
    const worker = await serve();
    await until(() => worker.running === 1, 'it ran');
    await engine.save('a', { type: 'job' });
    const stopped = worker.stop();

    await until(async () => (await reasons('a')).includes('unserved'), 'it said so');

    gate.open();
    await stopped;
  });

  it('says that no worker has a handler for the type, and for which they have', async () => {
    await engine.store.pause('ada', 1);
    await serve();
    await engine.save('a', { type: 'other' });

    const [, reason] = await inspector.why(queue, 'a');

    expect(reason).to.deep.include({ reason: 'unhandled', type: 'other', handled: ['job'] });
  });

  it('does not miss a handler where a worker does not say who it is', async () => {
    await engine.session().exchange([], 1);
    await engine.save('a', { type: 'other' });

    expect(await reasons('a')).to.deep.equal(['queued']);
  });

  it('says how many jobs are served before it', async () => {
    await engine.add('a', 'b', 'c');

    const [, third] = await inspector.why(queue, 'c');
    const [, second] = await inspector.why(queue, 'b');
    const [, next] = await inspector.why(queue, 'a');

    expect(third).to.deep.equal({
      reason: 'queued',
      ahead: 2,
      atLeast: false,
      text: '2 jobs are served before it',
    });
    expect(second).to.have.property('text', '1 job is served before it');
    expect(next).to.have.property('text', 'it is the next to be taken');
  });

  it('says that all slots are taken', async () => {
    await engine.save('running', { type: 'job' });
    const worker = await serve();
    await until(() => worker.running === 1, 'it ran');
    await engine.save('a', { type: 'job' });

    await until(async () => (await reasons('a')).includes('busy'), 'it said so');

    expect(await reasons('a')).to.deep.equal(['queued', 'busy']);
    expect((await inspector.why(queue, 'a'))[1]).to.include({ slots: 1 });
  });

  it('says of a job in no list that it is astray', async () => {
    await engine.add('a');
    await engine.client.del(engine.keys.waiting);

    expect(await reasons('a')).to.include('astray');
  });
});
