import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';

/** What a queue has handed over and is still written down, done there or not: its fields by their names. */
export interface HandedEntry {
  /** The queue to which. */
  to: string;
  fields: Readonly<Record<string, string>>;
}

/** Some of them, and where the next are; '0' where these were the last. */
interface HandedPage {
  entries: HandedEntry[];
  next: string;
}

const AT_ONCE = 100;
/** The place in a walk is a whole number: which queue, and from which millisecond on. */
const MS_BITS = 44n;
const MS_MASK = (1n << MS_BITS) - 1n;

/** Reads some of what a queue has handed over, from a place on; '0' is the first. Without a cluster there is none. */
export async function readHanded(client: RedisClient, keys: QueueKeys, at: string): Promise<HandedPage> {
  const others = keys.isTagged ? (await client.hkeys(keys.handovers)).sort() : [];
  const place = BigInt(at);
  const nth = Number(place >> MS_BITS);
  const to = others[nth];
  if (to === undefined) return { entries: [], next: '0' };
  const { read, nextMs } = await readFrom(client, keys.handOver(to), Number(place & MS_MASK));
  const entries = read.map(([, fields]) => ({ to, fields: fieldsOf(fields) }));
  if (nextMs !== null) return { entries, next: placeOf(nth, nextMs) };
  return { entries, next: nth + 1 < others.length ? placeOf(nth + 1, 0) : '0' };
}

type Read = [id: string, fields: string[]][];

/** A page ends between two milliseconds: what was written in one of them is read as a whole, once. */
async function readFrom(
  client: RedisClient,
  stream: string,
  fromMs: number,
): Promise<{ read: Read; nextMs: number | null }> {
  const read: Read = await client.xrange(stream, `${fromMs}-0`, '+', 'COUNT', AT_ONCE);
  for (let isAll = read.length < AT_ONCE; !isAll; ) {
    const [lastId = ''] = read.at(-1) ?? [];
    const last = msOf(lastId);
    if (msOf(read[0]?.[0]) !== last) return { read: read.filter(([id]) => msOf(id) !== last), nextMs: last };
    const more: Read = await client.xrange(stream, `(${lastId}`, '+', 'COUNT', AT_ONCE);
    read.push(...more);
    isAll = more.length < AT_ONCE;
  }
  return { read, nextMs: null };
}

function msOf(id = ''): number {
  return Number(id.split('-', 1)[0]);
}

function placeOf(nth: number, ms: number): string {
  return String((BigInt(nth) << MS_BITS) | BigInt(ms));
}

function fieldsOf(flat: readonly string[]): Record<string, string> {
  const pairs = flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : []));
  return Object.fromEntries(pairs);
}
