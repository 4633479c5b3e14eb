import { type MetJob, newestJobs } from '../engine/queries/newest-jobs.ts';
import { failureOf, fingerprintOf } from '../engine/record/fingerprint.ts';
import { requireWhole } from '../field-checks.ts';
import { requireObject } from '../require-given.ts';
import type { Room } from './room.ts';

/** Failed jobs of one type whose newest errors are alike. */
export interface FailureGroup {
  /** A short text fit for a URL; `{ fingerprint }` is the filter of exactly these jobs. */
  fingerprint: string;
  type: string;
  /** Of the newest of them; '' where no error was kept. */
  message: string;
  count: number;
  /** When the newest of them failed for good, epoch ms, and its id. */
  newestAt: number;
  newestId: string;
}

/** The failed jobs of a queue in groups, the most frequent first. */
export interface FailureGroups {
  /** How many jobs were looked at, the newest, and how many have failed in all. */
  scanned: number;
  total: number;
  groups: FailureGroup[];
}

/** Looks at what the failed jobs of a queue died of; `inspector.failures`. */
export class FailureInspector {
  readonly #room: (queue: string) => Room;

  constructor(room: (queue: string) => Room) {
    this.#room = room;
  }

  /**
   * Groups the newest failed jobs, 1,000 of them unless `most` (1 to 10,000) says otherwise, by type and what their
   * newest error is known by. `retryAll` and `removeAll` with the fingerprint of a group act on all of it, looked at
   * here or not. Throws JOB_INVALID for a `most` that cannot be.
   */
  async groups(queue: string, options: { most?: number } = {}): Promise<FailureGroups> {
    const { most = 1_000 } = requireObject('failures.groups', 'most', options);
    requireWhole('most', most, { least: 1, most: 10_000 });
    const room = this.#room(queue);
    const groups = new Map<string, FailureGroup>();
    let scanned = 0;
    for await (const met of newestJobs(room, { state: 'failed', cursor: null })) {
      if (scanned === most) break;
      scanned++;
      count(groups, queue, met);
    }
    const { failed } = await room.queries.counts();
    return {
      scanned,
      total: Math.max(scanned, failed),
      groups: [...groups.values()].sort(
        (one, other) => other.count - one.count || other.newestAt - one.newestAt,
      ),
    };
  }
}

function count(groups: Map<string, FailureGroup>, queue: string, { job, score }: MetJob): void {
  const failure = failureOf(queue, job.record.options);
  const fingerprint = fingerprintOf(failure);
  const known = groups.get(fingerprint);
  if (known) {
    known.count++;
    return;
  }
  const { type, message } = failure;
  groups.set(fingerprint, { fingerprint, type, message, count: 1, newestAt: score ?? 0, newestId: job.id });
}
