import { checkOptions, functionOption, textOption, wholeOption } from '../check-options.ts';
import type { UnreadableQueue, VisitedQueues } from '../engine/discovery/each-queue.ts';
import type { ScheduleInfo } from '../engine/schedules/schedules.ts';
import { ApiaryError } from '../errors.ts';
import type { QueueCensus } from './census.ts';

/** Which part of the list of schedules is wanted. */
export interface SchedulePageQuery {
  /** As a page gave it; default the first page. */
  cursor?: string | null;
  /** How many schedules at most, 1 to 1,000; default 100. */
  limit?: number;
  /** Only those of this queue; default of all. */
  queue?: string;
  /** Only those of queues of which this is true; default of all. */
  only?: (queue: string) => boolean;
}

/** A page of schedules, by queue and name. */
export interface SchedulePage {
  schedules: ScheduleInfo[];
  /** Queues on the way whose schedules could not be read, and what is wrong with each. */
  unreadable: UnreadableQueue[];
  /** Of the next page; null at the end. */
  cursor: string | null;
}

/** What reading a page works with. */
export interface SchedulePageDeps {
  census: QueueCensus;
  schedules: {
    names(queue: string): Promise<string[]>;
    listNamed(queue: string, names: readonly string[]): Promise<ScheduleInfo[]>;
  };
  eachQueue<Value>(
    names: readonly string[],
    visit: (name: string) => Promise<Value>,
  ): Promise<VisitedQueues<Value>>;
}

/** A schedule by its names. */
interface Place {
  queue: string;
  name: string;
}

const QUERY = {
  cursor: textOption.nullish(),
  limit: wholeOption(1, 1_000).optional(),
  queue: textOption.optional(),
  only: functionOption.optional(),
} satisfies Record<keyof SchedulePageQuery, unknown>;
/** How many are read at a time, and how many characters of data are enough. */
const READ_AT_ONCE = 20;
const MOST_TEXT = 16 * 1024 * 1024;
/** In how many queues names are looked for at a time. */
const QUEUES_AT_ONCE = 50;

/** Reads a page of the schedules of one queue or of all. Throws JOB_INVALID for what cannot be asked. */
export async function readSchedulePage(
  deps: SchedulePageDeps,
  query: SchedulePageQuery,
): Promise<SchedulePage> {
  checkOptions('inspector.schedulePage', QUERY, query, 'JOB_INVALID');
  const { cursor = null, limit = 100, queue, only = () => true } = query;
  const behind = cursor === null ? null : toPlace(cursor);
  const queues = (queue === undefined ? await deps.census.names() : [queue]).filter((name) => only(name));
  const { places, unreadable } = await findPlaces(deps, { queues, behind, most: limit + 1 });
  const { schedules, read, ...more } = await readPlaces(deps, places.slice(0, limit));
  const last = places.length > read ? places[read - 1] : undefined;
  unreadable.push(...more.unreadable);
  return { schedules, unreadable, cursor: last ? `${last.queue} ${last.name}` : null };
}

/** No name of a schedule has a space; that of a queue of stock bee-queue may. */
function toPlace(cursor: string): Place {
  const at = cursor.lastIndexOf(' ');
  const name = cursor.slice(at + 1);
  if (at > 0 && name !== '') return { queue: cursor.slice(0, at), name };
  const message = 'cursor must be one that a page of schedules gave';
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'cursor', message }] });
}

async function findPlaces(
  { schedules, eachQueue }: SchedulePageDeps,
  { queues, behind, most }: { queues: readonly string[]; behind: Place | null; most: number },
): Promise<{ places: Place[]; unreadable: UnreadableQueue[] }> {
  const places: Place[] = [];
  const unreadable: UnreadableQueue[] = [];
  const left = queues.filter((queue) => behind === null || queue >= behind.queue);
  for (let from = 0; from < left.length && places.length < most; from += QUEUES_AT_ONCE) {
    const visited = await eachQueue(left.slice(from, from + QUEUES_AT_ONCE), (name) => schedules.names(name));
    unreadable.push(...visited.unreadable);
    for (const [queue, names] of visited.read) {
      const fresh = names.filter((name) => behind?.queue !== queue || name > behind.name);
      places.push(...fresh.slice(0, most).map((name) => ({ queue, name })));
    }
  }
  return { places: places.slice(0, most), unreadable };
}

/**
 * Reads schedules in order, until their data are more than goes well into one answer; says how many were looked at, and
 * which queues have names that can be read and nothing else.
 */
async function readPlaces(
  { schedules, eachQueue }: SchedulePageDeps,
  places: readonly Place[],
): Promise<{ schedules: ScheduleInfo[]; read: number; unreadable: UnreadableQueue[] }> {
  const found: ScheduleInfo[] = [];
  const unreadable = new Map<string, UnreadableQueue>();
  let text = 0;
  for (let from = 0; from < places.length; from += READ_AT_ONCE) {
    const byQueue = new Map<string, string[]>();
    for (const { queue, name } of places.slice(from, from + READ_AT_ONCE))
      byQueue.set(queue, [...(byQueue.get(queue) ?? []), name]);
    const visited = await eachQueue([...byQueue.keys()], (queue) =>
      schedules.listNamed(queue, byQueue.get(queue) ?? []),
    );
    for (const one of visited.unreadable) unreadable.set(one.name, one);
    const some = visited.read.flatMap(([, infos]) => infos);
    found.push(...some);
    text += some.reduce((sum, { data }) => sum + JSON.stringify(data ?? null).length, 0);
    const read = Math.min(places.length, from + READ_AT_ONCE);
    if (text > MOST_TEXT) return { schedules: found, read, unreadable: [...unreadable.values()] };
  }
  return { schedules: found, read: places.length, unreadable: [...unreadable.values()] };
}
