import { LATEST_TIME_MS } from '../clock.ts';
import { type JobRecord, rewriteRecord, type StoredOptions } from '../engine/record/record.ts';
import { ERROR_TEXT_KEPT, ERRORS_KEPT } from '../engine/record/settlement.ts';
import { ApiaryError } from '../errors.ts';
import type { JobOptions } from '../jobs/options.ts';
import { resolveOptions } from '../jobs/resolve-options.ts';
import { toStoredOptions } from '../jobs/stored-options.ts';
import { isLabel, isName } from '../names.ts';
import { isObject, parseObject, toJobOptions, toNumber } from './bull-options.ts';
import { type Finding, goes, stays } from './finding.ts';
import type { HashOf, HashRule } from './hashes.ts';
import { type CarryRules, carriedId } from './rules.ts';

/** What is read of a job of Bull or BullMQ. */
export const JOB_FIELDS = {
  fields: [
    ...(['name', 'data', 'opts', 'timestamp', 'attemptsMade', 'atm', 'processedOn', 'finishedOn'] as const),
    ...(['failedReason', 'stacktrace', 'progress', 'parentKey', 'parent', 'deid'] as const),
  ],
  large: ['name', 'data', 'opts', 'failedReason', 'stacktrace', 'progress', 'parent', 'deid'],
} as const satisfies HashRule<string>;

/** A job as it is stored there. */
export type BullHash = HashOf<(typeof JOB_FIELDS)['fields'][number]>;

/** Where it was found, and when it is due or has failed (epoch ms), as the score of a sorted set says. */
export interface BullPlace {
  id: string;
  state: 'waiting' | 'delayed' | 'failed';
  at: number | null;
}

/** What Bull calls the jobs that were given no name. */
const NO_NAME = '__default__';

/** The type that jobs of a name become; null where that can be none. */
export function typeOf(name: string | undefined, { types, into }: CarryRules): string | null {
  const type = types.get(name ?? NO_NAME) ?? (name === undefined || name === NO_NAME ? into : name);
  return isName(type) ? type : null;
}

/** Says a job of Bull or BullMQ in ours, or why it stays. */
export function toFinding(hash: BullHash, place: BullPlace, rules: CarryRules): Finding {
  const { id, state, at } = place;
  const opts = parseObject(hash.opts);
  const type = typeOf(hash.name, rules);
  const ownId = carriedId(rules, id);
  const attemptsMade = Math.max(0, Math.floor(toNumber(hash.atm ?? hash.attemptsMade) ?? 0));
  const { data = '{}' } = hash;
  if (hash.parentKey || hash.parent) return stays('flow', id);
  if (opts === null) return stays('options', id);
  if (state === 'delayed' && isObject(opts['repeat']) && attemptsMade === 0) return stays('tick', id);
  if (type === null) return stays('type', hash.name ?? '');
  if (!isLabel(ownId)) return stays('id', id);
  if (!isJson(data)) return stays('data', id);
  if (at !== null && !(at >= 0 && at <= LATEST_TIME_MS)) return stays('time', id);
  const { options, changed } = toJobOptions(opts, { attemptsMade, deduplicationId: hash.deid });
  const stored = storedOptions(type, options, { hash, source: rules.source });
  if (stored === null) return stays('options', id);
  Object.assign(stored, pastOf(hash, attemptsMade, rules));
  if (state === 'failed') Object.assign(stored, failureOf(hash, attemptsMade));
  if (state === 'delayed' && at !== null) stored.delay = at;
  const status = state === 'failed' ? 'failed' : 'created';
  const record: JobRecord = { data: null, options: stored, status, progress: progressOf(hash) };
  const text = rewriteRecord(`{"data":${data}}`, record);
  return goes({ kind: 'job', id: ownId, state, at, record: text }, changed);
}

function storedOptions(
  type: string,
  options: JobOptions,
  { hash, source }: { hash: BullHash; source: string },
): StoredOptions | null {
  try {
    const now = timeOf(hash.timestamp) ?? 0;
    const stored = toStoredOptions(type, resolveOptions({}, options), { now, addedBy: source });
    return withoutTimeout(stored, options);
  } catch (error) {
    if (error instanceof ApiaryError) return null;
    throw error;
  }
}

/** Says that a job may run as long as it likes, where it said nothing else there: here that is no default. */
export function withoutTimeout<Stored extends Pick<StoredOptions, 'timeout'>>(
  stored: Stored,
  { timeoutMs }: Pick<JobOptions, 'timeoutMs'>,
): Stored {
  return timeoutMs === undefined ? { ...stored, timeout: 0 } : stored;
}

/** The attempts that were made there count on here, as a back-off goes by their number. */
function pastOf(hash: BullHash, made: number, { source }: CarryRules): Pick<StoredOptions, 'run'> {
  if (made === 0) return {};
  const startedAt = timeOf(hash.processedOn) ?? timeOf(hash.timestamp) ?? 0;
  const durationMs = Math.max(0, (timeOf(hash.finishedOn) ?? startedAt) - startedAt);
  return { run: [made, startedAt, durationMs, source] };
}

function failureOf(hash: BullHash, attempt: number): Pick<StoredOptions, 'errors' | 'stacktraces'> {
  const message = (hash.failedReason ?? '').slice(0, ERROR_TEXT_KEPT);
  const at = timeOf(hash.finishedOn) ?? timeOf(hash.timestamp) ?? 0;
  // Theirs come oldest first.
  const stacks = stacksOf(hash.stacktrace).reverse().slice(0, ERRORS_KEPT);
  return {
    errors: [{ name: 'Error', message, at, attempt: Math.max(1, attempt) }],
    stacktraces: stacks.map((stack) => stack.slice(0, ERROR_TEXT_KEPT)),
  };
}

function stacksOf(text: string | undefined): string[] {
  const value = parsed(text ?? '[]');
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** It is JSON of a number or of any value. */
function progressOf({ progress = '0' }: BullHash): unknown {
  return parsed(progress) ?? 0;
}

function timeOf(text: string | undefined): number | null {
  const time = toNumber(text);
  return time !== null && time >= 0 && time <= LATEST_TIME_MS ? Math.floor(time) : null;
}

/** Whether a text is JSON. */
export function isJson(text: string): boolean {
  return parsed(text) !== undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
