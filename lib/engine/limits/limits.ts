import type { FieldProblem } from '../../errors.ts';
import { type FieldCheck, fieldCheck, invalidFields, isWhole } from '../../field-checks.ts';
import { unknownAmong } from '../../nearest.ts';
import type { QueueKeys } from '../keys.ts';
import { readOwn } from '../own-json.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/**
 * A token bucket: `count` tokens come evenly in `perMs`, and what is not used is saved up to `burst` (default `count`).
 * A job begins when the bucket holds its `cost`, or is full.
 */
export interface RateLimit {
  count: number;
  perMs: number;
  burst?: number | undefined;
}

/** How many jobs may run at a time, over all workers, and how many may begin in a time. */
export interface Limit {
  concurrency?: number | undefined;
  rate?: RateLimit | undefined;
}

/** The limits of a queue; what is left out is not limited. */
export interface QueueLimits extends Limit {
  /** Applies to each `key` of its jobs by itself; jobs without a key are not counted. Makes the keys take turns. */
  perKey?: Limit | undefined;
  /** How many jobs may wait; an add beyond that is refused with QUEUE_FULL. What is due, retried or follows is not. */
  maxWaiting?: number | undefined;
  /** Keys take turns, however many jobs each has waiting; jobs without a key are one party among them. */
  fair?: boolean | undefined;
  /** A job that has waited so long takes turns with those of priority 0, whatever its own is; default never, in ms. */
  agingMs?: number | undefined;
}

/** What is stored, with who set it and when (epoch ms). */
export interface LimitsNote {
  limits: QueueLimits;
  by: string;
  at: number;
}

/** As it is stored; null limits stay until the workers have undone the lines. */
interface StoredNote extends Omit<LimitsNote, 'limits'> {
  limits: QueueLimits | null;
}

const MOST = 1_000_000_000;
const LIMITS = 'limits';
const ROOM = 'maxWaiting';
const FIELDS = [LIMITS, ROOM] as const;

/** Reads the limits of a queue; null when it has none. */
export async function readLimits(client: RedisClient, keys: QueueKeys): Promise<LimitsNote | null> {
  const [limits = null, room = null] = await client.hmget(keys.meta, ...FIELDS);
  const ofStarts = limits === null ? null : readOwn<StoredNote>(limits);
  const ofAdds = room ? readRoom(room) : null;
  if (ofAdds === null) return ofStarts?.limits ? { ...ofStarts, limits: ofStarts.limits } : null;
  return { ...ofAdds, limits: { ...ofStarts?.limits, ...ofAdds.limits } };
}

/**
 * Sets the limits of a queue; they are in force from the next take and add on. Throws JOB_INVALID for what cannot be.
 */
export async function writeLimits(client: RedisClient, keys: QueueKeys, note: LimitsNote): Promise<void> {
  requireLimits(note.limits);
  await store(client, keys, note);
}

/**
 * Lifts them, also such as cannot be read; false when there were none. Workers undo the lines as they serve them.
 */
export async function liftLimits(
  client: RedisClient,
  keys: QueueKeys,
  note: Omit<LimitsNote, 'limits'>,
): Promise<boolean> {
  const known = await readLimits(client, keys).catch(passOverNonsense);
  if (known === null) return false;
  await store(client, keys, { limits: {}, ...note });
  return true;
}

/**
 * What holds back starts is for workers and stands by itself, as they take otherwise where it is there. What holds back
 * adds is read by these: a number first, then who and when.
 */
async function store(client: RedisClient, keys: QueueKeys, note: LimitsNote): Promise<void> {
  const { limits, by, at } = note;
  const { maxWaiting, ...ofStarts } = limits;
  const isLifted = Object.values(ofStarts).every((one) => one === undefined);
  const stored: StoredNote = { limits: isLifted ? null : ofStarts, by, at };
  const most = maxWaiting === undefined ? '' : `${maxWaiting} ${at} ${by}`;
  const args = { note: JSON.stringify(stored), isLifted, most };
  await runScript(client, { script: 'set-limits', queue: keys, args });
}

/** With what is no JSON nothing runs, so there is something to be lifted. */
function passOverNonsense(error: unknown): undefined {
  if (!(error instanceof SyntaxError)) throw error;
}

/** What is none of ours limits no add either. */
function readRoom(text: string): LimitsNote | null {
  const [, maxWaiting, at, by] = /^(\d+) (\d+) (.*)$/s.exec(text) ?? [];
  return by === undefined ? null : { limits: { maxWaiting: Number(maxWaiting) }, by, at: Number(at) };
}

/** Checks one field of an object; what it may be is said under its path. */
type FieldRule = (path: string, value: unknown, check: FieldCheck) => void;

/** The rules of an object: a field without one does not compile. */
type Rules<Shape> = { readonly [Name in keyof Shape]-?: FieldRule };

const wholeFrom1: FieldRule = (path, value, check) => {
  check(path, isWhole(value, 1, MOST), 'must be a whole number from 1 up');
};
const msFrom1: FieldRule = (path, value, check) => {
  check(path, isWhole(value, 1, MOST), 'must be whole milliseconds from 1 up');
};
const trueOrFalse: FieldRule = (path, value, check) => {
  check(path, typeof value === 'boolean', 'must be true or false');
};

const RATE_RULES: Rules<RateLimit> = { count: wholeFrom1, perMs: msFrom1, burst: optional(wholeFrom1) };
const LIMIT_RULES: Rules<Limit> = {
  concurrency: optional(wholeFrom1),
  rate: optional(objectOf(RATE_RULES)),
};
const QUEUE_RULES: Rules<QueueLimits> = {
  ...LIMIT_RULES,
  perKey: optional(objectOf(LIMIT_RULES)),
  maxWaiting: optional(wholeFrom1),
  fair: optional(trueOrFalse),
  agingMs: optional(msFrom1),
};

/** Checks limits that were given. Throws JOB_INVALID that lists each wrong field. */
export function requireLimits(given: unknown): asserts given is QueueLimits {
  const problems: FieldProblem[] = [];
  objectOf(QUEUE_RULES)('', given, fieldCheck(problems));
  if (problems.length > 0) throw invalidFields('limits are', problems);
}

function optional(rule: FieldRule): FieldRule {
  return (path, value, check) => {
    if (value !== undefined) rule(path, value, check);
  };
}

function objectOf<Shape>(rules: Rules<Shape>): FieldRule {
  const fields: [string, FieldRule][] = Object.entries(rules);
  const names = fields.map(([name]) => name);
  return (path, value, check) => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!check(path || 'limits', isMap, `must be an object with ${names.join(', ')}`) || !isMap) return;
    const within = (name: string): string => (path === '' ? name : `${path}.${name}`);
    for (const name of Object.keys(value)) {
      if (!names.includes(name)) check(within(name), false, `is ${unknownAmong(name, names)}`);
    }
    for (const [name, rule] of fields) rule(within(name), Reflect.get(value, name), check);
  };
}
