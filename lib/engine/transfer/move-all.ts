import { carryWhatCan } from '../links/hand-over.ts';
import type { JobFilter } from '../record/job-filter.ts';
import { type BulkDeps, forEach } from '../repairs/bulk.ts';
import type { BulkResult } from '../repairs/gathering.ts';
import type { Candidate } from '../repairs/withdraw.ts';
import { type Kept, type MovableState, moveJobs } from './move-jobs.ts';
import { type MoveOrder, targetOf } from './moved-record.ts';

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
    let count = 0;
    for (const [to, some] of await byTarget(jobs, order)) {
      const { moved, kept } = await moveJobs(deps, { state, jobs: some, within, list }, { ...order, to });
      const told = kept.slice(0, MOST_LEFT - left.length).map(toldOf);
      left.push(...told);
      if (told.length > 0) await deps.pace?.({ looked: 0, matched: 0, done: 0, passed: null, left: told });
      count += moved.length;
    }
    return count;
  });
  return { ...result, left };
}

/** The jobs by the queue that they go to, in their order. */
async function byTarget(
  jobs: readonly Candidate[],
  order: MoveOrder,
): Promise<ReadonlyMap<string, Candidate[]>> {
  const targets = new Map<string, Candidate[]>();
  for (const job of jobs) {
    const { id, raw } = job;
    const to = raw === null ? order.to : await targetOf({ id, raw }, order);
    targets.set(to, [...(targets.get(to) ?? []), job]);
  }
  return targets;
}

function toldOf({ id, code, why }: Kept): string {
  return `job ${id} was not moved: ${why} (${code})`;
}
