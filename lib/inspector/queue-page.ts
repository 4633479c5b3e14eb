import type { UnreadableQueue, VisitedQueues } from '../engine/discovery/each-queue.ts';
import { requireWhole } from '../field-checks.ts';
import { requireNamed } from '../require-given.ts';
import type { QueueCensus } from './census.ts';
import type { QueueInfo } from './queue-info.ts';

/** Which part of the list of queues is wanted. */
export interface QueuePageQuery {
  /** As a page gave it; default the first page. */
  cursor?: string | null;
  /** How many queues at most, 1 to 1,000; default 100. */
  limit?: number;
  /** Only queues whose names begin so; default all. */
  prefix?: string;
  /** Only queues of which it says yes; default all. */
  only?: (name: string) => boolean;
}

/** A page of queues, by name. */
export interface QueuePage {
  queues: QueueInfo[];
  /** Those of the page that could not be read, and what is wrong with each. */
  unreadable: UnreadableQueue[];
  /** Of the next page; null at the end. */
  cursor: string | null;
}

const MOST_PER_PAGE = 1_000;
const PAGE_NAMES: readonly (keyof QueuePageQuery)[] = ['cursor', 'limit', 'prefix', 'only'];

/** What reading a page works with. */
interface QueuePageDeps {
  census: QueueCensus;
  eachQueue<Value>(
    names: readonly string[],
    visit: (name: string) => Promise<Value>,
  ): Promise<VisitedQueues<Value>>;
  queue(name: string): Promise<QueueInfo>;
}

/** Reads a page of queues. Throws JOB_INVALID for a limit that cannot be. */
export async function readQueuePage(deps: QueuePageDeps, query: QueuePageQuery): Promise<QueuePage> {
  const { names, cursor } = namesOfPage(await deps.census.names(), query);
  const { read, unreadable } = await deps.eachQueue(names, (name) => deps.queue(name));
  return { queues: read.map(([, info]) => info), unreadable, cursor };
}

/** Which names a page is of, and the cursor of the next: a name, so that queues which come and go shift nothing. */
function namesOfPage(
  all: readonly string[],
  query: QueuePageQuery,
): { names: string[]; cursor: string | null } {
  const given = requireNamed('inspector.queues', PAGE_NAMES, query);
  const { cursor = null, limit = 100, prefix = '', only = () => true } = given;
  requireWhole('limit', limit, { least: 1, most: MOST_PER_PAGE });
  const names: string[] = [];
  for (const name of all) {
    if (!name.startsWith(prefix) || (cursor !== null && name <= cursor) || !only(name)) continue;
    if (names.length === limit) return { names, cursor: names.at(-1) ?? null };
    names.push(name);
  }
  return { names, cursor: null };
}
