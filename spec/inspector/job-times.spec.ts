import { expect } from 'chai';
import { keepTimes } from '../../lib/engine/times/keep-times.ts';
import { TimeTally } from '../../lib/engine/times/time-tally.ts';
import type { ApiaryError } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, type SpecEngine } from '../support/engine.ts';
import { attemptOf, timed } from '../support/times.ts';

describe('inspector.times', () => {
  let engine: SpecEngine;
  let inspector: Inspector;
  let queue: string;

  beforeEach(() => {
    engine = openEngine();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.queue;
  });
  afterEach(() => engine.close());

  it('knows nothing of a queue in which nothing ended', async () => {
    const times = await inspector.times(queue);

    expect(times).to.include({ span: 'hour', slotMs: 60_000, succeeded: 0, isOwn: true });
    expect(times.slots.length).to.equal(60);
    expect(times.duration).to.deep.equal({ count: 0, p50Ms: null, p95Ms: null, p99Ms: null });
    expect([times.types, times.slowest, times.versions]).to.deep.equal([[], [], []]);
  });

  it('tells of all types, and of each by itself', async () => {
    const tally = timed('quick', 'quick', 'quick');
    tally.note('slow', attemptOf({ id: 's', as: 'failed', durationMs: 90_000, totalMs: 91_000 }));
    tally.note(
      'slow',
      attemptOf({ id: 's', as: 'retried', waitedMs: null, durationMs: 80_000, totalMs: null }),
    );
    await keepTimes(engine, tally, 'v7');

    const times = await inspector.times(queue, { span: 'day' });

    expect(times).to.include({ succeeded: 3, failed: 1, retried: 1 });
    expect([times.waiting.count, times.duration.count, times.total.count]).to.deep.equal([4, 5, 4]);
    expect(times.duration.p50Ms).to.be.closeTo(25, 3);
    expect(times.duration.p99Ms).to.be.closeTo(90_000, 90_000 / 8);
    expect(times.types.map(({ type, failed }) => [type, failed])).to.deep.equal([
      ['quick', 0],
      ['slow', 1],
    ]);
    expect(times.slowest.slice(0, 3).map(({ id, durationMs }) => [id, durationMs])).to.deep.equal([
      ['s', 90_000],
      ['s', 80_000],
      ['1', 25],
    ]);
    expect(times.versions).to.have.length(1);
    const spread = times.slots.flatMap((slot) => slot.spread.duration);
    expect(spread.reduce((sum, { count }) => sum + count, 0)).to.equal(5);
    expect(spread[0]).to.deep.equal({ fromMs: 24, toMs: 26, count: 3 });
  });

  it('tells of a type alone, and of all others together where it is not kept by itself', async () => {
    await keepTimes(engine, timed(...Array.from({ length: 25 }, (_, at) => `type-${at}`)), null);
    const [kept = ''] = (await inspector.times(queue)).types.flatMap(({ type }) => type ?? []);

    expect(await inspector.times(queue, { type: kept })).to.include({ succeeded: 1, isOwn: true });
    expect(await inspector.times(queue, { type: 'unheard' })).to.include({ succeeded: 5, isOwn: false });
    expect((await inspector.times(queue)).types.find(({ type }) => type === null)).to.include({
      succeeded: 5,
    });
  });

  it('counts nothing of what cannot be read', async () => {
    const tally = new TimeTally();
    tally.note('a', attemptOf());
    await keepTimes(engine, tally, null);
    for (const field of await engine.client.hkeys(engine.keys.times))
      await engine.client.hset(engine.keys.times, field, '[[0,-5,"x",1,720,{}],[[9,9,9],null,["1","2"]]]');

    expect(await inspector.times(queue)).to.include({ succeeded: 0 });
  });

  for (const query of [{ span: 'week' }, { type: '' }, { type: 7 }, { spans: 'day' }, null, 'hour']) {
    it(`refuses ${JSON.stringify(query)}`, async () => {
      // Callers without types may give anything.
      const error = await inspector.times(queue, query as never).then(
        () => null,
        (thrown: ApiaryError) => thrown,
      );
      expect(error?.code).to.equal('JOB_INVALID');
    });
  }
});
