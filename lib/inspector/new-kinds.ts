import { type KnownCases, noteKnownCases, readKnownCases } from '../engine/alerts/known-cases.ts';
import { newestFailed } from '../engine/queries/newest-failed.ts';
import { type Failure, failureOf, fingerprintOf, withoutVariables } from '../engine/record/fingerprint.ts';
import { CLOSED_TEXT } from '../engine/record/private.ts';
import { type CaseMark, readMarks } from '../engine/repairs/case-marks.ts';
import type { ShardRooms } from './queue-rooms.ts';
import type { Room } from './room.ts';

/** A kind of failure that was not seen before, or that is back after somebody said that it is resolved. */
export interface NewKind {
  fingerprint: string;
  type: string;
  /** Of its error; the message without what varies from job to job, and so without names of people. */
  errorName: string;
  message: string;
  /** The newest job that failed so. */
  jobId: string;
  /** What somebody had said who took it for resolved, in which version and when; null for a kind that is new. */
  resolved: Pick<CaseMark, 'version' | 'at'> | null;
}

/** What a look at the failures of a queue found, and what is to be noted once it is told. */
export interface NewKinds {
  kinds: NewKind[];
  /** All that were met, and up to which time. */
  met: readonly string[];
  until: number;
}

/** How many of the newest failed jobs are looked at: the first time, and later of those that failed since. */
const MOST_AT_FIRST = 1_000;
const MOST_SINCE = 200;

/**
 * Looks which kinds of failure of a queue are new since the last look, or, where nobody has looked yet, among all that
 * failed after `startedAt`, epoch ms. It changes nothing: see {@link noteKinds}. Null where nothing has failed since.
 * What was looked at up to a time behind `now` counts as not looked at: the clock of Redis was set back since.
 */
export async function findNewKinds(
  rooms: ShardRooms,
  { startedAt, now }: { startedAt: number; now: number },
): Promise<NewKinds | null> {
  const [home] = rooms;
  const stored = await readKnownCases(home);
  const known = stored.until !== null && stored.until > now ? { ...stored, until: null } : stored;
  const { met, fresh, until } = await meet(rooms, { since: known.until, startedAt });
  if (met.size === 0) return null;
  const marks = await readMarks(home);
  const kinds = [...fresh.values()].flatMap((one) => newKind(one, known, marks.get(one.fingerprint)) ?? []);
  const toNote = kindsToNote(met, kinds, known);
  return toNote.length === 0 && until === known.until ? null : { kinds, met: toNote, until };
}

/** Notes in the first shard that these kinds are known by now, the time by the clock of Redis. */
export function noteKinds(home: Room, { met, until }: NewKinds, now: number): Promise<void> {
  // A time in the future, which another program has stored, must not hide what comes until then.
  return noteKnownCases(home, { fingerprints: met, until: Math.min(until, now), now });
}

interface MetKind {
  fingerprint: string;
  failure: Failure;
  jobId: string;
  at: number;
  /** Whether its job is encrypted, so that its message leaves Redis nowhere else. */
  isPrivate: boolean;
}

interface Met {
  /** Each kind by its newest job. */
  met: Map<string, MetKind>;
  /** Those of them that had not failed before `startedAt`. */
  fresh: Map<string, MetKind>;
  until: number;
}

/** Meets the kinds of the newest failed jobs; those that failed in the very millisecond `since` once more. */
async function meet(
  rooms: ShardRooms,
  { since, startedAt }: { since: number | null; startedAt: number },
): Promise<Met> {
  const met = new Map<string, MetKind>();
  const old = new Set<string>();
  const most = since === null ? MOST_AT_FIRST : MOST_SINCE;
  let until = since ?? 0;
  let looked = 0;
  for await (const { job, score } of newestFailed(rooms)) {
    // One that another program has given no time is met each time, and hides none that come behind it.
    const at = Number.isFinite(score) ? (score ?? 0) : (since ?? 0);
    if ((since !== null && at < since) || ++looked > most) break;
    until = Math.max(until, at);
    const { options } = job.record;
    const failure = failureOf(rooms[0].queue, options);
    const fingerprint = fingerprintOf(failure);
    const isPrivate = options.encrypted === true;
    if (!met.has(fingerprint)) met.set(fingerprint, { fingerprint, failure, jobId: job.id, at, isPrivate });
    if (since === null && at < startedAt) old.add(fingerprint);
  }
  return { met, fresh: new Map([...met].filter(([fingerprint]) => !old.has(fingerprint))), until };
}

function newKind(met: MetKind, known: KnownCases, mark: CaseMark | undefined): NewKind | null {
  const { fingerprint, failure, jobId, at, isPrivate } = met;
  const knownAt = known.at.get(fingerprint);
  const { type, name: errorName, message } = failure;
  const shown = isPrivate ? CLOSED_TEXT : withoutVariables(message);
  const kind = { fingerprint, type, errorName, message: shown, jobId, resolved: null };
  if (mark?.verdict === 'ignored') return null;
  if (knownAt === undefined) return kind;
  const isBack = mark?.verdict === 'resolved' && at > mark.at && knownAt <= mark.at;
  return isBack ? { ...kind, resolved: mark } : null;
}

/** One that is known already need not be noted again, unless it is told again. */
function kindsToNote(
  met: ReadonlyMap<string, MetKind>,
  kinds: readonly NewKind[],
  known: KnownCases,
): string[] {
  const told = new Set(kinds.map(({ fingerprint }) => fingerprint));
  return [...met.keys()].filter((one) => told.has(one) || !known.at.has(one));
}
