import { expect } from 'chai';
import { hotKeys, limitKeys, type TroubledQueue, troubledQueue } from '../support/key-trouble.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

/** So many ends without a word tell that nothing touches the key at the moment. */
const ENDS = 30;
const limits = {
  concurrency: 20,
  perKey: { concurrency: 2, rate: { count: 500, perMs: 1_000 } },
  fair: true,
};

describe('a key of another type under load', function () {
  this.timeout(120_000);

  /** Breaks each key until it is told of, or nothing comes of it; resolves with what was told without the key's name. */
  async function breakEach(queue: TroubledQueue, keys: readonly string[]): Promise<string[]> {
    const unnamed: string[] = [];
    for (const [at, key] of keys.entries()) {
      const before = queue.ended;
      const type = at % 2 === 0 ? 'string' : 'stream';
      await queue.breakKey(key, type, () =>
        until(() => queue.told.length > 0 || queue.ended > before + ENDS, `${key} is told of`),
      );
      unnamed.push(...queue.unnamed);
      await until(() => queue.ended > before, 'the work goes on');
    }
    return unnamed;
  }

  for (const set of [null, limits]) {
    it(`loses no job${set ? ' of a queue with limits' : ''}, and is told by name`, async () => {
      const queue = await troubledQueue(redisUrl(), set);
      try {
        await until(() => queue.ended > ENDS, 'the work goes on');

        const unnamed = await breakEach(queue, [
          ...hotKeys(queue.keys),
          ...(set ? limitKeys(queue.keys) : []),
        ]);

        expect((await queue.drain()).open).to.deep.equal([]);
        expect(unnamed).to.deep.equal([]);
      } finally {
        await queue.close();
      }
    });
  }
});
