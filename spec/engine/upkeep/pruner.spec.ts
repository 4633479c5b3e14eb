import { expect } from 'chai';
import { archiveAll } from '../../../lib/engine/repairs/bulk.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import { pruneFinished, type RetentionLimits } from '../../../lib/engine/upkeep/pruner.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';

const HOUR_MS = 3_600_000;
const ALL: RetentionLimits = {
  succeededMs: HOUR_MS,
  failedMs: 2 * HOUR_MS,
  keepSucceeded: -1,
  keepFailed: -1,
};

describe('pruneFinished', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  /** Ends the jobs, their runs a given time ago by the record, the failed also by the order of death. */
  const end = async (outcome: 'succeeded' | 'failed', ids: string[], agoMs: number): Promise<void> => {
    await engine.add(...ids);
    for (const one of await take(session, ids.length)) {
      await settle(session, [one, outcomes[outcome]]);
      const raw = (await engine.client.hget(engine.keys.jobs, one.id)) ?? '';
      const record = JSON.parse(raw);
      record.options.run[1] = session.now() - agoMs;
      await engine.client.hset(engine.keys.jobs, one.id, JSON.stringify(record));
      if (outcome === 'failed') {
        await engine.client.zadd(engine.keys.failedOrder, session.now() - agoMs, one.id);
      }
    }
  };
  const prune = (limits: Partial<RetentionLimits> = {}) =>
    pruneFinished(engine, { ...ALL, ...limits }, session.now());
  const left = async (state: 'succeeded' | 'failed'): Promise<string[]> =>
    (await engine.queries.page(state, 0, 1_000)).map(({ id }) => id);

  it('removes the oldest where there are more than are kept, however many', async () => {
    await end(
      'succeeded',
      Array.from({ length: 130 }, (_, at) => `s${at}`),
      0,
    );
    await engine.add(...Array.from({ length: 1_240 }, (_, at) => `f${at}`));
    await archiveAll(
      { ...engine, queue: 'spec' },
      { state: 'waiting', filter: {}, note: { by: 'spec', at: 1 } },
    );
    await end('failed', ['newest'], 0);

    expect(await prune({ keepSucceeded: 10, keepFailed: 20 })).to.equal(120 + 1_221);

    expect(await left('succeeded'))
      .to.include('s129')
      .and.have.length(10);
    expect(await left('failed'))
      .to.include('newest')
      .and.have.length(20);
    expect(await engine.client.hlen(engine.keys.jobs)).to.equal(30);
    expect(await prune({ keepSucceeded: 10, keepFailed: 20 })).to.equal(0);
  });

  for (const [state, ageMs] of [
    ['succeeded', HOUR_MS],
    ['failed', 2 * HOUR_MS],
  ] as const) {
    it(`removes ${state} jobs that are too old, and no others`, async () => {
      await end(state, ['old', 'older'], ageMs + 60_000);
      await end(state, ['young'], ageMs - 60_000);

      expect(await prune()).to.equal(2);

      expect(await left(state)).to.deep.equal(['young']);
      expect(await engine.queries.counts()).to.include({ [state]: 1 });
      expect(await engine.client.hlen(engine.keys.jobs)).to.equal(1);
    });

    it(`removes more ${state} jobs than one step takes`, async () => {
      const ids = Array.from({ length: 250 }, (_, at) => `job-${at}`);
      await end(state, ids, ageMs + 60_000);

      expect(await prune()).to.equal(250);

      expect(await engine.client.hlen(engine.keys.jobs)).to.equal(0);
    });
  }

  it('removes nothing a second time', async () => {
    await end('succeeded', ['old'], 2 * HOUR_MS);
    await prune();

    expect(await prune()).to.equal(0);
  });

  it('goes by the time of adding where no run is noted', async () => {
    await end('succeeded', ['old'], 0);
    const raw = (await engine.client.hget(engine.keys.jobs, 'old')) ?? '';
    const record = JSON.parse(raw);
    delete record.options.run;
    await engine.client.hset(engine.keys.jobs, 'old', JSON.stringify(record));

    expect(await prune()).to.equal(1);
  });

  it('is not held up by a job that a stock client removed', async () => {
    await end('succeeded', ['theirs', 'old'], 2 * HOUR_MS);
    await engine.client.hdel(engine.keys.jobs, 'theirs');
    await engine.client.srem(engine.keys.succeeded, 'theirs');

    expect(await prune()).to.equal(1);

    expect(await engine.client.llen(engine.keys.succeededOrder)).to.equal(0);
  });

  it('leaves a job that was offered again meanwhile', async () => {
    await end('failed', ['old'], 3 * HOUR_MS);
    await engine.store.retry('old', 0);

    expect(await prune()).to.equal(0);

    expect(await engine.waiting()).to.deep.equal(['old']);
  });
});
