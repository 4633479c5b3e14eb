import { expect } from 'chai';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../support/engine.ts';
import { type Heard, hear } from '../support/events.ts';
import { until } from '../support/wait.ts';

const { succeeded, failed, retryIn, snoozed, interrupted } = outcomes;
const cancelled = { kind: 'failed', error: new Error('stopped'), as: 'cancelled' } as const;

describe('inspector.events', () => {
  let engine: SpecEngine;
  let inspector: Inspector;
  let queue: string;
  let heard: Heard;

  beforeEach(async () => {
    engine = openEngine();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.split(':')[1] ?? '';
    heard = await listen();
  });
  afterEach(async () => {
    await inspector.close();
    await heard.ended.catch(() => undefined);
    await engine.close();
  });

  const isKept = async (): Promise<boolean> => (await engine.client.exists(engine.keys.eventLog)) === 1;
  const listen = (since?: string): Promise<Heard> =>
    hear(inspector.events(queue, since === undefined ? {} : { since }), isKept);
  const drained = (): Promise<void> => heard.until('drained');

  it('tells of a job that succeeds, in order and once', async () => {
    const session = engine.session();
    await engine.add('a');
    const [job] = await take(session);
    if (job) await settle(session, [job, succeeded]);
    await drained();

    expect(heard.names()).to.deep.equal(['added', 'started', 'succeeded', 'drained']);
    expect(heard.events[0]).to.deep.include({ event: 'added', queue, job: 'a', dueAt: null });
    expect(heard.events[2]).to.deep.include({ event: 'succeeded', queue, job: 'a', result: 1 });
    const ids = heard.events.map(({ id }) => Number(id.split('-')[1]));
    expect(ids).to.deep.equal([2, 3, 4, 5]);
  });

  it('tells of retries, of one that waits without an attempt spent, and of the end', async () => {
    const session = engine.session();
    await engine.add('a');
    for (const outcome of [retryIn(0), snoozed(0), interrupted, failed]) {
      const [job] = await take(session);
      if (job) await settle(session, [job, outcome]);
    }
    await heard.until('failed');
    await drained();

    const names = [
      'added',
      'started',
      'retrying',
      'started',
      'retrying',
      'started',
      'started',
      'failed',
      'drained',
    ];
    expect(heard.names()).to.deep.equal(names);
    expect(heard.events[2]).to.deep.include({ inMs: 0, error: 'no luck' });
    expect(heard.events[4]).to.deep.include({ inMs: 0, error: null });
    expect(heard.events[7]).to.deep.include({ error: 'no luck' });
  });

  it('tells of a running job that was cancelled, and of one that waited', async () => {
    const session = engine.session();
    await engine.add('a');
    const [job] = await take(session);
    await engine.add('b');
    await inspector.cancel(queue, 'b', 'ada');
    if (job) await settle(session, [job, cancelled]);
    await drained();

    expect(heard.names('a')).to.deep.equal(['added', 'started', 'cancelled']);
    expect(heard.names('b')).to.deep.equal(['added', 'cancelled']);
    expect(heard.events.at(-2)).to.deep.include({ event: 'cancelled', error: 'stopped' });
    expect(heard.names()).not.to.include('failed');
  });

  it('tells of what is done by hand: archive, retry, remove, pause', async () => {
    await engine.add('a', 'b');
    await inspector.archive(queue, 'a', 'ada');
    await inspector.retry(queue, 'a');
    await inspector.remove(queue, 'a');
    await inspector.removeAll(queue, 'waiting');
    expect([await inspector.pause(queue, 'ada'), await inspector.pause(queue, 'bob')]).to.deep.equal([
      true,
      false,
    ]);
    expect([await inspector.resume(queue), await inspector.resume(queue)]).to.deep.equal([true, false]);
    await heard.until('resumed');

    expect(heard.names('a')).to.deep.equal(['added', 'failed', 'retrying', 'removed']);
    expect(heard.names('b')).to.deep.equal(['added', 'removed']);
    expect(heard.names().slice(-3)).to.deep.equal(['drained', 'paused', 'resumed']);
    expect(heard.events.at(-2)).to.deep.include({ by: 'ada' });
  });

  it('tells of progress', async () => {
    const session = engine.session();
    await engine.add('a');
    const [job] = await take(session);
    if (job?.record) await session.progress('a', { ...job.record, progress: { done: 5 } });
    await heard.until('progress');

    expect(heard.events.at(-1)).to.deep.include({ event: 'progress', job: 'a', progress: { done: 5 } });
  });

  it('tells of a hundred jobs that go together, each once and in order', async () => {
    const session = engine.session();
    const ids = Array.from({ length: 100 }, (_, at) => `job-${at}`);
    await engine.add(...ids);
    const jobs = await take(session, 100);
    await settle(session, ...jobs.map((job): [typeof job, typeof succeeded] => [job, succeeded]));
    await drained();

    for (const id of ids) expect(heard.names(id), id).to.deep.equal(['added', 'started', 'succeeded']);
    expect(heard.events).to.have.lengthOf(301);
  });

  it('leaves out what is too long, and says so', async () => {
    const session = engine.session();
    await engine.add('a', 'b');
    const [first, second] = await take(session);
    const long = 'x'.repeat(2_000);
    if (first)
      await settle(session, [first, { kind: 'succeeded', result: long, resultJson: JSON.stringify(long) }]);
    if (second) await settle(session, [second, { kind: 'retry', delayMs: 60_000, error: new Error(long) }]);
    await heard.until('retrying');

    expect(heard.events.find(({ event }) => event === 'succeeded')).to.deep.include({
      result: null,
      cut: true,
    });
    expect(heard.events.find(({ event }) => event === 'retrying')).to.deep.include({
      inMs: 60_000,
      cut: true,
    });
  });

  it('goes on behind an event by its id, once each', async () => {
    await engine.add('a', 'b', 'c');
    await heard.until('added', 3);
    const again = await listen(heard.events[0]?.id ?? '');
    await engine.add('d');
    await again.until('added', 3);

    expect(again.events.map((event) => 'job' in event && event.job)).to.deep.equal(['b', 'c', 'd']);
    await again.stop();
  });

  it('says that events are missing which the log has no more, and how many', async () => {
    await engine.add('a', 'b', 'c', 'd');
    await heard.until('added', 4);
    await engine.client.xtrim(engine.keys.eventLog, 'MAXLEN', '=', 1);

    // One that has read nothing of it so far.
    const other = new Inspector({ client: engine.client });
    const again = await hear(other.events(queue, { since: heard.events[0]?.id ?? '' }));
    await again.until('added');

    expect(again.names()).to.deep.equal(['gap', 'added']);
    expect(again.events[0]).to.deep.include({ missed: 2 });
    // Whoever goes on behind the gap is not told of it again.
    const behind = await hear(other.events(queue, { since: again.events[0]?.id ?? '' }));
    await behind.until('added');
    expect(behind.names()).to.deep.equal(['added']);
    await other.close();
  });

  it('says so when the log is another one, or has never had the event', async () => {
    await engine.add('a');
    await heard.until('added');
    await engine.client.del(engine.keys.eventLog);
    const again = await listen(heard.events[0]?.id ?? '');
    const future = await listen('999999999999999-999999999999999');
    await engine.add('b');
    await Promise.all([again.until('added'), future.until('added'), heard.until('added', 2)]);

    expect(again.names()).to.deep.equal(['gap', 'added']);
    expect(future.names()).to.deep.equal(['gap', 'added']);
    expect(heard.names()).to.deep.equal(['added', 'gap', 'added']);
    expect(again.events[0]).to.deep.include({ missed: null });
    await Promise.all([again.stop(), future.stop()]);
  });

  it('writes nothing where nobody listens, and asks nothing more of Redis', async () => {
    await heard.stop();
    await engine.client.del(engine.keys.eventLog);
    const session = engine.session();
    const run = async (): Promise<string> => {
      await engine.client.config('RESETSTAT');
      await engine.add('a', 'b');
      const jobs = await take(session, 2);
      await settle(session, ...jobs.map((job): [typeof job, typeof succeeded] => [job, succeeded]));
      await inspector.remove(queue, 'a');
      await inspector.pause(queue, 'ada');
      await inspector.resume(queue);
      return engine.client.info('commandstats');
    };
    const stats = await run();

    expect(await isKept()).to.equal(false);
    for (const command of ['xadd', 'xrevrange', 'xread', 'xrange']) {
      expect(stats).not.to.contain(`cmdstat_${command}:`);
    }
  });

  it('writes what is recorded for good where nobody listens', async () => {
    await heard.stop();
    await inspector.events.record(queue, true);
    expect(await engine.client.pttl(engine.keys.eventLog)).to.equal(-1);
    heard = await listen();
    expect(await engine.client.pttl(engine.keys.eventLog)).to.equal(-1);
    await inspector.events.record(queue, false);

    expect(await engine.client.pttl(engine.keys.eventLog)).to.be.within(1, 300_000);
  });

  it('ends with break, with its signal, and with the inspector', async () => {
    await engine.add('a');
    await heard.until('added');
    const since = '0-0';
    for await (const event of inspector.events(queue, { since })) {
      expect(event).to.deep.include({ event: 'added', job: 'a' });
      break;
    }
    const leaving = new AbortController();
    const leaver = await hear(inspector.events(queue, { signal: leaving.signal }), isKept);
    leaving.abort();
    await leaver.ended;
    const returned = await listen();
    await returned.stop();
    const late = await hear(inspector.events(queue, { signal: AbortSignal.abort() }));
    await late.ended;

    await inspector.close();
    expect(await heard.ended.catch(({ code }) => code)).to.be.oneOf([undefined, 'QUEUE_CLOSED']);
    const again = inspector.events(queue);
    expect(await again.next().catch(({ code }: { code: string }) => code)).to.equal('QUEUE_CLOSED');
  });

  it('refuses an id that can be none', () => {
    for (const since of [
      '',
      '1',
      'a-b',
      '-1-2',
      '1-2-3',
      `${'1'.repeat(16)}-1`,
      '1-1\n',
      5,
      null,
      {},
      ['1-1'],
    ]) {
      expect(() => inspector.events(queue, { since: since as string }), String(since)).to.throw('since');
    }
    expect(() => inspector.events(queue, { sinse: '1-1' } as object)).to.throw('since');
    expect(() => inspector.events({ since: { mail: 'x' } })).to.throw('since.mail');
  });

  it('tells of all queues, with one that comes into being', async () => {
    const other = openEngine();
    await engine.add('a');
    const all = await hear(inspector.events(), isKept);
    await until(() => {
      engine.add(`b-${Math.random()}`);
      return all.events.length > 0;
    }, 'the first queue is heard');
    await until(async () => {
      await other.add(`c-${Math.random()}`);
      return all.events.some((event) => event.queue === other.keys.jobs.split(':')[1]);
    }, 'the new queue is heard');

    expect(all.events.some((event) => event.queue === queue)).to.equal(true);
    await all.stop();
    await other.close();
  });

  it('is no reason for jobs to fail when the key holds something else, and says so to who listens', async () => {
    await heard.stop();
    await engine.client.del(engine.keys.eventLog);
    await engine.client.set(engine.keys.eventLog, 'mine');
    const session = engine.session();
    await engine.add('a');
    const [job] = await take(session);
    if (job) await settle(session, [job, succeeded]);

    expect(await engine.client.get(engine.keys.eventLog)).to.equal('mine');
    expect((await inspector.job(queue, 'a'))?.state).to.equal('succeeded');
    const error: unknown = await inspector
      .events(queue)
      .next()
      .catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'REDIS_REFUSED' });
  });
});
