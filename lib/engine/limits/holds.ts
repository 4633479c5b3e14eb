import type { QueueKeys } from '../keys.ts';
import type { StoredJob } from '../record/stored-job.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** A queue that is held back, or a key of it; null for the whole. */
export interface HeldBack {
  key: string | null;
  /** Until when nothing of it is taken, epoch ms. */
  until: number;
}

/** A job waits as its queue or its key is held back. */
export interface HeldReason {
  reason: 'held';
  of: 'queue' | 'key';
  key: string | null;
  freesInMs: number;
  text: string;
}

/** What holding back works with: a queue. */
interface HoldDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How the name of a hold begins among the buckets, see hold-back.lua. */
const MARK = '\u0001';

/** Holds back a queue, or one key of it, for a job that is claimed here; false when its claim is gone. */
export function holdBack(
  { client, keys }: HoldDeps,
  claims: string,
  args: { id: string; key: string; forMs: number },
): Promise<boolean> {
  return runScript(client, { script: 'hold-back', queue: keys, keys: { claims }, args });
}

/** Reads what is held back at a time (epoch ms), the longest first; up to so many. */
export async function readHolds({ client, keys }: HoldDeps, now: number, most: number): Promise<HeldBack[]> {
  if (!((await heldUntil({ client, keys })) > now)) return [];
  const found = await client.zrange(keys.rates, '+inf', `(${now}`, 'BYSCORE', 'REV', 'WITHSCORES');
  const held: HeldBack[] = [];
  for (let at = 0; at < found.length && held.length < most; at += 2) {
    const [name = '', until] = [found[at], Number(found[at + 1])];
    if (name.startsWith(MARK)) held.push({ key: name === MARK ? null : name.slice(MARK.length), until });
  }
  return held;
}

/** Tells of a waiting job what holds it back, its queue first. */
export async function whyHeld(
  { client, keys, now }: HoldDeps & { now: number },
  { record }: StoredJob,
): Promise<HeldReason[]> {
  if (!((await heldUntil({ client, keys })) > now)) return [];
  const { key = '' } = record.options;
  const [ofQueue, ofKey] = await client.zmscore(keys.rates, MARK, MARK + key);
  const queueInMs = Math.ceil(Number(ofQueue ?? 0) - now);
  const keyInMs = key === '' ? 0 : Math.ceil(Number(ofKey ?? 0) - now);
  return [
    ...(queueInMs > 0 ? [reasonOf('queue', null, queueInMs)] : []),
    ...(keyInMs > 0 ? [reasonOf('key', key, keyInMs)] : []),
  ];
}

function reasonOf(of: 'queue' | 'key', key: string | null, freesInMs: number): HeldReason {
  const what = of === 'queue' ? 'its queue' : `its key ${key}`;
  const text = `a handler holds ${what} back; nothing of it begins for ${freesInMs} ms`;
  return { reason: 'held', of, key, freesInMs, text };
}

async function heldUntil({ client, keys }: HoldDeps): Promise<number> {
  return Number((await client.hget(keys.meta, 'holds')) ?? 0);
}
