import { type JobStart, limitedFirst, recordEnding } from '../engine/record/new-job.ts';
import type { StoredOptions } from '../engine/record/record.ts';
import {
  JOB_OPTION_NAMES,
  JOB_OPTION_TABLE,
  type JobOptionName,
  type ResolvedJobOptions,
} from './options.ts';

/** What the options of jobs come to in Redis; the same for all jobs of one type added alike in the same millisecond. */
export interface WrittenOptions {
  /** What follows the data in the record. */
  ending: string;
  start: JobStart;
}

/** When a job is added, epoch ms by the clock of this process, and by whom; null or absent when nobody said. */
export interface Adding {
  now: number;
  addedBy?: string | null;
}

/** Writes options out. */
export function writeOptions(type: string, options: ResolvedJobOptions, adding: Adding): WrittenOptions {
  return {
    ending: recordEnding(toStoredOptions(type, options, adding)),
    start: startOf(options),
  };
}

/**
 * When a job may start. Whether a time is over is Redis's to say: by the clock of this process, which may be ahead, a
 * job could start too early.
 */
export function startOf({ runAt, delayMs }: ResolvedJobOptions): JobStart {
  if (runAt !== null) return { at: runAt };
  return delayMs ? { inMs: delayMs } : null;
}

/**
 * What the carrier of a group has of the options of a job in it, as the inside of a JSON object that is not at its
 * end.
 */
export function writeCarrierOptions(type: string, options: ResolvedJobOptions): string {
  const own = { headers: {}, runAt: null, delayMs: null, group: null };
  const { timestamp: _, ...shared } = toStoredOptions(type, { ...options, ...own }, { now: 0 });
  return `${JSON.stringify(limitedFirst(shared)).slice(1, -1)},"group":{"name":${JSON.stringify(options.group)}`;
}

/** Says the options in bee-queue's words; a default that the worker knows by itself is left out. */
export function toStoredOptions(
  type: string,
  options: ResolvedJobOptions,
  { now, addedBy = null }: Adding,
): StoredOptions {
  const stored: Partial<StoredOptions> = {};
  for (const name of JOB_OPTION_NAMES) storeOne(name, options, stored, now);
  if (addedBy !== null) stored.addedBy = addedBy;
  // The type is always said, also where it equals the queue: it tells our jobs from those of a stock producer.
  return Object.assign(stored, { timestamp: now, type });
}

function storeOne<Name extends JobOptionName>(
  name: Name,
  options: ResolvedJobOptions,
  stored: Partial<StoredOptions>,
  now: number,
): void {
  JOB_OPTION_TABLE[name].store(options[name], stored, now);
}
