import type { Inspector, JobInfo, JobPage, JobState } from '../../inspector/inspector.ts';

/** Which jobs are read: those of a state from one position up to another, which is not among them. */
export interface Stretch {
  state: JobState;
  from: number;
  /** `Infinity` for all. */
  to: number;
  newestFirst: boolean;
}

/** Jobs may be large: so many of them are in memory at a time. */
const STEP = 100;

/** Reads jobs in steps, each job once: one that is added meanwhile moves the others on, so that some are met again. */
export async function* readInSteps(
  inspector: Inspector,
  queue: string,
  { state, from, to, newestFirst }: Stretch,
): AsyncGenerator<JobInfo[]> {
  const met = new Set<string>();
  for (let at = from; at < to; at += STEP) {
    const query = { state, cursor: String(at), limit: Math.min(STEP, to - at), newestFirst };
    const page: JobPage = await inspector.jobs(queue, query);
    const fresh = page.jobs.filter(({ id }) => !met.has(id));
    for (const { id } of fresh) met.add(id);
    yield fresh;
    if (page.cursor === null) return;
  }
}
