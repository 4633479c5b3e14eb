import { readFileSync } from 'node:fs';
import { coresOf, costsOf, measuredSchema } from './calibrate.ts';
import { type Simulated, simulate } from './shards.ts';

/** Prints the simulated against the measured runs, and the table of sizes: `npx tsx spec/simulation/table.ts`. */
const measured = measuredSchema.parse(
  JSON.parse(readFileSync(new URL('measured.json', import.meta.url), 'utf8')),
);
const costs = costsOf(measured.runs);
/** A tenth of the calls, each ten times as large: an outage of seconds is long beside either. */
const coarse = {
  ...costs,
  redisCallUs: costs.redisCallUs * 10,
  redisJobUs: costs.redisJobUs * 10,
  nodeCallUs: costs.nodeCallUs * 10,
  nodeJobUs: costs.nodeJobUs * 10,
};
const BASE = { networkUs: 100, perSecond: null, outage: null, concurrency: 100 } as const;
console.log(JSON.stringify(costs));
for (const run of measured.runs) {
  const { perSecond } = simulate(
    { ...BASE, ...run, primaries: 3, cores: coresOf(run), perSecond: null, forUs: 1e6 },
    costs,
  );
  console.log(
    `${run.shards} x ${run.workers} x ${run.concurrency}: ${run.perSecond} measured, ${Math.round(perSecond)} simulated`,
  );
}
console.log(
  '| shards | workers | jobs/s | pick-up p50 / p99 at half of that | longest gap, primary away 5 s: its shards / others |',
);
for (const shards of [1, 2, 4, 8, 16, 32, 64]) {
  for (const workers of [1, 10, 100, 1_000]) {
    const size = { ...BASE, shards, workers, primaries: shards, cores: null };
    const full = simulate({ ...size, forUs: 3e5 }, costs);
    const half = simulate({ ...size, perSecond: full.perSecond / 2, forUs: 2e5 }, costs);
    const hit = simulate({ ...size, outage: { atUs: 2e6, forUs: 5e6 }, forUs: 12e6 }, coarse);
    console.log(row(shards, workers, { full, half, hit }));
  }
}

function row(
  shards: number,
  workers: number,
  { full, half, hit }: Record<'full' | 'half' | 'hit', Simulated>,
): string {
  const ms = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
  const { p50, p99 } = half.pickUpMs;
  const gaps = `${(hit.longestGapMs.hit / 1_000).toFixed(1)} s / ${shards === 1 ? '-' : `${(hit.longestGapMs.others / 1_000).toFixed(1)} s`}`;
  return `| ${shards} | ${workers.toLocaleString('en')} | ${Math.round(full.perSecond).toLocaleString('en')} | ${ms(p50)} / ${ms(p99)} ms | ${gaps} |`;
}
