import { ApiaryError, type FieldProblem } from '../../errors.ts';
import { unknownAmong } from '../../nearest.ts';
import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';

/**
 * A token bucket: `count` tokens come evenly in `perMs`, and what is not used is saved up to `burst` (default `count`).
 * A job begins when the bucket holds its `cost`, or is full.
 */
export interface RateLimit {
  count: number;
  perMs: number;
  burst?: number;
}

/** How many jobs may run at a time, over all workers, and how many may begin in a time. */
export interface Limit {
  concurrency?: number;
  rate?: RateLimit;
}

/** The limits of a queue; what is left out is not limited. */
export interface QueueLimits extends Limit {
  /** Applies to each `key` of its jobs by itself; jobs without a key are not counted. Makes the keys take turns. */
  perKey?: Limit;
  /** Keys take turns, however many jobs each has waiting; jobs without a key are one party among them. */
  fair?: boolean;
}

/** What is stored, with who set it and when (epoch ms). */
export interface LimitsNote {
  limits: QueueLimits;
  by: string;
  at: number;
}

const MOST = 1_000_000_000;
const RATE_NAMES: readonly string[] = ['count', 'perMs', 'burst'] satisfies (keyof RateLimit)[];
const LIMIT_NAMES: readonly string[] = ['concurrency', 'rate'] satisfies (keyof Limit)[];
const NAMES: readonly string[] = [...LIMIT_NAMES, 'perKey', 'fair'] satisfies string[];

/** Reads the limits of a queue; null when it has none. */
export async function readLimits(client: RedisClient, keys: QueueKeys): Promise<LimitsNote | null> {
  const text = await client.hget(keys.meta, 'limits');
  if (text === null) return null;
  const note = JSON.parse(text) as { limits: QueueLimits | null; by: string; at: number };
  return note.limits === null ? null : { ...note, limits: note.limits };
}

/** Sets the limits of a queue; the workers go by them from their next take on. Throws JOB_INVALID for what cannot be. */
export async function writeLimits(client: RedisClient, keys: QueueKeys, note: LimitsNote): Promise<void> {
  requireLimits(note.limits);
  await client.hset(keys.meta, 'limits', JSON.stringify(note));
}

/** Lifts them; false when there were none. Workers undo the lines as they serve them. */
export async function liftLimits(
  client: RedisClient,
  keys: QueueKeys,
  note: Omit<LimitsNote, 'limits'>,
): Promise<boolean> {
  if ((await readLimits(client, keys)) === null) return false;
  await client.hset(keys.meta, 'limits', JSON.stringify({ limits: null, ...note }));
  return true;
}

function requireLimits(given: unknown): void {
  const problems: FieldProblem[] = [];
  const check = (path: string, isRight: boolean, message: string): boolean => {
    if (!isRight) problems.push({ path: path.replace(/^limits\./, ''), message });
    return isRight;
  };
  checkNames('limits', given, NAMES, check);
  if (isObject(given)) {
    checkLimit('limits', given, check);
    const { perKey, fair } = given;
    if (perKey !== undefined && checkNames('limits.perKey', perKey, LIMIT_NAMES, check)) {
      checkLimit('limits.perKey', perKey as Record<string, unknown>, check);
    }
    check('limits.fair', fair === undefined || typeof fair === 'boolean', 'must be true or false');
  }
  if (problems.length === 0) return;
  const text = problems.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new ApiaryError('JOB_INVALID', `limits are not valid: ${text}`, { problems });
}

/** Takes note of a wrong value under its path; returns whether it is right. */
type Check = (path: string, isRight: boolean, message: string) => boolean;

function checkLimit(path: string, { concurrency, rate }: Record<string, unknown>, check: Check): void {
  check(
    `${path}.concurrency`,
    concurrency === undefined || isWhole(concurrency),
    'must be a whole number from 1 up',
  );
  if (rate === undefined || !checkNames(`${path}.rate`, rate, RATE_NAMES, check)) return;
  const { count, perMs, burst } = rate as Record<string, unknown>;
  check(`${path}.rate.count`, isWhole(count), 'must be a whole number from 1 up');
  check(`${path}.rate.perMs`, isWhole(perMs), 'must be whole milliseconds from 1 up');
  check(`${path}.rate.burst`, burst === undefined || isWhole(burst), 'must be a whole number from 1 up');
}

function checkNames(path: string, value: unknown, names: readonly string[], check: Check): boolean {
  if (!check(path, isObject(value), `must be an object with ${names.join(', ')}`)) return false;
  for (const name of Object.keys(value as object)) {
    check(`${path}.${name}`, names.includes(name), `is ${unknownAmong(name, names)}`);
  }
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= MOST;
}
