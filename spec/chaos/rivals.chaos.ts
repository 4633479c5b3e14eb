import { expect } from 'chai';
import { namesOf } from '../../lib/names-of.ts';
import { ENGINES, engineRule } from './engines.ts';
import { runChaos } from './run.ts';

/** Long enough for a handful of faults. */
const MINUTES = 0.3;

describe('a short run of chaos on another engine', function () {
  this.timeout(600_000);

  for (const engine of namesOf(ENGINES)) {
    if (engine === 'apiary') continue;
    it(`has ${engine} take part with all that it has, and says what was found`, async () => {
      const { acknowledged, attempts, crimes, faults, repeats } = await runChaos({
        ...{ engine, seed: 224, minutes: MINUTES, topology: 'standalone', durability: 'everysec' },
        ...{ everyMs: 120, replicas: 0, beside: null, version: 'this', say: () => undefined },
      });

      console.log(`      ${JSON.stringify({ engine, acknowledged, attempts, crimes, faults, repeats })}`);
      // What is found is the engine's; that it took part is ours.
      expect(Object.keys(acknowledged)).to.have.members([...engineRule(engine).features]);
      expect(attempts).to.be.greaterThan(0);
      expect(Object.keys(faults)).to.include.members(['workerKilled', 'redisKilled', 'wireCut']);
    });
  }
});
