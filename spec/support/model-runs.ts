/**
 * How many cases a property is tried with: a fifth of `full`, which finds what breaks it at large. With MODEL_RUNS=full,
 * as `npm run test:long` sets it, all.
 */
export function modelRuns(full: number): number {
  return process.env['MODEL_RUNS'] === 'full' ? full : Math.ceil(full / 5);
}
