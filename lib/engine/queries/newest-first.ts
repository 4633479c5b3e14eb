import { ApiaryError } from '../../errors.ts';
import type { JobState, QueueKeys } from '../keys.ts';
import { hasLines, namesOfLines, readLists } from '../limits/lines.ts';
import type { RedisClient } from '../scripts.ts';

/** What walking the jobs of a queue works with. */
export interface WalkDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** An id in a state, and where to go on behind it. */
export interface Spot {
  id: string;
  cursor: string;
  /** When a delayed job is due, or one failed for good (epoch ms); null in other states. */
  score: string | null;
}

/** How many ids are read at a time. */
export const WINDOW = 150;
/**
 * By how much each window reaches into the one before: what is given back to the head of a list, or leaves a sorted
 * set, moves the others past a window's edge.
 */
const OVERLAP = 50;
/** How many lists are looked at in one round trip. */
const LISTS_AT_ONCE = 150;

/**
 * Walks the ids of one state, newest first: last added, last to come due, last ended. It begins behind `cursor`, or at
 * the newest there is. What comes meanwhile is out of sight; what moves meanwhile may come twice. Waiting jobs of a
 * queue with limits come list by list, each newest first. Throws JOB_INVALID for a cursor that cannot be.
 */
export function newestFirst(deps: WalkDeps, state: JobState, cursor: string | null): AsyncGenerator<Spot[]> {
  const place = cursor === null ? null : parsePlace(cursor);
  switch (state) {
    case 'delayed':
      return downSorted(deps.client, deps.keys.delayed, place);
    case 'failed':
      return downSorted(deps.client, deps.keys.failedOrder, place);
    default:
      return downLists(deps, state, place && requireDistance(place, state));
  }
}

/** Where an id stands: its score in a sorted set, or its distance from the right end of a list; and its id or list. */
interface CursorPlace {
  at: string;
  in: string;
}

function parsePlace(cursor: string): CursorPlace {
  const [, at, within] = /^(-?inf|[\d.e+-]+) (.*)$/s.exec(cursor) ?? [];
  if (at === undefined || within === undefined || Number.isNaN(toScore(at))) throw badCursor();
  return { at, in: within };
}

function requireDistance(place: CursorPlace, state: JobState): CursorPlace {
  const distance = Number(place.at);
  const isOfState = state === 'waiting' || place.in === '';
  if (!Number.isSafeInteger(distance) || distance < 1 || !isOfState) throw badCursor();
  return place;
}

function badCursor(): ApiaryError {
  const message = 'cursor must be one that a search of this state gave';
  return new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'cursor', message }] });
}

/**
 * Goes by ranks, as to skip many of one score costs Redis a step for each. A rank may be old when it is used, so the
 * window begins earlier, and what was passed already is left out.
 */
async function* downSorted(
  client: RedisClient,
  key: string,
  place: CursorPlace | null,
): AsyncGenerator<Spot[]> {
  for (let passed = place; ; ) {
    const start = passed === null ? 0 : Math.max(0, (await rankOf(client, key, passed)) - OVERLAP);
    const reply = await client.zrange(key, start, String(start + OVERLAP + WINDOW - 1), 'REV', 'WITHSCORES');
    const places = toPlaces(reply);
    const fresh = places.filter((one) => passed === null || isBehind(one, passed));
    if (fresh.length === 0 && places.length < OVERLAP + WINDOW) return;
    yield fresh.map((one) => ({ id: one.in, cursor: `${one.at} ${one.in}`, score: one.at }));
    passed = places.at(-1) ?? passed;
  }
}

/**
 * The rank of a place from the highest score down; of one that is gone, that of the first with its score or a lower
 * one.
 */
async function rankOf(client: RedisClient, key: string, { at, in: id }: CursorPlace): Promise<number> {
  const [score, rank, higher] = await Promise.all([
    client.zscore(key, id),
    client.zrevrank(key, id),
    client.zcount(key, `(${at}`, '+inf'),
  ]);
  return score === at && rank !== null ? rank : higher;
}

