import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import type { RedisClient } from '../../lib/engine/scripts.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { silentLog } from '../support/log.ts';
import { modelRuns } from '../support/model-runs.ts';
import { redisTarget } from '../support/redis.ts';
import { interleavings } from './model/command.ts';
import { Interleaving } from './model/interleaving.ts';
import { RealQueue } from './model/real-queue.ts';

/** The same every time, and one that is new every time; fast-check prints the one it failed with. */
const SEEDS = [1, 2, 3, randomInt(2 ** 31)];
const RUNS_PER_SEED = modelRuns(150);

describe('the engine beside a model of it', () => {
  let client: RedisClient;

  before(() => {
    client = connect(redisTarget(), 'commands', { log: silentLog });
  });

  after(() => closeClient(client));

  for (const [index, seed] of SEEDS.entries()) {
    const name = index === SEEDS.length - 1 ? 'a seed drawn for this run' : `seed ${seed}`;

    it(`holds what the model says after every step of any interleaving, from ${name}`, async () => {
      const property = fc.asyncProperty(interleavings, async (commands) => {
        const interleaving = new Interleaving(new RealQueue(client));
        for (const command of commands) await interleaving.step(command);
      });
      await fc.assert(property, { seed, numRuns: RUNS_PER_SEED });
    });
  }
});
