import { DEFAULT_PRIORITY, lineOf, type QueueKeys } from '../keys.ts';
import type { JobRecord } from '../record/record.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** What looking at the lists of a queue works with. */
export interface LinesDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How many lines are looked at in one round trip. */
const STEP = 500;

/** The order in which lists are shown: what just came, the lines, what came back to be served first. */
const sorted = (keys: QueueKeys, lines: readonly string[]): string[] => [keys.waiting, ...lines, keys.front];

/** Whether the jobs of a queue wait in lines: it has limits or priorities, or had them until just now. */
export async function hasLines({ client, keys }: LinesDeps): Promise<boolean> {
  return (await client.hexists(keys.meta, 'limits')) === 1;
}

/**
 * Names every list in which jobs of a queue wait, each growing at its left: `waiting` alone, or with the lines of its
 * keys. Jobs only move from earlier lists to later ones, but for those that run.
 */
export async function waitingLists(deps: LinesDeps): Promise<string[]> {
  const { keys } = deps;
  if (!(await hasLines(deps))) return [keys.waiting];
  return sorted(keys, (await namesOfLines(deps)).reverse().map(keys.line));
}

/** Names the lists in which a job may wait. */
export async function listsOfJob(deps: LinesDeps, record: JobRecord | null): Promise<string[]> {
  const { keys } = deps;
  if (!(await hasLines(deps))) return [keys.waiting];
  const { key = '', priority = DEFAULT_PRIORITY } = record?.options ?? {};
  const names = [lineOf(key, priority), lineOf('', priority), key, ''];
  return sorted(keys, [...new Set(names)].map(keys.line));
}

/** Names the lines of higher priorities than that of a job, of its key and without a key. */
export function linesBefore(keys: QueueKeys, { options: { key = '', priority } }: JobRecord): string[] {
  const names = Array.from({ length: priority ?? DEFAULT_PRIORITY }, (_, higher) => [
    lineOf(key, higher),
    lineOf('', higher),
  ]);
  return [...new Set(names.flat())].map(keys.line);
}

/** The names of the lines in which jobs wait, see {@link lineOf}: those that may run first, in their order. */
export async function namesOfLines({ client, keys }: LinesDeps): Promise<string[]> {
  const found = new Set<string>();
  for (const set of [keys.turns, keys.pending]) {
    for (let from = 0; ; from += STEP) {
      const some = await client.zrange(set, from, String(from + STEP - 1));
      for (const key of some) found.add(key);
      if (some.length < STEP) break;
    }
  }
  return [...found];
}

/** Reads how many ids each of these lists holds, and the one that is served first. */
export async function readLists(
  client: RedisClient,
  lists: readonly string[],
): Promise<{ length: number; next: string | null }[]> {
  const read: { length: number; next: string | null }[] = [];
  for (let from = 0; from < lists.length; from += STEP) {
    const others = lists.slice(from, from + STEP);
    const found = await runScript(client, { script: 'read-lists', others });
    read.push(...found.map(([length, next]) => ({ length, next: next === '' ? null : next })));
  }
  return read;
}

/**
 * Reads the ids from one position to another over lists that are put together: left to right, or the other way round.
 */
export async function idsAcross(
  client: RedisClient,
  lists: readonly string[],
  { start, end, newestFirst }: { start: number; end: number; newestFirst: boolean },
): Promise<string[]> {
  const ids: string[] = [];
  const lengths = lists.length === 1 ? [Number.POSITIVE_INFINITY] : await readLengths(client, lists);
  let before = 0;
  const order = lists.map((list, at) => ({ list, length: lengths[at] ?? 0 }));
  for (const { list, length } of newestFirst ? order : order.reverse()) {
    const from = Math.max(0, start - before);
    const to = Math.min(length - 1, end - before);
    if (from <= to) ids.push(...(await listIds(client, list, { from, to, newestFirst })));
    before += length;
    if (before > end) break;
  }
  return ids;
}

async function readLengths(client: RedisClient, lists: readonly string[]): Promise<number[]> {
  return (await readLists(client, lists)).map(({ length }) => length);
}

/** These lists grow at the left, so left to right is newest first. */
async function listIds(
  client: RedisClient,
  list: string,
  { from, to, newestFirst }: { from: number; to: number; newestFirst: boolean },
): Promise<string[]> {
  if (newestFirst) return client.lrange(list, from, to);
  return (await client.lrange(list, -to - 1, -from - 1)).reverse();
}