/** Redis orders equal scores by the bytes of the ids. */
function isBehind(one: CursorPlace, other: CursorPlace): boolean {
  if (one.at !== other.at) return toScore(one.at) < toScore(other.at);
  return Buffer.compare(Buffer.from(one.in), Buffer.from(other.in)) < 0;
}

function toScore(text: string): number {
  return Number(text.replace('inf', 'Infinity'));
}

function toPlaces(reply: readonly string[]): CursorPlace[] {
  return reply.flatMap((id, index) => (index % 2 === 0 ? [{ in: id, at: reply[index + 1] ?? '' }] : []));
}

/** A list and the name by which cursors tell it; the order of names is that in which the lists are walked. */
interface NamedList {
  name: string;
  list: string;
}

/** A part of a list by distances from its right end, which adding at the left does not change. */
interface Part extends NamedList {
  farthest: number;
  nearest: number;
  /** What it reaches into the part before. */
  overlap: number;
}

async function* downLists(
  deps: WalkDeps,
  state: 'waiting' | 'active' | 'succeeded',
  place: CursorPlace | null,
): AsyncGenerator<Spot[]> {
  const lists = (await listsOf(deps, state)).filter(({ name }) => name >= (place?.in ?? ''));
  for (let from = 0; from < lists.length; from += LISTS_AT_ONCE) {
    const some = lists.slice(from, from + LISTS_AT_ONCE);
    for (const parts of windowsOf(await measured(deps.client, some, place))) {
      const read = await Promise.all(parts.map((part) => readPart(deps.client, part)));
      yield read.flat();
    }
  }
}

async function listsOf(
  { client, keys }: WalkDeps,
  state: 'waiting' | 'active' | 'succeeded',
): Promise<NamedList[]> {
  if (state === 'active') return [{ name: '', list: keys.active }];
  if (state === 'succeeded') return [{ name: '', list: keys.succeededOrder }];
  const waiting = { name: '', list: keys.waiting };
  if (!(await hasLines({ client, keys }))) return [waiting];
  // In this order jobs only move from lists that come earlier to those that come later, but for those that run.
  const lines = (await namesOfLines({ client, keys })).sort();
  const named = lines.map((line) => ({ name: `:${line}`, list: keys.line(line) }));
  return [waiting, ...named, { name: '~', list: keys.front }];
}

async function measured(
  client: RedisClient,
  lists: readonly NamedList[],
  place: CursorPlace | null,
): Promise<(NamedList & { length: number })[]> {
  const read = await readLists(
    client,
    lists.map(({ list }) => list),
  );
  return lists.map((one, at) => {
    const length = read[at]?.length ?? 0;
    return { ...one, length: one.name === place?.in ? Math.min(length, Number(place.at) - 1) : length };
  });
}

/** Cuts lists into parts, and puts parts together that are read at a time. */
function* windowsOf(lists: readonly (NamedList & { length: number })[]): Generator<Part[]> {
  let window: Part[] = [];
  let size = 0;
  for (const { name, list, length } of lists) {
    for (let farthest = length; farthest > 0; farthest -= WINDOW) {
      const nearest = Math.max(1, farthest - WINDOW + 1);
      const more = farthest - nearest + 1;
      if (size + more > WINDOW) {
        yield window;
        window = [];
        size = 0;
      }
      window.push({ name, list, farthest, nearest, overlap: farthest === length ? 0 : OVERLAP });
      size += more;
    }
  }
  if (window.length > 0) yield window;
}

/** What is left of a list that became shorter is at its right end, so places are counted from there. */
async function readPart(
  client: RedisClient,
  { name, list, farthest, nearest, overlap }: Part,
): Promise<Spot[]> {
  const ids = await client.lrange(list, -farthest - overlap, -nearest);
  return ids.map((id, at) => ({ id, cursor: `${nearest + ids.length - 1 - at} ${name}`, score: null }));
}
