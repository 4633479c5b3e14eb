import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { openEngine } from '../../support/engine.ts';
import { modelRuns } from '../../support/model-runs.ts';
import { PriorityQueue, priorityCommands } from '../model/priority-queue.ts';

/** The same every time, and one that is new every time; fast-check prints the one it failed with. */
const SEEDS = [7, randomInt(2 ** 31)];
const RUNS_PER_SEED = modelRuns(100);

describe('a queue with priorities, in any interleaving', () => {
  for (const [index, seed] of SEEDS.entries()) {
    const name = index === SEEDS.length - 1 ? 'a seed drawn for this run' : `seed ${seed}`;

    it(`serves the higher first and keeps the order within one, from ${name}`, async () => {
      const property = fc.asyncProperty(priorityCommands, async (commands) => {
        const engine = openEngine();
        try {
          const queue = new PriorityQueue(engine);
          for (const command of commands) {
            const { taken, expected } = await queue.step(command);
            expect(taken).to.deep.equal(expected);
          }
          const { taken, expected } = await queue.finish();
          expect(taken).to.deep.equal(expected);
        } finally {
          await engine.close();
        }
      });
      await fc.assert(property, { seed, numRuns: RUNS_PER_SEED });
    });
  }
});
