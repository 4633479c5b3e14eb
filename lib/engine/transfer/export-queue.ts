import { ApiaryError } from '../../errors.ts';
import { namesOf } from '../../names-of.ts';
import type { JobState } from '../keys.ts';
import { readLimits } from '../limits/limits.ts';
import type { WalkDeps } from '../queries/newest-first.ts';
import { newestRecords } from '../queries/newest-jobs.ts';
import { parseRecord } from '../record/record.ts';
import { toSchedule } from '../schedules/schedule.ts';
import { ScheduleStore } from '../schedules/schedule-store.ts';
import { exportGroups } from './export-groups.ts';
import type { Moved } from './moved.ts';

/** What was exported, and where to go on behind it. */
export type Exported = Moved & { cursor: string };

/** Goes through a part of a queue, from behind a place on, null for all of it; each comes with its place. */
type Walk = (deps: WalkDeps, behind: string | null) => AsyncGenerator<[moved: Moved, behind: string]>;

/** The places of what is found in no order are all the same: one goes on at its beginning. */
const BEGINNING = '';

/**
 * The parts, in their order. Jobs go on in this direction, so one that moves while it is walked comes twice rather than
 * not at all.
 */
const PARTS = {
  limits: walkLimits,
  schedules: walkSchedules,
  groups: walkGroups,
  delayed: ofState('delayed'),
  waiting: ofState('waiting'),
  active: ofState('active'),
  succeeded: ofState('succeeded'),
  failed: ofState('failed'),
} as const satisfies Record<JobState, Walk> & Record<string, Walk>;

/**
 * Reads all of a queue that goes elsewhere, in steps between which Redis serves others: its limits, its schedules, the
 * jobs in groups, then those of each state, newest first. A cursor goes on behind what had it. A job that moves
 * meanwhile may come twice. Records that are no JSON of ours are passed over. Throws JOB_INVALID for a cursor that
 * cannot be.
 */
export async function* exportQueue(deps: WalkDeps, cursor: string | null): AsyncGenerator<Exported> {
  const names = namesOf(PARTS);
  const place = cursor === null ? null : readCursor(cursor);
  const from = place === null ? 0 : names.indexOf(place.part);
  for (const name of names.slice(from)) {
    const start = place?.part === name && place.behind !== BEGINNING ? place.behind : null;
    for await (const [moved, behind] of PARTS[name](deps, start)) {
      yield { ...moved, cursor: `${name}:${behind}` };
    }
  }
}

function readCursor(cursor: string): { part: keyof typeof PARTS; behind: string } {
  const at = cursor.indexOf(':');
  const part = namesOf(PARTS).find((one) => one === cursor.slice(0, Math.max(0, at)));
  if (part !== undefined) return { part, behind: cursor.slice(at + 1) };
  const message = 'cursor must be one that an export of this queue gave';
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'cursor', message }] });
}

async function* walkLimits({ client, keys }: WalkDeps): AsyncGenerator<[Moved, string]> {
  const note = await readLimits(client, keys);
  if (note !== null) yield [{ kind: 'limits', note }, BEGINNING];
}

async function* walkSchedules({ client, keys }: WalkDeps): AsyncGenerator<[Moved, string]> {
  for await (const found of new ScheduleStore(client, keys).scan()) {
    for (const { schedule, paused, fired } of found) {
      const counted = schedule.limit !== undefined && { fired };
      yield [{ kind: 'schedule', schedule: toSchedule(schedule), paused, ...counted }, BEGINNING];
    }
  }
}

async function* walkGroups(deps: WalkDeps): AsyncGenerator<[Moved, string]> {
  for await (const member of exportGroups(deps)) yield [member, BEGINNING];
}

function ofState(state: JobState): Walk {
  return async function* walkState(deps, behind) {
    const { client, keys } = deps;
    const hasSignals = (await client.exists(keys.signals)) === 1;
    for await (const { id, raw, score, behind: next } of newestRecords(deps, { state, cursor: behind })) {
      if (parseRecord(raw) === null) continue;
      const signals = hasSignals ? await client.hget(keys.signals, id) : null;
      yield [{ kind: 'job', id, state, at: score, record: raw, ...(signals && { signals }) }, next];
    }
  };
}
