import { ApiaryError } from '../../errors.ts';
import { JOB_STATES, type JobState } from '../keys.ts';
import type { WalkDeps } from './newest-first.ts';
import { type MetJob, newestJobs } from './newest-jobs.ts';

/** Behind which job of each state a walk goes on: null before the first, and no entry behind the last. */
type Places = Map<JobState, string | null>;

/** The walk of one state, and the job at which it stands. */
interface Head {
  state: JobState;
  walk: AsyncGenerator<MetJob>;
  met: MetJob;
}

/**
 * Reads the jobs of some states, each once: each state comes newest first as {@link newestJobs} has it, and of their
 * next ones that which was added last comes before the others. Throws JOB_INVALID for a cursor that cannot be.
 */
export async function* newestOfSome(
  deps: WalkDeps,
  states: readonly JobState[],
  cursor: string | null,
): AsyncGenerator<MetJob> {
  const places: Places =
    cursor === null ? new Map(states.map((state) => [state, null])) : readCursor(cursor, states);
  const begun = await Promise.all([...places.keys()].map((state) => begin(deps, state, places)));
  const heads = new Set(begun.filter((head) => head !== null));
  const seen = new Set<string>();
  while (heads.size > 0) {
    const head = [...heads].reduce((one, other) => (addedAt(other) > addedAt(one) ? other : one));
    const { state, walk, met } = head;
    places.set(state, met.behind);
    const next = await walk.next();
    if (next.done) {
      heads.delete(head);
      places.delete(state);
    } else head.met = next.value;
    // It may have moved on from one state to another meanwhile.
    if (!seen.has(met.job.id)) yield { ...met, behind: writeCursor(places) };
    seen.add(met.job.id);
  }
}

/** Null where there is none. */
async function begin(deps: WalkDeps, state: JobState, places: Places): Promise<Head | null> {
  const walk = newestJobs(deps, { state, cursor: places.get(state) ?? null });
  const first = await walk.next();
  if (!first.done) return { state, walk, met: first.value };
  places.delete(state);
  return null;
}

function addedAt({ met }: Head): number {
  const { timestamp } = met.job.record.options;
  return Number.isFinite(timestamp) ? timestamp : 0;
}

function writeCursor(places: Places): string {
  return JSON.stringify(Object.fromEntries(places));
}

function readCursor(cursor: string, states: readonly JobState[]): Places {
  try {
    const read: unknown = JSON.parse(cursor);
    if (isPlaces(read))
      return new Map(
        states.flatMap((state) => (Object.hasOwn(read, state) ? [[state, read[state] ?? null]] : [])),
      );
  } catch {
    // No JSON, so no cursor.
  }
  const message = 'cursor must be one that a search of these states gave';
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'cursor', message }] });
}

function isPlaces(value: unknown): value is Partial<Record<JobState, string | null>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  // Behind the last of all there is no cursor.
  if (entries.length === 0) return false;
  return entries.every(
    ([name, place]) =>
      JOB_STATES.some((state) => state === name) && (place === null || typeof place === 'string'),
  );
}
