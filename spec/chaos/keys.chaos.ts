import { expect } from 'chai';
import { hotKeys, limitKeys, TYPES, troubledQueue } from '../support/key-trouble.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { lasts } from './insist.ts';

const BROKEN_MS = Number(process.env['CHAOS_BROKEN_MS'] ?? 4_000);
const limits = {
  concurrency: 20,
  perKey: { concurrency: 2, rate: { count: 500, perMs: 1_000 } },
  fair: true,
};

describe('keys of another type under load', function () {
  this.timeout(3_600_000);
  let redis: SpecRedis;

  beforeEach(async () => {
    redis = await startRedis({ appendOnly: false });
  });
  afterEach(() => redis.stop());

  for (const set of [null, limits]) {
    it(`lose nothing, each of them for ${BROKEN_MS} ms${set ? ', in a queue with limits' : ''}`, async () => {
      const queue = await troubledQueue(redis.url, set);
      try {
        await lasts(500);
        const keys = [
          ...hotKeys(queue.keys),
          ...(set ? limitKeys(queue.keys) : []),
          ...(await queue.claims()),
        ];
        let faults = 0;
        const unnamed: string[] = [];
        for (const key of keys) {
          for (const type of TYPES) {
            await lasts(100);
            const wasBroken = await queue.breakKey(key, type, () => lasts(BROKEN_MS));
            if (!wasBroken) continue;
            faults++;
            unnamed.push(...queue.unnamed);
          }
        }
        const { acknowledged, open } = await queue.drain();
        console.log(
          `      ${faults} faults over ${keys.length} keys: acknowledged ${acknowledged}, not ended ${open.length}, ` +
            `errors without the name of a key ${unnamed.length}`,
        );
        expect(open).to.deep.equal([]);
        expect(unnamed).to.deep.equal([]);
      } finally {
        await queue.close();
      }
    });
  }
});
