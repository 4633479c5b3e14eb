import { carryWhatCan } from '../links/hand-over.ts';
import type { JobFilter } from '../record/job-filter.ts';
import { type BulkDeps, forEach } from '../repairs/bulk.ts';
import type { BulkResult } from '../repairs/gathering.ts';
import { type Kept, type MovableState, moveJobs } from './move-jobs.ts';
import type { MoveOrder } from './moved-record.ts';

/** Of so many jobs that stay it is said why. */
export const MOST_LEFT = 20;

/** Moves all jobs of a state that pass a filter to another queue, those of a list in their order. */
export async function moveAll(
  deps: BulkDeps,
  { state, filter, order }: { state: MovableState; filter: JobFilter; order: MoveOrder },
): Promise<BulkResult> {
  // What an earlier call has left on the way.
  await carryWhatCan(deps);
  const left: string[] = [];
  const result = await forEach(deps, { state, filter, withRecords: true }, async ({ jobs, within, list }) => {
    const { moved, kept } = await moveJobs(deps, { state, jobs, within, list }, order);
    const told = kept.slice(0, MOST_LEFT - left.length).map(toldOf);
    left.push(...told);
    if (told.length > 0) await deps.pace?.({ looked: 0, matched: 0, done: 0, passed: null, left: told });
    return moved.length;
  });
  return { ...result, left };
}

function toldOf({ id, code, why }: Kept): string {
  return `job ${id} was not moved: ${why} (${code})`;
}
