import type { JobState } from '../engine/keys.ts';
import { isJobState } from '../engine/queries/queries.ts';
import type { JobFilter } from '../engine/record/job-filter.ts';
import type { StoredBulkRun } from '../engine/repairs/bulk-run-store.ts';
import { type BulkName, isBulkName } from './bulk-operations.ts';

/** How a run stands: it waits for somebody to begin, goes on, is about to stop, or has ended in one of three ways. */
export type BulkRunStatus = 'waiting' | 'running' | 'stopping' | 'done' | 'stopped' | 'failed';

/** A run that changes many jobs, as it is shown. */
export interface BulkRunInfo {
  id: string;
  operation: BulkName;
  /** Whether the jobs are counted only. */
  dryRun: boolean;
  queue: string;
  /** Of the jobs that pass the filter; of single ones it says nothing. */
  state: JobState;
  filter: JobFilter;
  /** How many single jobs it is about; null where the filter tells. */
  chosen: number | null;
  /** The queue that they are moved to; null for what moves none. */
  to: string | null;
  /** The queues of all jobs that it is about, and that which they go to; none where that is not known any more. */
  queues: readonly string[];
  by: string;
  /** Epoch ms by Redis's clock, as is `endedAt`. */
  at: number;
  endedAt: number | null;
  status: BulkRunStatus;
  stoppedBy: string | null;
  /** Why it could not go on. */
  error: string | null;
  /** How many jobs are to be looked at, and how many were. */
  total: number;
  looked: number;
  /** How many of them it is about, and to how many it was done; others had moved on. */
  matched: number;
  done: number;
  /** The first of single jobs, and of moved ones, that were left alone, and why. */
  left: readonly string[];
}

/** Shows a stored run; null for one of a later version. */
export function toBulkRunInfo(run: StoredBulkRun): BulkRunInfo | null {
  const { ids, holder, leaseUntil, passed, shard, operation, state, looked, total, queues, to, ...shown } =
    run;
  if (!isBulkName(operation) || !isJobState(state)) return null;
  const status = statusOf(run);
  return {
    ...shown,
    ...{ operation, state, status, total },
    looked: status === 'done' ? total : Math.min(looked, total),
    chosen: ids === null ? null : total,
    to: to ?? null,
    queues: ids === null ? withTarget([run.queue], to) : withTarget(queues ?? [], to),
  };
}

/** Of which nothing is known any more, stays none. */
function withTarget(queues: readonly string[], to: string | undefined): string[] {
  return queues.length === 0 || to === undefined ? [...queues] : [...new Set([...queues, to])];
}

function statusOf({ endedAt, error, stoppedBy, holder }: StoredBulkRun): BulkRunStatus {
  if (endedAt !== null) {
    if (error !== null) return 'failed';
    return stoppedBy === null ? 'done' : 'stopped';
  }
  if (stoppedBy !== null) return 'stopping';
  return holder === null ? 'waiting' : 'running';
}
