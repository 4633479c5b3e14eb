import { expect } from 'chai';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { Queue } from '../../lib/engine/bee/queue.ts';
import { keepHouse } from '../../lib/worker/housekeeping.ts';
import { SpecQueues } from '../support/queues.ts';
import { everyKey, REPLACEMENTS, replaceBy } from '../support/wrong-keys.ts';

const RETENTION = { succeededMs: 60_000, failedMs: 60_000, keepSucceeded: 1_000, keepFailed: 10_000 };

describe('keeping house', () => {
  let queues: SpecQueues;
  let bad: Queue;
  let good: Queue;

  beforeEach(async () => {
    queues = new SpecQueues();
    const settings = { isWorker: false, getEvents: false };
    bad = queues.ours(settings, `${queues.name}-bad`);
    good = queues.ours(settings, `${queues.name}-good`);
    await Promise.all([bad.ready(), good.ready()]);
    // Of a queue in which nothing ever was no sample is taken.
    await good.createJob(1).save();
  });

  afterEach(() => queues.close());

  /** Keeps house once; resolves with the troubles that were told. */
  async function keepOnce(): Promise<{ queue: string; duty: string }[]> {
    const troubles: { queue: string; duty: string }[] = [];
    let pauses = 0;
    let tellEnd = (): void => {};
    const ended = new Promise<void>((resolve) => {
      tellEnd = resolve;
    });
    const sleep: Clock['sleep'] = (ms, signal) => {
      if (ms < 10_000) return systemClock.sleep(ms, signal);
      pauses++;
      if (pauses === 1) return Promise.resolve();
      tellEnd();
      return systemClock.sleep(ms, signal);
    };
    const times = { keep: async (): Promise<void> => undefined };
    const report = {
      troubled: (queue: string, duty: string): void => void troubles.push({ queue, duty }),
      strays: (): void => undefined,
    };
    const loop = keepHouse({
      queues: [bad, good],
      retention: RETENTION,
      times,
      clock: { ...systemClock, sleep },
      report,
    });
    await ended;
    await loop.stop();
    return troubles;
  }

  for (const type of REPLACEMENTS) {
    it(`goes on in the next queue, whichever key of the first is a ${type}`, async () => {
      for (const { kind, key } of everyKey('bq', bad.name)) {
        await replaceBy(bad.client, key, type);
        await good.client.del(good.keys.samples);

        const troubles = await keepOnce();

        expect(await good.client.hlen(good.keys.samples), kind).to.equal(1);
        expect(new Set(troubles.map(({ queue }) => queue)), kind).not.to.include(good.name);
        await bad.client.del(key);
      }
    });
  }

  it('does the other duties of a queue one of which fails, and says which it is', async () => {
    await bad.client.hset(bad.keys.stats, 'succeeded:1', 5);
    await replaceBy(bad.client, bad.keys.samples, 'string');

    const troubles = await keepOnce();

    expect(troubles).to.deep.equal([{ queue: bad.name, duty: 'sample' }]);
    expect(await bad.client.exists(bad.keys.stats)).to.equal(0);
  });
});
