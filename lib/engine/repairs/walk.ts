import type { RedisClient } from '../scripts.ts';
import type { Stretch } from './withdraw.ts';

/** Ids that were found together, and in a list also where. */
export interface Group {
  ids: string[];
  within: Stretch | null;
  /** How many of them were in no group before. */
  fresh: number;
  /** The score of the last of them; null in a list. */
  score: string | null;
}

/** What part of a sorted set is walked; default all of it. */
export interface ScoreRange {
  /** The score from which on. */
  from?: string | null;
  /** The score up to which. */
  until?: number | null;
}

/** How many ids are read at a time. */
const WINDOW = 150;
/**
 * By how much each window reaches into the one before: jobs that are given back to the head of a list while it is
 * walked move the others past a window's edge.
 */
const OVERLAP = 50;
/** How far jobs may move in a list between being read and being taken out. */
const DRIFT = 500;

/** A part of a list, by distances from its right end. */
export interface Part {
  from: number;
  /** Less than `from`. */
  to: number;
}

/**
 * Walks the ids that are in a list when it begins, or in a part of it, from the left to the right, in groups. Positions
 * are counted from the right end: what is added at the left meanwhile is out of sight, and what is taken from the right
 * only moves those behind it closer, so that some come twice.
 */
export async function* walkList(client: RedisClient, key: string, part?: Part): AsyncGenerator<Group> {
  const { from: start, to } = part ?? { from: await client.llen(key), to: 0 };
  for (let from = start; from > to; from -= WINDOW - OVERLAP) {
    const ids = await client.lrange(key, -from, Math.min(-1, WINDOW - 1 - from));
    if (ids.length === 0) continue;
    const within = { farthest: from + DRIFT, nearest: Math.max(1, from - WINDOW - DRIFT) };
    yield { ids, within, fresh: Math.min(ids.length, WINDOW - OVERLAP), score: null };
  }
}

/**
 * Walks the ids of a sorted set by ascending score, in groups, up to the highest score there is when it begins. What
 * is added below that meanwhile comes too, if the walk has not passed it.
 */
export async function* walkSorted(
  client: RedisClient,
  key: string,
  { from = null, until = null }: ScoreRange = {},
): AsyncGenerator<Group> {
  const [, highest] = await client.zrange(key, 0, '0', 'REV', 'WITHSCORES');
  if (highest === undefined) return;
  const last = until === null || Number(highest) <= until ? highest : String(until);
  let passed: ScoredId = { score: from ?? '-inf', id: Buffer.alloc(0) };
  let skipped = 0;
  for (;;) {
    const limit = ['LIMIT', skipped, WINDOW] as const;
    const reply = await client.zrange(key, passed.score, last, 'BYSCORE', ...limit, 'WITHSCORES');
    if (reply.length === 0) return;
    const places = toPlaces(reply).filter((place) => isBehind(place, passed));
    // As many as a window holds have the very score at which the last one ended.
    skipped = places.length === 0 ? skipped + WINDOW : 0;
    passed = places.at(-1) ?? passed;
    const ids = places.map(({ id }) => id.toString());
    if (ids.length > 0) yield { ids, within: null, fresh: ids.length, score: passed.score };
  }
}

/** Where an id stands in a sorted set: Redis orders equal scores by the bytes of the ids. */
interface ScoredId {
  score: string;
  id: Buffer;
}

function toPlaces(reply: readonly string[]): ScoredId[] {
  const places: ScoredId[] = [];
  for (let at = 0; at < reply.length; at += 2) {
    places.push({ id: Buffer.from(reply[at] ?? ''), score: reply[at + 1] ?? '' });
  }
  return places;
}

function isBehind(place: ScoredId, { score, id }: ScoredId): boolean {
  return place.score !== score || Buffer.compare(place.id, id) > 0;
}
