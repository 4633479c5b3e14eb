import type { JobState } from '../engine/keys.ts';
import type { JobInfo } from './job-info.ts';
import { toJobInfo } from './job-info.ts';
import { checkPageQuery, type JobPage, type JobPageQuery, readJobPage } from './job-page.ts';
import { readStart } from './page-start.ts';
import type { ShardRooms } from './queue-rooms.ts';

/** Between the places of the shards in a cursor. */
const BETWEEN = '.';

/** When a job came to where it stands in the order of its state, epoch ms. */
const TIME_OF: Readonly<Record<JobState, (job: JobInfo) => number>> = {
  waiting: ({ createdAt }) => createdAt,
  active: ({ startedAt, createdAt }) => startedAt ?? createdAt,
  delayed: ({ options: { runAt }, createdAt }) => runAt ?? createdAt,
  succeeded: ({ finishedAt, createdAt }) => finishedAt ?? createdAt,
  failed: ({ errors: [newest], finishedAt, createdAt }) => newest?.at ?? finishedAt ?? createdAt,
};

/**
 * Reads a page over shards: of what each would show next, that comes first which came first, or last. The cursor says
 * how far each shard was shown. A cursor that is one place of the whole, as of a queue that had no shards yet, has each
 * shard give its part of the page. Throws JOB_INVALID for a cursor or limit that cannot be.
 */
export async function mergedPage(rooms: ShardRooms, query: JobPageQuery): Promise<JobPage> {
  checkPageQuery(query);
  const { state, cursor = null, limit = 100, newestFirst = true } = query;
  if (cursor !== null && !cursor.includes(BETWEEN)) return pageAt(rooms, query, readStart(cursor));
  const starts = (cursor ?? '').split(BETWEEN).map((one) => readStart(one === '' ? null : one));
  const pages = await Promise.all(
    rooms.map((room, at) => readJobPage(room, { ...query, cursor: String(starts[at] ?? 0) })),
  );
  const shown = rooms.map(() => 0);
  const jobs: JobInfo[] = [];
  while (jobs.length < limit) {
    const next = firstOf(pages, shown, { timeOf: TIME_OF[state], newestFirst });
    if (next === null) break;
    jobs.push(next.job);
    shown[next.at] = (shown[next.at] ?? 0) + 1;
  }
  const hasMore = pages.some((page, at) => page.cursor !== null || (shown[at] ?? 0) < page.jobs.length);
  const places = rooms.map((_, at) => (starts[at] ?? 0) + (shown[at] ?? 0));
  return { jobs, cursor: hasMore && jobs.length > 0 ? places.join(BETWEEN) : null };
}

interface Order {
  timeOf: (job: JobInfo) => number;
  newestFirst: boolean;
}

function firstOf(
  pages: readonly JobPage[],
  shown: readonly number[],
  { timeOf, newestFirst }: Order,
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

/** Reads the page that begins at a place of the whole: any of them at the same cost, and each job in one of them. */
async function pageAt(rooms: ShardRooms, query: JobPageQuery, start: number): Promise<JobPage> {
  const { state, limit = 100, newestFirst = true } = query;
  const counts = await Promise.all(rooms.map(async ({ queries }) => (await queries.counts())[state]));
  const [from, to] = [partsOf(counts, start), partsOf(counts, start + limit)];
  const read = await Promise.all(
    rooms.map(async ({ queue, queries }, at) => {
      const [first = 0, behind = 0] = [from[at], to[at]];
      if (behind <= first) return [];
      const jobs = await queries.page(state, first, behind - first, newestFirst);
      return jobs.map((job) => toJobInfo(queue, job));
    }),
  );
  const timeOf = TIME_OF[state];
  const sign = newestFirst ? -1 : 1;
  const total = counts.reduce((sum, one) => sum + one, 0);
  return {
    jobs: read.flat().sort((one, other) => sign * (timeOf(one) - timeOf(other))),
    cursor: start + limit < total ? String(start + limit) : null,
  };
}

/**
 * How many of the first so many jobs of the whole are of each shard, given how many there are in each: as even as it
 * can be. No part shrinks as the whole grows, so pages that follow on each other have each job once.
 */
export function partsOf(counts: readonly number[], first: number): number[] {
  const most = counts.reduce((sum, one) => sum + one, 0);
  if (first >= most) return [...counts];
  // A job stands where its place is in its own shard, from 0 to 1; counted is what stands before x.
  const before = (x: number): number[] => counts.map((one) => Math.min(one, Math.floor(x * one + 0.5)));
  let [low, high] = [0, 1];
  for (let middle = 0.5; middle > low && middle < high; middle = (low + high) / 2) {
    if (before(middle).reduce((sum, one) => sum + one, 0) <= first) low = middle;
    else high = middle;
  }
  const parts = before(low);
  let left = first - parts.reduce((sum, one) => sum + one, 0);
  for (const [at, next] of before(high).entries()) {
    const more = Math.min(left, next - (parts[at] ?? 0));
    parts[at] = (parts[at] ?? 0) + more;
    left -= more;
  }
  return parts;
}
