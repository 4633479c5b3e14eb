import { isWhole } from '../field-checks.ts';
import type { JobInfo } from './job-info.ts';
import type { JobPage, JobPageQuery } from './job-page.ts';
import { MOST_PER_PAGE, readStart } from './page-start.ts';
import type { JobSearch, JobSearchResult } from './search.ts';

/** Reads a page of one shard. */
type ReadPage = (shard: string, query: JobPageQuery) => Promise<JobPage>;

/** Between the places of the shards in a cursor. */
const BETWEEN = '.';

/**
 * Reads a page over shards: of what each would show next, that comes first which came first, or last. The cursor says
 * how far each shard was shown. Throws JOB_INVALID for a cursor or limit that cannot be.
 */
export async function mergedPage(
  shards: readonly string[],
  query: JobPageQuery,
  read: ReadPage,
): Promise<JobPage> {
  const { cursor = null, limit = 100, newestFirst = true } = query;
  const starts = (cursor ?? '').split(BETWEEN).map((one) => readStart(one === '' ? null : one));
  const pages = await Promise.all(
    shards.map((shard, at) => read(shard, { ...query, cursor: String(starts[at] ?? 0) })),
  );
  const shown = shards.map(() => 0);
  const jobs: JobInfo[] = [];
  while (jobs.length < limit) {
    const next = firstOf(pages, shown, newestFirst);
    if (next === null) break;
    jobs.push(next.job);
    shown[next.at] = (shown[next.at] ?? 0) + 1;
  }
  const hasMore = pages.some((page, at) => page.cursor !== null || (shown[at] ?? 0) < page.jobs.length);
  const places = shards.map((_, at) => (starts[at] ?? 0) + (shown[at] ?? 0));
  return { jobs, cursor: hasMore && jobs.length > 0 ? places.join(BETWEEN) : null };
}

function firstOf(
  pages: readonly JobPage[],
  shown: readonly number[],
  newestFirst: boolean,
): { at: number; job: JobInfo } | null {
  let first: { at: number; job: JobInfo } | null = null;
  for (const [at, page] of pages.entries()) {
    const job = page.jobs[shown[at] ?? 0];
    if (!job) continue;
    const isBefore = first === null || timeOf(job) > timeOf(first.job) === newestFirst;
    if (isBefore) first = { at, job };
  }
  return first;
}

function timeOf({ finishedAt, createdAt }: JobInfo): number {
  return finishedAt ?? createdAt;
}

/** Searches one shard. */
type SearchShard = (shard: string, search: JobSearch) => Promise<JobSearchResult>;

/** Where a search over shards stands in each: not begun, at a cursor, or at the end. */
type Places = (string | null | false)[];

/**
 * Searches shards: each that is not at its end yet is asked for its part of what is wanted, and what comes is put in
 * the order of the newest. Throws JOB_INVALID as a search of one does.
 */
export async function mergedSearch(
  shards: readonly string[],
  given: JobSearch,
  { search, countOf }: { search: SearchShard; countOf: (shard: string) => Promise<number> },
): Promise<JobSearchResult> {
  const { cursor = null, limit = 100, most = 10_000 } = given;
  const places = placesIn(cursor, shards.length);
  const open = shards.map((_, at) => at).filter((at) => places[at] !== false);
  // Of what cannot be asked, one of them says what is wrong.
  const isAskable = isWhole(limit, 1, MOST_PER_PAGE) && isWhole(most, 1, Number.MAX_SAFE_INTEGER);
  const asked = open.slice(0, isAskable ? limit : 1);
  const results = await Promise.all(
    asked.map((at, nth) => {
      const own = { limit: part(limit, asked.length, nth), most: Math.max(1, part(most, asked.length, nth)) };
      return search(shards[at] ?? '', { ...given, ...(asked.length > 1 && own), cursor: places[at] || null });
    }),
  );
  for (const [nth, at] of asked.entries()) places[at] = results[nth]?.cursor ?? false;
  const totals = await Promise.all(shards.map(countOf));
  const sum = (of: 'scanned' | 'closed'): number => results.reduce((all, one) => all + one[of], 0);
  return {
    jobs: results.flatMap((one) => one.jobs).sort((one, other) => other.createdAt - one.createdAt),
    ...{ scanned: sum('scanned'), closed: sum('closed') },
    total: totals.reduce((all, one) => all + one, 0),
    cursor: places.every((place) => place === false) ? null : writePlaces(places),
  };
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
