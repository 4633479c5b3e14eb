import { expect } from 'chai';
import { runChaos } from './run.ts';

/** Long enough for a handful of faults; the rest is what processes need to start and jobs to be run again. */
const MINUTES = 0.35;

describe('a short run of chaos', function () {
  this.timeout(400_000);

  it('loses nothing, leaves nothing stuck, and repeats nothing that no fault explains', async () => {
    const { findings, acknowledged, faults } = await runChaos({
      ...{ engine: 'apiary', seed: 224, minutes: MINUTES, topology: 'standalone', durability: 'everysec' },
      ...{ everyMs: 120, replicas: 0, beside: null, version: 'this', say: () => undefined },
    });

    expect(findings).to.deep.equal([]);
    expect(Object.keys(acknowledged)).to.include.members(['plain', 'keyed', 'stock']);
    // Where there is a C compiler, clocks are moved too.
    expect(Object.keys(faults)).to.include.members(['workerKilled', 'redisKilled', 'wireCut']);
  });
});
