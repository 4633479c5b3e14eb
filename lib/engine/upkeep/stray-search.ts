import { createHash } from 'node:crypto';
import type { QueueKeys } from '../keys.ts';
import { waitingLists } from '../limits/lines.ts';
import { parseRecord } from '../record/record.ts';
import { walkList } from '../repairs/walk.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** What searching works with: a queue. */
export interface StrayDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** A part of the ids of a queue: those whose sum leaves `part` when divided by `parts`. */
export interface StrayPart {
  part: number;
  parts: number;
}

/** What a search came to. */
export interface StraysFound {
  /** The ids that were given a place. */
  placed: string[];
  /** How many were nowhere twice and were left alone all the same: claimed, changed, or placed by then. */
  left: number;
}

/** How many ids one step looks at, at the least and at the most, and how long their records should be together. */
const FEWEST = 10;
const MOST = 500;
const BYTES = 1024 * 1024;

/**
 * Looks for jobs that have a record and are in no list and no set, and gives each the place that its record says.
 * Yields after each step, which takes Redis a millisecond or so (the last ones search the lists for one id each),
 * `'rest'` where it should go on no sooner than a while later: nothing that is under way is to be taken for a stray,
 * so it is one only when it was nowhere twice.
 */
export async function* searchStrays(
  deps: StrayDeps,
  part: StrayPart,
): AsyncGenerator<'step' | 'rest', StraysFound> {
  const suspects = new Set<string>();
  yield* seek(deps, part, suspects);
  yield* strikeListed(deps, suspects);
  if (suspects.size === 0) return { placed: [], left: 0 };
  yield 'rest';
  yield* strikePlaced(deps, suspects);
  yield* strikeListed(deps, suspects);
  const placed: string[] = [];
  for (const id of suspects) {
    if (await place(deps, id)) placed.push(id);
    yield 'step';
  }
  return { placed, left: suspects.size - placed.length };
}

async function* seek(
  deps: StrayDeps,
  { part, parts }: StrayPart,
  suspects: Set<string>,
): AsyncGenerator<'step'> {
  let count = FEWEST;
  let cursor = '0';
  do {
    const [next, bytes, ids] = await unplaced(deps, cursor, count, []);
    for (const id of ids) if (parts === 1 || sumOf(id) % parts === part) suspects.add(id);
    count = bytes > BYTES ? Math.max(FEWEST, count >> 1) : Math.min(MOST, count << 1);
    cursor = next;
    yield 'step';
  } while (cursor !== '0');
}

/** Jobs move from earlier lists to later ones only, so none that stays in them is missed. */
async function* strikeListed(deps: StrayDeps, suspects: Set<string>): AsyncGenerator<'step'> {
  if (suspects.size === 0) return;
  for (const list of await waitingLists(deps)) {
    for await (const { ids } of walkList(deps.client, list)) {
      for (const id of ids) suspects.delete(id);
      yield 'step';
    }
  }
}

async function* strikePlaced(deps: StrayDeps, suspects: Set<string>): AsyncGenerator<'step'> {
  const all = [...suspects];
  for (let from = 0; from < all.length; from += MOST) {
    const some = all.slice(from, from + MOST);
    const [, , left] = await unplaced(deps, '', some.length, some);
    const isLeft = new Set(left);
    for (const id of some) if (!isLeft.has(id)) suspects.delete(id);
    yield 'step';
  }
}

function unplaced(
  { client, keys }: StrayDeps,
  cursor: string,
  count: number,
  ids: readonly string[],
): Promise<[next: string, bytes: number, ids: string[]]> {
  return runScript(client, { script: 'seek-strays', queue: keys, args: { cursor, most: count }, rest: ids });
}

async function place({ client, keys }: StrayDeps, id: string): Promise<boolean> {
  const record = await client.hgetBuffer(keys.jobs, id);
  if (record === null) return false;
  const sha = createHash('sha1').update(record).digest('hex');
  const args = { id, sha, place: placeOf(record.toString()) };
  return runScript(client, { script: 'place-stray', queue: keys, args });
}

/** A retry does not say when it is due, so it runs sooner; what cannot be read is failed by who takes it. */
function placeOf(raw: string): string | number {
  const record = parseRecord(raw);
  if (record?.status === 'succeeded' || record?.status === 'failed') return record.status;
  const { delay } = record?.options ?? {};
  const isDelayed = record?.status === 'created' && typeof delay === 'number' && Number.isFinite(delay);
  return isDelayed && delay > 0 ? Math.round(delay) : 'waiting';
}

function sumOf(id: string): number {
  let sum = 0;
  for (let at = 0; at < id.length; at++) sum = (Math.imul(sum, 31) + id.charCodeAt(at)) >>> 0;
  return sum;
}
