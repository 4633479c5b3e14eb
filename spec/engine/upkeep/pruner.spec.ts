import { expect } from 'chai';
import type { Session } from '../../../lib/engine/session/session.ts';
import { pruneFinished } from '../../../lib/engine/upkeep/pruner.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';

const HOUR_MS = 3_600_000;
const AGES = { succeededMs: HOUR_MS, failedMs: 2 * HOUR_MS };

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
  const prune = () => pruneFinished(engine, AGES, session.now());
  const left = async (state: 'succeeded' | 'failed'): Promise<string[]> =>
    (await engine.queries.page(state, 0, 1_000)).map(({ id }) => id);

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
