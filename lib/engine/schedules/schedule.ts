import { createHash } from 'node:crypto';
import { noKeyring } from '../../keyring.ts';
import { readOwn } from '../own-json.ts';
import { CLOSED_TEXT, type JobSeal, openDataText, type Sealing, sealOf } from '../record/private.ts';
import type { StoredOptions } from '../record/record.ts';
import { hasOldKey, type Resealed, whereOpen } from '../record/reseal.ts';
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
  /** How many jobs it fires at most; absent for no limit. */
  limit?: number;
  /** By how much the start of each job is put off at most, in ms, see {@link jitterOf}; absent for not at all. */
  jitterMs?: number;
  data: unknown;
  /** What its jobs are stored with, but for their times. */
  options: Omit<StoredOptions, 'timestamp'>;
  /** How long after a tick its job may start. */
  delayMs: number | null;
  unique: UniqueKey | null;
  /** Whether its data, and the headers of its jobs, are sealed here; see {@link openSchedule}. */
  sealed?: true;
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
  /** How many jobs it fires at most; absent for no limit. */
  limit?: number;
}

const FINGERPRINT_LENGTH = 32;

/**
 * Writes a schedule out; one whose jobs are encrypted is sealed. Its data must be JSON. Throws ENCRYPTION_KEY_MISSING
 * where there are no keys for that.
 */
export function writeSchedule(given: Schedule, sealing: Sealing): WrittenSchedule {
  const fingerprint = hash(given);
  const schedule = sealedSchedule(given, sealing);
  // By `beat` a script sees whether two schedules have the same ticks. Both come first, so that it need not read the
  // data.
  const text = JSON.stringify({ fingerprint, beat: hash(schedule.timing), ...schedule });
  const { limit } = schedule;
  return { text, fingerprint, ...(limit !== undefined && { limit }) };
}

/** As it is stored: what is private of it is in no clear text. */
function sealedSchedule(schedule: Schedule, sealing: Sealing): Schedule {
  const { type, data, options: given, sealed } = schedule;
  const isEncrypted = given.encrypted ?? sealing.keyring?.sealsAll ?? false;
  if (sealed || !isEncrypted) return schedule;
  if (sealing.keyring === null) throw noKeyring(`jobs of type ${type} are to be encrypted`);
  const seal = sealOfSchedule(schedule, sealing);
  const { headers, ...others } = given;
  const options = {
    ...others,
    encrypted: true as const,
    ...(headers && { sealed: { headers: seal.seal('headers', JSON.stringify(headers)) } }),
  };
  return { ...schedule, data: seal.seal('data', JSON.stringify(data)), options, sealed: true };
}

/** Opens a schedule, to fire it. Throws ENCRYPTION_KEY_MISSING or RECORD_TAMPERED. */
export function openSchedule(schedule: StoredSchedule, sealing: Sealing): StoredSchedule {
  if (!schedule.sealed) return schedule;
  const seal = sealOfSchedule(schedule, sealing);
  const { sealed, ...options } = schedule.options;
  if (sealed?.headers)
    options.headers = readOwn<Record<string, string>>(seal.open('headers', sealed.headers));
  const { sealed: _, ...opened } = schedule;
  return { ...opened, data: readOwn<unknown>(openDataText(seal, schedule.data)), options };
}

/** Seals a stored schedule anew by the key that seals now. */
export function resealSchedule(sealing: Sealing, text: string): Resealed {
  if (!hasOldKey(text, sealing)) return 'kept';
  const value = parsed(text);
  if (!isSchedule(value) || !value.sealed) return 'kept';
  return whereOpen(() => {
    const { data, options } = sealedSchedule(openSchedule(value, sealing), sealing);
    // What scripts read stands first, and stays there.
    return { text: JSON.stringify({ ...value, data, options }) };
  });
}

/** The same, to show it: where it cannot be opened, what is private of it is hidden. */
export function showSchedule(schedule: StoredSchedule, sealing: Sealing): StoredSchedule {
  try {
    return openSchedule(schedule, sealing);
  } catch {
    const { sealed: _, ...options } = schedule.options;
    return { ...schedule, data: CLOSED_TEXT, options };
  }
}

/** No job has such an id. */
function sealOfSchedule({ name }: Schedule, sealing: Sealing): JobSeal {
  return sealOf(sealing, `\u0000schedule:${name}`);
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
  const { name, type, timing, missed, overlap, limit, jitterMs, data, options, delayMs, unique } = stored;
  return {
    ...{ name, type, timing, missed, overlap },
    ...(limit !== undefined && { limit }),
    ...(jitterMs !== undefined && { jitterMs }),
    ...{ data, options, delayMs, unique },
    ...(stored.sealed && { sealed: stored.sealed }),
  };
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

/** So many hexadecimal digits make a part of one, and few enough to be kept exactly. */
const PART_DIGITS = 12;

/**
 * By how much the start of the job of a tick is put off, in ms: the same whoever reckons it, and spread evenly over the
 * schedules that have this tick.
 */
export function jitterOf({ name, type, jitterMs = 0 }: Schedule, tick: number): number {
  if (jitterMs === 0) return 0;
  const part = Number.parseInt(hash([type, name, tick]).slice(0, PART_DIGITS), 16) / 16 ** PART_DIGITS;
  return Math.floor(part * (jitterMs + 1));
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
