import { type NewJob, recordOf } from '../record/new-job.ts';
import type { Sealing } from '../record/private.ts';

/** How many jobs one call of a script stores: Redis works on it while the next one is written out. */
const SAVE_CHUNK = 250;

/** Cuts jobs into as many as one call stores; each is asked for when its chunk is. */
export function* chunksOf(jobs: Iterable<NewJob>): Generator<NewJob[], undefined> {
  let chunk: NewJob[] = [];
  for (const job of jobs) {
    if (chunk.push(job) < SAVE_CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Writes jobs out as `save.lua` takes them; `mark` as of a `Route`. */
export function saveArgs(jobs: readonly NewJob[], sealing: Sealing, mark: string): (string | number)[] {
  const args: (string | number)[] = mark === '' ? [] : [`@${mark}`, 0];
  for (let from = 0; from < jobs.length; ) from = pushAlike(args, jobs, from, sealing);
  return args;
}

/** Writes out jobs that share their start, which is said once; returns where the next others begin. */
function pushAlike(
  args: (string | number)[],
  jobs: readonly NewJob[],
  from: number,
  sealing: Sealing,
): number {
  const start = jobs[from]?.start ?? '';
  const countAt = args.push(start, 0) - 1;
  let at = from;
  for (let job = jobs[at]; job?.start === start; job = jobs[++at]) args.push(job.id, recordOf(job, sealing));
  args[countAt] = at - from;
  return at;
}
