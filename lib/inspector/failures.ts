import type { Clock } from '../clock.ts';
import { newestFailed } from '../engine/queries/newest-failed.ts';
import type { MetJob } from '../engine/queries/newest-jobs.ts';
import { failureOf, fingerprintOf, isFingerprint } from '../engine/record/fingerprint.ts';
import { type CaseMark, readMark, readMarks, writeMark } from '../engine/repairs/case-marks.ts';
import { ApiaryError } from '../errors.ts';
import { requireWhole } from '../field-checks.ts';
import { requireNamed } from '../require-given.ts';
import { type CaseOrder, toCaseMark } from './case-order.ts';
import { type CaseState, CaseTally, caseState, type FailureCase } from './failure-case.ts';
import type { QueueRooms, ShardRooms } from './queue-rooms.ts';
import { noteReopened, type ReopenedCase } from './reopened-cases.ts';

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
  /** How it stands, and what somebody has said of it; null for nothing. */
  state: CaseState;
  mark: CaseMark | null;
}

/** The failed jobs of a queue in groups, the most frequent first. */
export interface FailureGroups {
  /** How many jobs were looked at, the newest, and how many have failed in all. */
  scanned: number;
  total: number;
  groups: FailureGroup[];
}

/** How many of the newest failed jobs are looked at: 1 to 10,000, default 1,000. */
export interface FailuresQuery {
  most?: number;
}

/** What looking at failures works with. */
export interface FailuresDeps {
  rooms: QueueRooms;
  clock: Pick<Clock, 'now'>;
}

/** Looks at what the failed jobs of a queue died of; `inspector.failures`. */
export class FailureInspector {
  readonly #deps: FailuresDeps;

  constructor(deps: FailuresDeps) {
    this.#deps = deps;
  }

  /**
   * Groups the newest failed jobs, 1,000 of them unless `most` (1 to 10,000) says otherwise, by type and what their
   * newest error is known by. `retryAll` and `removeAll` with the fingerprint of a group act on all of it, looked at
   * here or not. Throws JOB_INVALID for a `most` that cannot be.
   */
  async groups(queue: string, options: FailuresQuery = {}): Promise<FailureGroups> {
    const most = mostOf('failures.groups', options);
    const rooms = await this.#deps.rooms.all(queue);
    const groups = new Map<string, FailureGroup>();
    const marks = await readMarks(rooms[0]);
    let scanned = 0;
    for await (const met of newestFailed(rooms)) {
      if (scanned === most) break;
      scanned++;
      count(groups, marks, queue, met);
    }
    const failed = await failedIn(rooms);
    return {
      scanned,
      total: Math.max(scanned, failed),
      groups: [...groups.values()].sort(
        (one, other) => other.count - one.count || other.newestAt - one.newestAt,
      ),
    };
  }

  /**
   * Looks at one kind of failure, by its fingerprint: when and where it happened to the jobs that are kept, and what
   * somebody has said of it. Null where none of the jobs looked at failed so and nobody has said anything. Throws
   * JOB_INVALID for a `most` that cannot be.
   */
  async case(queue: string, fingerprint: string, options: FailuresQuery = {}): Promise<FailureCase | null> {
    const most = mostOf('failures.case', options);
    const rooms = await this.#deps.rooms.all(queue);
    const mark = isFingerprint(fingerprint) ? await readMark(rooms[0], fingerprint) : null;
    const tally = new CaseTally(queue);
    let scanned = 0;
    for await (const { job, score } of newestFailed(rooms)) {
      if (scanned === most) break;
      scanned++;
      const failure = failureOf(queue, job.record.options);
      if (fingerprintOf(failure) === fingerprint) tally.add({ job, at: score ?? 0 });
    }
    const failed = await failedIn(rooms);
    const sum = tally.sum(this.#deps.clock.now());
    if (sum.count === 0 && mark === null) return null;
    const total = Math.max(scanned, failed);
    return { fingerprint, state: caseState(mark, sum.lastAt), mark, scanned, total, ...sum };
  }

  /**
   * Notes which kinds of failure that were resolved are seen again, among the newest 1,000 failed jobs, and resolves
   * with those that nobody has noted before: of several who ask, one is told of each.
   */
  async noteReopened(queue: string): Promise<ReopenedCase[]> {
    return noteReopened(await this.#deps.rooms.all(queue));
  }

  /**
   * Says of a kind of failure that it is ignored, resolved (in a version) or open, with a note; one that is left out
   * stays. A kind that is resolved counts as reopened once a job fails so again. It changes no job. Throws JOB_INVALID
   * for what cannot be, and where 1,000 other kinds of the queue are marked.
   */
  async mark(queue: string, fingerprint: string, order: CaseOrder, by: string): Promise<void> {
    if (!isFingerprint(fingerprint)) {
      const message = 'fingerprint must be one that a group of failures has: 16 hexadecimal digits';
      throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'fingerprint', message }] });
    }
    const { note, ...said } = toCaseMark(order, by);
    const home = this.#deps.rooms.home(queue);
    const kept = note === undefined ? ((await readMark(home, fingerprint))?.note ?? null) : note;
    await writeMark(home, fingerprint, { ...said, note: kept });
  }
}

async function failedIn(rooms: ShardRooms): Promise<number> {
  const counts = await Promise.all(rooms.map(({ queries }) => queries.counts()));
  return counts.reduce((sum, { failed }) => sum + failed, 0);
}

function mostOf(call: string, options: FailuresQuery): number {
  const { most = 1_000 } = requireNamed(call, ['most'], options);
  requireWhole('most', most, { least: 1, most: 10_000 });
  return most;
}

function count(
  groups: Map<string, FailureGroup>,
  marks: ReadonlyMap<string, CaseMark>,
  queue: string,
  { job, score }: MetJob,
): void {
  const failure = failureOf(queue, job.record.options);
  const fingerprint = fingerprintOf(failure);
  const known = groups.get(fingerprint);
  if (known) {
    known.count++;
    return;
  }
  const { type, message } = failure;
  const newestAt = score ?? 0;
  const mark = marks.get(fingerprint) ?? null;
  groups.set(fingerprint, {
    ...{ fingerprint, type, message, count: 1, newestAt, newestId: job.id },
    ...{ state: caseState(mark, newestAt), mark },
  });
}
