import { createHash } from 'node:crypto';
import type { StoredOptions } from '../record/record.ts';
import type { UniqueKey } from '../unique/unique.ts';
import type { Timing } from './occurrences.ts';

/**
 * What becomes of ticks at which no worker was there: `skip` lets them fall; `once` fires once for all of them; `all`
 * fires for each of the newest so many.
 */
export type MissedPolicy = 'skip' | 'once' | { all: number };

/** Whether a tick fires while the job of the one before has not ended. */
export type OverlapPolicy = 'allow' | 'skip';

/** A schedule with everything that is needed to make its jobs, as it is stored. */
export interface Schedule {
  name: string;
  type: string;
  timing: Timing;
  missed: MissedPolicy;
  overlap: OverlapPolicy;
  data: unknown;
  /** What its jobs are stored with, but for their times. */
  options: Omit<StoredOptions, 'timestamp'>;
  /** How long after a tick its job may start. */
  delayMs: number | null;
  unique: UniqueKey | null;
}

/** A schedule as it was read from Redis. */
export interface StoredSchedule extends Schedule {
  /** The same for schedules that say the same, and for no others. */
  fingerprint: string;
}

/** What of a schedule goes to Redis. */
export interface WrittenSchedule {
  text: string;
  fingerprint: string;
}

const FINGERPRINT_LENGTH = 32;

/** Writes a schedule out. Its data must be JSON. */
export function writeSchedule(schedule: Schedule): WrittenSchedule {
  const fingerprint = hash(schedule);
  // By `beat` a script sees whether two schedules have the same ticks. Both come first, so that it need not read the
  // data.
  return { text: JSON.stringify({ fingerprint, beat: hash(schedule.timing), ...schedule }), fingerprint };
}

/** Says that what is stored is no schedule that this version knows. */
export class UnknownSchedule extends Error {
  override readonly name = 'UnknownSchedule';
}

/** Reads what {@link writeSchedule} wrote. Throws UnknownSchedule when it is not that. */
export function parseSchedule(text: string): StoredSchedule {
  const value = parsed(text);
  if (isSchedule(value)) return value;
  throw new UnknownSchedule('what is stored is no schedule that this version knows');
}

/** What a stored schedule says, and nothing else that was written with it. */
export function toSchedule(stored: Schedule): Schedule {
  const { name, type, timing, missed, overlap, data, options, delayMs, unique } = stored;
  return { name, type, timing, missed, overlap, data, options, delayMs, unique };
}

/** Takes what was parsed for a schedule; null when it is none that this version knows. */
export function readSchedule(value: unknown): Schedule | null {
  const marked = typeof value === 'object' && value !== null ? { fingerprint: '', ...value } : null;
  return isSchedule(marked) ? toSchedule(marked) : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The id of the job of a tick: the same whoever makes it, so that there never is a second. */
export function idOfTick(name: string, tick: number): string {
  return `${name}@${new Date(tick).toISOString()}`;
}

/** What the id of the job of a tick says; null for any other id. */
export function tickOfId(id: string): { name: string; tick: number } | null {
  const [, name, time = ''] = /^([^\s:{}]+)@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/.exec(id) ?? [];
  const tick = Date.parse(time);
  return name === undefined || Number.isNaN(tick) ? null : { name, tick };
}

function hash(value: unknown): string {
  return createHash('sha256').update(inOrder(value)).digest('hex').slice(0, FINGERPRINT_LENGTH);
}

/** Writes a value so that the order in which fields were given makes no difference. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_name, one: unknown) => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function isSchedule(value: unknown): value is StoredSchedule {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['name', 'type', 'fingerprint'].map((field) => Reflect.get(value, field));
  const objects = ['timing', 'options'].map((field) => Reflect.get(value, field));
  return (
    texts.every((text) => typeof text === 'string') &&
    objects.every((object) => typeof object === 'object' && object !== null) &&
    'data' in value
  );
}
