import { randomBytes } from 'node:crypto';
import { checkOptions, flagOption, type Option, optionThat } from '../../check-options.ts';
import { presenceKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';

/** How much a worker is to run: at most so many jobs at once, and none any more as long as it is paused. */
export interface PaceChange {
  /** From 1 up; default as it is. */
  concurrency?: number;
  /** Default as it is. */
  paused?: boolean;
}

/** What a worker is told to be; it heeds each once. */
export interface WorkerOrder extends PaceChange {
  /** Of this order alone. */
  token: string;
}

/** What has been told for so long without being heard is told to nobody any more. */
const ORDER_TTL_MS = 60_000;

/** Tells a worker how much it is to run; what it was told before and has not heeded yet stays. */
export async function giveOrder(
  { client, prefix }: { client: RedisClient; prefix: string },
  id: string,
  change: PaceChange,
): Promise<void> {
  const keys = presenceKeys(prefix);
  const before = toOrder((await client.get(keys.order(id))) ?? '');
  const order: WorkerOrder = { ...before, ...change, token: randomBytes(9).toString('base64url') };
  await client.set(keys.order(id), JSON.stringify(order), 'PX', ORDER_TTL_MS);
  await client.publish(keys.orders, id);
}

/** Reads what a worker is told; null where it is told nothing, or by nobody of ours. */
export function toOrder(text: string): WorkerOrder | null {
  if (text === '') return null;
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read !== 'object' || read === null || !('token' in read)) return null;
    const [concurrency, paused]: unknown[] = [Reflect.get(read, 'concurrency'), Reflect.get(read, 'paused')];
    return {
      token: String(read.token),
      ...(isConcurrency(concurrency) && { concurrency }),
      ...(typeof paused === 'boolean' && { paused }),
    };
  } catch {
    return null;
  }
}

/** Throws CONFIG_INVALID for what is no change of the pace. */
export function requirePace(entry: string, change: unknown): void {
  checkOptions(entry, PACE, change);
}

const PACE = {
  concurrency: optionThat('must be a whole number from 1 to 100000', isConcurrency).optional(),
  paused: flagOption.optional(),
} satisfies Record<keyof PaceChange, Option>;

/** No machine runs more handlers at once in one process. */
export const MOST_SLOTS = 100_000;

/** Whether a worker can run so many jobs at once. */
export function isConcurrency(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= MOST_SLOTS;
}

/** What hearing of orders works with. */
export interface OrderEars {
  /** A connection in subscriber mode. */
  subscriber: RedisClient;
  prefix: string;
  /** Told the id of a worker that is told something, or such an id and what the worker is asked for. */
  onOrder: (word: string) => void;
  onTrouble: (error: unknown) => void;
}

/** Hears at once which workers are told something. What it misses, a worker learns when it speaks next. */
export function listenForOrders({ subscriber, prefix, onOrder, onTrouble }: OrderEars): void {
  const { orders } = presenceKeys(prefix);
  subscriber.on('message', (channel: string, word: string) => {
    if (channel === orders) onOrder(word);
  });
  subscriber.subscribe(orders).catch((error) => {
    if (subscriber.status !== 'end') onTrouble(error);
  });
}
