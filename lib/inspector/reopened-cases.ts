import { newestFailed } from '../engine/queries/newest-failed.ts';
import { type Failure, failureOf, fingerprintOf } from '../engine/record/fingerprint.ts';
import { type CaseMark, isResolved, noteReopening, readMarks } from '../engine/repairs/case-marks.ts';
import type { ShardRooms } from './queue-rooms.ts';

/** A kind of failure that was resolved and is seen again. */
export interface ReopenedCase {
  queue: string;
  fingerprint: string;
  /** What the newest job that failed so is known by. */
  failure: Failure;
  /** That job, and when it failed, epoch ms. */
  jobId: string;
  at: number;
  /** What was said before. */
  mark: CaseMark;
}

/** How many of the newest failed jobs are looked at. */
const MOST_LOOKED_AT = 1_000;

/** Finds the kinds of failure of a queue that were resolved and are seen again, and notes each once. */
export async function noteReopened(rooms: ShardRooms): Promise<ReopenedCase[]> {
  const [home] = rooms;
  const resolved = [...(await readMarks(home))].filter(([, mark]) => isResolved(mark));
  if (resolved.length === 0) return [];
  const told: ReopenedCase[] = [];
  for (const seen of (await seenAgain(rooms, new Map(resolved))).values()) {
    const mark = await noteReopening(home, seen.fingerprint, seen.at);
    if (mark !== null) told.push({ ...seen, mark });
  }
  return told;
}

type Seen = Omit<ReopenedCase, 'mark'>;

/** The newest job of each of these kinds that has failed since it was resolved. */
async function seenAgain(
  rooms: ShardRooms,
  resolved: ReadonlyMap<string, CaseMark>,
): Promise<Map<string, Seen>> {
  const since = Math.min(...[...resolved.values()].map(({ at }) => at));
  const seen = new Map<string, Seen>();
  const [{ queue }] = rooms;
  let looked = 0;
  for await (const { job, score } of newestFailed(rooms)) {
    const at = score ?? 0;
    // They come newest first.
    if (at <= since || ++looked > MOST_LOOKED_AT || seen.size === resolved.size) break;
    const failure = failureOf(queue, job.record.options);
    const fingerprint = fingerprintOf(failure);
    const mark = resolved.get(fingerprint);
    if (mark === undefined || at <= mark.at || seen.has(fingerprint)) continue;
    seen.set(fingerprint, { queue, fingerprint, failure, jobId: job.id, at });
  }
  return seen;
}
