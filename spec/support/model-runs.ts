/**
 * How many cases a model is tried with: a fifth of `full`, which is enough to find what a change breaks at large. With
 * MODEL_RUNS=full, as `npm run test:long` sets it, all.
 */
export function modelRuns(full: number): number {
  return process.env['MODEL_RUNS'] === 'full' ? full : Math.ceil(full / 5);
}
