import { expect } from 'chai';
import { comparable, readSamples, takeSample } from '../../../lib/engine/queries/samples.ts';
import { deleteQueue } from '../../../lib/engine/repairs/delete-queue.ts';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { join } from '../../support/group.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

describe('the samples of a queue', () => {
  let engine: SpecEngine;
  let session: Session;

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
  });
  afterEach(() => engine.close());

  const kept = () => engine.client.hgetall(engine.keys.samples);

  describe('takeSample', () => {
    it('counts what has not ended, wherever it waits, and what has', async () => {
      await engine.add('a', 'b', 'c', 'waits');
      const [a, b] = (await take(session, 3)) as [Taken, Taken, Taken];
      await settle(session, [a, outcomes.succeeded], [b, outcomes.failed]);
      await engine.save('delayed', {}, { inMs: HOUR_MS });
      await join(engine, ['grouped'], { name: 'ada' });

      expect(await takeSample(engine)).to.equal(true);

      const { now, before } = await readSamples(engine);
      expect(now).to.include({ unfinished: 4, succeeded: 1, failed: 1 });
      expect(before).to.have.length(1);
      expect(before[0]).to.include({ unfinished: 4, succeeded: 1, failed: 1 });
      expect(before[0]?.at).to.be.closeTo(session.now(), 10_000);
    });

    it('keeps the first of a minute', async () => {
      await engine.add('a');
      const minute = await minuteNow();
      // Whichever minute it is by then.
      for (const one of [minute, minute + 1]) await keep(one);
      const before = await kept();

      expect(await takeSample(engine)).to.equal(false);

      expect(await kept()).to.deep.equal(before);
    });

    it('forgets those of more than two hours ago, and no others', async () => {
      await engine.add('a');
      const minute = await minuteNow();
      for (const ago of [118, 120, 5_000]) await keep(minute - ago);

      await takeSample(engine);

      const left = Object.keys(await kept()).map((one) => minute - Number(one));
      expect(left.filter((ago) => ago > 1)).to.deep.equal([118]);
    });

    it('leaves a queue alone in which there never was a job', async () => {
      expect(await takeSample(engine)).to.equal(false);

      expect(await engine.client.exists(engine.keys.samples)).to.equal(0);
    });

    it('goes on when all jobs are gone, and ends with the queue', async () => {
      await engine.add('a');
      await settle(session, [(await take(session, 1))[0] as Taken, outcomes.succeeded]);
      await engine.store.remove('a');

      expect(await takeSample(engine)).to.equal(true);
      await deleteQueue(engine, { force: true });

      expect(await engine.client.exists(engine.keys.samples)).to.equal(0);
      expect(await takeSample(engine)).to.equal(false);
    });
  });

  const minuteNow = async (): Promise<number> => Math.floor(Number((await engine.client.time())[0]) / 60);
  const keep = (minute: number): Promise<number> =>
    engine.client.hset(engine.keys.samples, String(minute), `${minute * MINUTE_MS} 1 0 0`);

  describe('comparable', () => {
    const midnight = Date.UTC(2026, 1, 1);
    const beforeMidnight = `${midnight - MINUTE_MS} 5 100 10`;
    const afterMidnight = `${midnight + MINUTE_MS} 4 3 1`;

    it('counts on over midnight', () => {
      const { now, before } = comparable(
        [midnight + 2 * MINUTE_MS, 2, 8, 1, 120, 12],
        [afterMidnight, beforeMidnight],
      );

      expect(before.map(({ succeeded, failed }) => [succeeded, failed])).to.deep.equal([
        [100, 10],
        [123, 13],
      ]);
      expect(now).to.include({ succeeded: 128, failed: 13, unfinished: 2 });
    });

    it('leaves out what is older than two hours, or from a clock that went back', () => {
      const { before } = comparable(
        [midnight, 0, 0, 0, 0, 0],
        [`${midnight - 2 * HOUR_MS} 1 1 1`, `${midnight - 1} 2 2 2`, afterMidnight],
      );

      expect(before.map(({ unfinished }) => unfinished)).to.deep.equal([2]);
    });
  });
});
