import { JOB_STATES } from '../engine/keys.ts';
import { isWhole } from '../field-checks.ts';
import { MOST_PER_PAGE } from './page-start.ts';
import type { ShardRooms } from './queue-rooms.ts';
import type { Room } from './room.ts';
import { type JobSearch, type JobSearchResult, searchQueue } from './search.ts';

/** Where a search over shards stands in each: not begun, at a cursor, or at the end. */
type Places = (string | null | false)[];

/**
 * Searches shards: each that is not at its end yet is asked for its part of what is wanted, and what comes is put in
 * the order of the newest. Throws JOB_INVALID as a search of one does.
 */
export async function mergedSearch(rooms: ShardRooms, given: JobSearch): Promise<JobSearchResult> {
  const { cursor = null, limit = 100, most = 10_000 } = given;
  const places = placesIn(cursor, rooms.length);
  const open = [...rooms.entries()].filter(([at]) => places[at] !== false);
  // Of what cannot be asked, one of them says what is wrong.
  const isAskable = isWhole(limit, 1, MOST_PER_PAGE) && isWhole(most, 1, Number.MAX_SAFE_INTEGER);
  const asked = open.slice(0, isAskable ? limit : 1);
  const results = await Promise.all(
    asked.map(([at, room], nth) => {
      const own = { limit: part(limit, asked.length, nth), most: Math.max(1, part(most, asked.length, nth)) };
      return searchQueue(room, { ...given, ...(asked.length > 1 && own), cursor: places[at] || null });
    }),
  );
  for (const [nth, [at]] of asked.entries()) places[at] = results[nth]?.cursor ?? false;
  const totals = await Promise.all(rooms.map((room) => totalOf(room, given)));
  const sum = (of: 'scanned' | 'closed'): number => results.reduce((all, one) => all + one[of], 0);
  return {
    jobs: results.flatMap((one) => one.jobs).sort((one, other) => other.createdAt - one.createdAt),
    ...{ scanned: sum('scanned'), closed: sum('closed') },
    total: totals.reduce((all, one) => all + one, 0),
    cursor: places.every((place) => place === false) ? null : writePlaces(places),
  };
}

async function totalOf({ queries }: Room, { state = JOB_STATES }: JobSearch): Promise<number> {
  const counts = await queries.counts();
  const isMeant = (one: string): boolean =>
    typeof state === 'string' ? one === state : state.some((some) => some === one);
  return JOB_STATES.filter(isMeant).reduce((sum, one) => sum + counts[one], 0);
}

function part(whole: number, parts: number, at: number): number {
  return Math.floor(whole / parts) + (at < whole % parts ? 1 : 0);
}

function writePlaces(places: Places): string {
  return Buffer.from(JSON.stringify(places)).toString('base64url');
}

/** What is no cursor of ours is handed on, for the search to refuse it. */
function placesIn(cursor: string | null, count: number): Places {
  const none: Places = Array.from({ length: count }, () => cursor);
  if (cursor === null) return none;
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(read) || read.length > count) return none;
    return none.map((_, at) => {
      const place: unknown = read[at] ?? null;
      return place === false || typeof place === 'string' ? place : null;
    });
  } catch {
    return none;
  }
}
