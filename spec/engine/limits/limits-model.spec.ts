import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { openEngine } from '../../support/engine.ts';
import { modelRuns } from '../../support/model-runs.ts';
import { LimitedQueue, limitedCommands } from '../model/limited-queue.ts';

/** The same every time, and one that is new every time; fast-check prints the one it failed with. */
const SEEDS = [5, randomInt(2 ** 31)];
const RUNS_PER_SEED = modelRuns(100);

describe('a queue whose limits change, in any interleaving', () => {
  for (const [index, seed] of SEEDS.entries()) {
    const name = index === SEEDS.length - 1 ? 'a seed drawn for this run' : `seed ${seed}`;

    it(`loses no job, has none in two places, and leaves nothing, from ${name}`, async () => {
      const property = fc.asyncProperty(limitedCommands, async (commands) => {
        const engine = openEngine();
        try {
          const queue = new LimitedQueue(engine);
          for (const command of commands) {
            await queue.step(command);
            expect(await queue.faults()).to.deep.equal([]);
          }
          const left = await queue.finish();
          expect(queue.open).to.equal(0);
          expect(left).to.deep.equal([]);
        } finally {
          await engine.close();
        }
      });
      await fc.assert(property, { seed, numRuns: RUNS_PER_SEED });
    });
  }
});
