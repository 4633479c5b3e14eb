import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { coresOf, costsOf, measuredSchema } from './calibrate.ts';
import { simulate } from './shards.ts';

const FILE = new URL('measured.json', import.meta.url);
const BASE = { networkUs: 100, perSecond: null, outage: null, cores: null, concurrency: 100 } as const;
const { runs } = measuredSchema.parse(JSON.parse(readFileSync(FILE, 'utf8')));
const costs = costsOf(runs);

describe('the simulation of a queue over shards', () => {
  for (const run of runs.filter(({ concurrency }) => concurrency === 100)) {
    const { shards, workers } = run;
    it(`tells what ${shards} shards and ${workers} workers were measured at, within 20 %`, () => {
      const cores = coresOf(run);
      const told = simulate({ ...BASE, shards, workers, primaries: 3, cores, forUs: 1e6 }, costs);
      expect(told.perSecond / run.perSecond).to.be.within(0.8, 1.2);
    });
  }

  it('has more shards carry more, as far as there are primaries and workers for them', () => {
    const at = (shards: number): number =>
      simulate({ ...BASE, shards, primaries: shards, workers: 20, forUs: 2e5 }, costs).perSecond;
    expect(at(4)).to.be.above(1.7 * at(1));
  });

  it('has a primary that is away hold up its own shards alone', () => {
    const outage = { atUs: 1e6, forUs: 5e6 };
    const { longestGapMs } = simulate(
      { ...BASE, shards: 4, primaries: 4, workers: 2, outage, forUs: 8e6 },
      costs,
    );
    expect(longestGapMs.hit).to.be.within(5_000, 5_500);
    expect(longestGapMs.others).to.be.below(500);
  });

  it('says the same each time', () => {
    const setting = { ...BASE, shards: 3, primaries: 3, workers: 3, perSecond: 2_000, forUs: 1e5 };
    expect(simulate(setting, costs)).to.deep.equal(simulate(setting, costs));
  });
});
