import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { RedisClient } from '../../lib/engine/scripts.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { silentLog } from '../support/log.ts';
import { modelRuns } from '../support/model-runs.ts';
import { redisTarget } from '../support/redis.ts';
import { interleavings } from './model/command.ts';
import { RealQueue } from './model/real-queue.ts';
import { faultsOf, Storm } from './model/storm.ts';

/** The same every time, and one that is new every time; fast-check prints the one it failed with. */
const SEEDS = [4, randomInt(2 ** 31)];
const RUNS_PER_SEED = modelRuns(500);
const AT_ONCE = 6;

describe('the engine under several clients at once', () => {
  let clients: [RedisClient, RedisClient, RedisClient];

  before(() => {
    const open = (): RedisClient => connect(redisTarget(), 'commands', { log: silentLog });
    clients = [open(), open(), open()];
  });

  after(() => Promise.all(clients.map(closeClient)));

  for (const [index, seed] of SEEDS.entries()) {
    const name = index === SEEDS.length - 1 ? 'a seed drawn for this run' : `seed ${seed}`;

    it(`has each job in one place and each claim once, from ${name}`, async () => {
      const property = fc.asyncProperty(interleavings, async (commands) => {
        const real = new RealQueue(...clients);
        const storm = new Storm(real);
        for (let from = 0; from < commands.length; from += AT_ONCE) {
          await Promise.all(commands.slice(from, from + AT_ONCE).map((command) => storm.act(command)));
          expect(faultsOf(await real.picture())).to.deep.equal([]);
        }
      });
      await fc.assert(property, { seed, numRuns: RUNS_PER_SEED });
    });
  }
});
