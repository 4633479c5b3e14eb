import { z } from 'zod';
import type { Costs } from './shards.ts';

/** What `spec/bench/shards.ts` has measured. */
export const measuredSchema = z.object({
  cores: z.number(),
  jobs: z.number(),
  runs: z.array(
    z.object({
      shards: z.number(),
      workers: z.number(),
      concurrency: z.number(),
      perSecond: z.number(),
      nodeUs: z.number(),
      redisUs: z.array(z.number()),
      callsPerJob: z.number(),
    }),
  ),
});

/** One run of it. */
export type MeasuredRun = z.infer<typeof measuredSchema>['runs'][number];

/**
 * What calls and jobs cost, by two runs of one shard and one worker that differ in how many jobs a call brings. All
 * other runs are left for the simulation to tell.
 */
export function costsOf(runs: readonly MeasuredRun[]): Costs {
  const alone = runs.filter(({ shards, workers }) => shards === 1 && workers === 1);
  const [large, small] = alone.sort((one, other) => other.concurrency - one.concurrency);
  if (!large || !small) throw new Error('two runs of one shard and one worker are needed');
  const more = small.callsPerJob - large.callsPerJob;
  const redisCallUs = (redisOf(small) - redisOf(large)) / more;
  const nodeCallUs = (small.nodeUs - large.nodeUs) / more;
  return {
    redisCallUs,
    nodeCallUs,
    redisJobUs: Math.max(0, redisOf(large) - redisCallUs * large.callsPerJob),
    nodeJobUs: Math.max(0, large.nodeUs - nodeCallUs * large.callsPerJob),
    // Two exchanges are under way, see the simulation.
    fill: 2 / large.callsPerJob / large.concurrency,
  };
}

/** µs of all primaries for a job. */
export function redisOf({ redisUs }: MeasuredRun): number {
  return redisUs.reduce((sum, one) => sum + one, 0);
}

/** How many cores a run was given, by what it used of them: others work on the machine. */
export function coresOf(run: MeasuredRun): number {
  return ((run.nodeUs + redisOf(run)) * run.perSecond) / 1e6;
}
