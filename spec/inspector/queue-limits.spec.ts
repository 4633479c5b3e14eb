import { expect } from 'chai';
import type { Session } from '../../lib/engine/session/session.ts';
import { ApiaryError } from '../../lib/errors.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, type SpecEngine } from '../support/engine.ts';

const HOUR_MS = 3_600_000;

describe('the limits of the inspector', () => {
  let engine: SpecEngine;
  let session: Session;
  let inspector: Inspector;
  let queue: string;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
    inspector = new Inspector({ client: engine.client });
    queue = engine.keys.jobs.split(':')[1] ?? '';
  });
  afterEach(() => engine.close());

  const problemsOf = (limits: unknown): Promise<string[]> =>
    inspector.limits.set(queue, limits as object, 'ada').then(
      () => [],
      (error) => (error instanceof ApiaryError ? error.problems.map(({ path }) => path) : ['?']),
    );
  /** Puts jobs into lines: one of key a runs, two wait; two of key b and one without a key wait. */
  const fill = async (): Promise<void> => {
    await inspector.limits.set(queue, { concurrency: 1, perKey: { concurrency: 1 } }, 'ada');
    for (const id of ['a1', 'a2', 'a3']) await engine.save(id, { key: 'a', timestamp: Date.now() });
    await session.exchange([], 1);
    for (const id of ['b1', 'b2']) await engine.save(id, { key: 'b', timestamp: Date.now() });
    await engine.save('c1');
    await session.exchange([], 5);
  };
  const waitingIds = async (newestFirst = true): Promise<string[]> =>
    (await inspector.jobs(queue, { state: 'waiting', newestFirst })).jobs.map(({ id }) => id);

  it('are kept with who set them and when', async () => {
    const before = Date.now();

    await inspector.limits.set(queue, { concurrency: 3 }, 'ada');

    const note = await inspector.limits.get(queue);
    expect(note).to.deep.include({ limits: { concurrency: 3 }, by: 'ada' });
    expect(note?.at).to.be.at.least(before);
  });

  it('are null when there are none, also after they were lifted', async () => {
    expect(await inspector.limits.get(queue)).to.equal(null);
    expect(await inspector.limits.lift(queue, 'ada')).to.equal(false);
    await inspector.limits.set(queue, { concurrency: 3 }, 'ada');

    expect(await inspector.limits.lift(queue, 'ada')).to.equal(true);

    expect(await inspector.limits.get(queue)).to.equal(null);
  });

  it('leave nothing behind where no worker has gone by them', async () => {
    await inspector.limits.set(queue, { concurrency: 3, maxWaiting: 5 }, 'ada');

    await inspector.limits.lift(queue, 'ada');

    expect(await engine.client.exists(engine.keys.meta)).to.equal(0);
  });

  it('leave a note of none where jobs stand in lines, or have a priority', async () => {
    await fill();
    await inspector.limits.lift(queue, 'ada');
    expect(await engine.client.hget(engine.keys.meta, 'limits')).to.include('"limits":null');

    await session.exchange([], 5);
    await engine.client.hset(engine.keys.meta, 'priorities', '1');
    await inspector.limits.set(queue, { concurrency: 3 }, 'ada');
    await inspector.limits.lift(queue, 'ada');

    expect(await engine.client.hget(engine.keys.meta, 'limits')).to.include('"limits":null');
  });

  const wrong: [unknown, string[]][] = [
    [null, ['limits']],
    [{ concurency: 1 }, ['concurency']],
    [{ concurrency: 0 }, ['concurrency']],
    [{ concurrency: '3' }, ['concurrency']],
    [{ rate: { count: 5 } }, ['rate.perMs']],
    [{ rate: { count: 1.5, perMs: -1, burst: 0 } }, ['rate.count', 'rate.perMs', 'rate.burst']],
    [{ rate: { count: 1, perMs: 1, per: 1 } }, ['rate.per']],
    [{ perKey: 3 }, ['perKey']],
    [{ perKey: { fair: true } }, ['perKey.fair']],
    [{ perKey: { concurrency: 2.5 } }, ['perKey.concurrency']],
    [{ fair: 'yes' }, ['fair']],
  ];
  for (const [limits, paths] of wrong) {
    it(`are refused when they are ${JSON.stringify(limits)}`, async () => {
      expect(await problemsOf(limits)).to.deep.equal(paths);
      expect(await inspector.limits.get(queue)).to.equal(null);
    });
  }

  it('show the keys that wait, those with most first', async () => {
    await fill();

    const keys = await inspector.limits.keys(queue);

    expect(keys).to.have.length(3);
    expect(keys).to.deep.include({ key: 'a', waiting: 2, running: 1, state: 'full', freesAt: null });
    expect(keys).to.deep.include({ key: 'b', waiting: 2, running: 0, state: 'ready', freesAt: null });
    expect(keys[2]).to.deep.equal({ key: null, waiting: 1, running: 0, state: 'ready', freesAt: null });
    expect(await inspector.limits.keys(queue, { limit: 1 })).to.have.length(1);
  });

  it('fill the buckets on request', async () => {
    const rate = { count: 1, perMs: HOUR_MS };
    await inspector.limits.set(queue, { rate, perKey: { rate } }, 'ada');
    for (const id of ['a1', 'a2']) await engine.save(id, { key: 'a' });
    await session.exchange([], 2);
    const before = await inspector.limits.nextTokenInMs(queue);

    await inspector.limits.refill(queue);

    expect(before).to.be.within(HOUR_MS - 60_000, HOUR_MS);
    expect(await inspector.limits.nextTokenInMs(queue)).to.equal(0);
    expect((await session.exchange([], 2)).taken.map(({ id }) => id)).to.deep.equal(['a2']);
  });

  describe('leave jobs in lines', () => {
    beforeEach(fill);

    it('waiting', async () => {
      expect((await inspector.queue(queue)).counts).to.include({ waiting: 5, active: 1 });
      for (const id of ['a2', 'b1', 'c1'])
        expect((await inspector.job(queue, id))?.state).to.equal('waiting');
    });

    it('shown, each once, in both directions and over pages', async () => {
      expect(await waitingIds()).to.have.members(['a2', 'a3', 'b1', 'b2', 'c1']);
      expect(await waitingIds(false)).to.deep.equal((await waitingIds()).reverse());
      const pages = await Promise.all(
        ['0', '2', '4'].map((cursor) => inspector.jobs(queue, { state: 'waiting', cursor, limit: 2 })),
      );
      expect(pages.flatMap(({ jobs }) => jobs.map(({ id }) => id))).to.deep.equal(await waitingIds());
      expect(pages.map(({ cursor }) => cursor)).to.deep.equal(['2', '4', null]);
    });

    it('counted in the age of the oldest', async () => {
      expect((await inspector.queue(queue)).latencyMs).to.be.below(HOUR_MS);
    });

    it('removable', async () => {
      for (const id of ['a2', 'c1']) expect(await inspector.remove(queue, id)).to.equal('waiting');

      expect(await waitingIds()).to.have.members(['a3', 'b1', 'b2']);
    });

    it('to be cancelled and archived', async () => {
      expect(await inspector.cancel(queue, 'a2', 'ada')).to.deep.equal({ done: true, was: 'waiting' });
      expect(await inspector.archive(queue, 'c1', 'ada')).to.deep.equal({ done: true, was: 'waiting' });

      expect((await inspector.job(queue, 'a2'))?.outcome).to.equal('cancelled');
      expect(await waitingIds()).to.have.members(['a3', 'b1', 'b2']);
    });

    it('within reach of calls on many', async () => {
      await engine.save('d1', { key: 'd', type: 'other' });

      expect(await inspector.archiveAll(queue, 'waiting', { by: 'ada', filter: { type: 'other' } })).to.equal(
        1,
      );
      expect(await inspector.removeAll(queue, 'waiting')).to.equal(5);

      expect((await inspector.queue(queue)).counts).to.include({ waiting: 0, failed: 1 });
    });

    it('to be cleaned away, oldest first', async () => {
      expect(await inspector.clean(queue, 'waiting', 2)).to.equal(2);
      expect(await inspector.clean(queue, 'waiting', 10)).to.equal(3);

      expect(await waitingIds()).to.deep.equal([]);
    });

    it('gone with their queue', async () => {
      await inspector.remove(queue, 'a1');

      await inspector.deleteQueue(queue, { force: true });

      expect(await engine.client.keys(`bq:${queue}:*`)).to.deep.equal([]);
    });
  });

  describe('say why a job waits:', () => {
    const reasonsOf = async (id: string): Promise<object[]> =>
      (await inspector.why(queue, id)).filter(({ reason }) => reason === 'limited');

    it('its key runs as many as it may, and so does its queue', async () => {
      await fill();

      const [ofKey, ofQueue] = await reasonsOf('a2');

      expect(ofKey).to.include({ of: 'key', limit: 'concurrency', key: 'a', freesInMs: null });
      expect(ofQueue).to.include({ of: 'queue', limit: 'concurrency', freesInMs: null });
    });

    it('its key has begun as many as it may, and when the next may', async () => {
      await inspector.limits.set(queue, { perKey: { rate: { count: 1, perMs: HOUR_MS } } }, 'ada');
      for (const id of ['a1', 'a2']) await engine.save(id, { key: 'a' });
      await session.exchange([], 2);

      const [reason] = await reasonsOf('a2');

      expect(reason).to.include({ of: 'key', limit: 'rate', key: 'a' });
      expect((reason as { freesInMs: number }).freesInMs).to.be.within(HOUR_MS - 60_000, HOUR_MS);
    });

    it('its queue has begun as many as it may', async () => {
      await inspector.limits.set(queue, { rate: { count: 1, perMs: HOUR_MS } }, 'ada');
      await engine.add('a', 'b');
      await session.exchange([], 2);

      expect((await reasonsOf('b'))[0]).to.include({ of: 'queue', limit: 'rate', key: null });
    });

    it('nothing of the kind when it is free to run', async () => {
      await inspector.limits.set(queue, { concurrency: 5 }, 'ada');
      await engine.add('a');

      expect(await reasonsOf('a')).to.deep.equal([]);
    });
  });
});
