import { ApiaryError } from '../../errors.ts';
import { JOB_STATES, type JobState } from '../keys.ts';
import type { WalkDeps } from '../queries/newest-first.ts';
import { newestJobs } from '../queries/newest-jobs.ts';
import { parseRecord } from '../record/record.ts';
import type { MovedJob } from './moved-job.ts';

/** A job that was exported, and where to go on behind it. */
export interface ExportedJob extends MovedJob {
  cursor: string;
}

/** Jobs go on in this direction, so one that moves while it is walked comes twice rather than not at all. */
const ORDER = ['delayed', 'waiting', 'active', 'succeeded', 'failed'] as const satisfies JobState[];

/**
 * Reads every job of a queue that is in one of the five states, state by state, newest first, in steps between which
 * Redis serves others. A cursor goes on behind the job that had it. One that moves meanwhile may come twice. Records
 * that are no JSON of ours are passed over. Throws JOB_INVALID for a cursor that cannot be.
 */
export async function* exportJobs(deps: WalkDeps, cursor: string | null): AsyncGenerator<ExportedJob> {
  const place = cursor === null ? null : readCursor(cursor);
  const from = place === null ? 0 : ORDER.indexOf(place.state);
  for (const state of ORDER.slice(from)) {
    const behind = place?.state === state ? place.behind : null;
    for await (const { job, score, behind: next, raw } of newestJobs(deps, { state, cursor: behind })) {
      if (parseRecord(raw) === null) continue;
      yield { id: job.id, state, at: score, record: raw, cursor: `${state}:${next}` };
    }
  }
}

function readCursor(cursor: string): { state: (typeof ORDER)[number]; behind: string } {
  const at = cursor.indexOf(':');
  const state = JOB_STATES.find((one) => one === cursor.slice(0, Math.max(0, at)));
  if (state !== undefined) return { state, behind: cursor.slice(at + 1) };
  const message = 'cursor must be one that an export of this queue gave';
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'cursor', message }] });
}
