import { LATEST_TIME_MS } from '../clock.ts';
import { DEFAULT_PRIORITY, LOWEST_PRIORITY } from '../engine/keys.ts';
import type { StoredOptions } from '../engine/record/record.ts';
import { isWhole } from '../field-checks.ts';
import { durationText } from '../texts.ts';

/** The options of a job as the inspector shows them; times are epoch ms. */
export interface ShownOptions {
  retriesLeft: number;
  /** 0 for none; null where it says nothing. */
  timeoutMs: number | null;
  /** Its jitter as it was given: true, false or a part from 0 to 1. */
  backoff: {
    type: string;
    delayMs: number;
    maxDelayMs: number | null;
    jitter: boolean | number | null;
  } | null;
  runAt: number | null;
  expiresAt: number | null;
  deadlineAt: number | null;
  /** The unique key it was added under, how long it is held at most, and what lets go of it; null when none. */
  unique: { key: string; ttlMs: number | null; release: 'end' | 'ttl' } | null;
  /** What limits per key go by, or null; and the tokens of a rate that it takes. */
  key: string | null;
  cost: number;
  /** 0 (first) to 9, and whether it goes before those of its priority that wait. */
  priority: number;
  front: boolean;
  /** The group it was added to; with a size it carries so many jobs of that group as its data. Null when none. */
  group: { name: string; size: number | null } | null;
  /** How long it stays at most once it has ended; null where, and when, it leaves that to its workers. */
  retention: { succeededMs: number | null; failedMs: number | null } | null;
}

/** Whether a value is what it is to be. */
type Soundness = (value: unknown) => boolean;

const isText: Soundness = (value) => typeof value === 'string';
const isNumber: Soundness = (value) => Number.isFinite(value);
const isTime: Soundness = (value) => typeof value === 'number' && Math.abs(value) <= LATEST_TIME_MS;
const isAnything: Soundness = () => true;
const listOf =
  (check: Soundness): Soundness =>
  (value) =>
    Array.isArray(value) && value.every(check);
const mapOf =
  (check: Soundness): Soundness =>
  (value) =>
    isMap(value) && Object.values(value).every(check);
const withFields =
  (checks: Readonly<Record<string, Soundness>>): Soundness =>
  (value) =>
    isMap(value) && Object.entries(checks).every(([name, check]) => check(value[name]));
const optional =
  (check: Soundness): Soundness =>
  (value) =>
    value === undefined || check(value);

const ADDRESS = { id: isText, queue: isText };
const CHECKS: Readonly<Record<Exclude<keyof StoredOptions, 'timestamp'>, Soundness>> = {
  stacktraces: listOf(isText),
  retries: isNumber,
  timeout: isNumber,
  delay: isTime,
  backoff: withFields({ strategy: isText, delay: isNumber }),
  type: isText,
  addedBy: isText,
  rerunOf: isText,
  headers: mapOf(isText),
  expiresAt: isTime,
  deadlineAt: isTime,
  unique: withFields({ key: (value) => isText(value) || isNumber(value), ttl: optional(isNumber) }),
  key: isText,
  cost: isNumber,
  priority: (value) => isWhole(value, 0, LOWEST_PRIORITY),
  front: (value) => value === true,
  group: withFields({ name: isText }),
  schedule: withFields({ name: isText, tick: isTime }),
  run: (value) => isRun(value),
  errors: listOf(
    withFields({
      name: isText,
      message: isText,
      causes: optional(listOf(withFields({ name: isText, message: isText }))),
      at: isTime,
      attempt: isNumber,
    }),
  ),
  result: isAnything,
  logs: listOf(withFields({ at: isTime, level: isText, message: isText })),
  logsDropped: isNumber,
  outcome: isText,
  once: mapOf(withFields({ at: isTime })),
  waits: withFields({ until: mapOf(listOf(isNumber)), on: optional(listOf(isText)) }),
  links: withFields({
    follows: optional(withFields(ADDRESS)),
    chain: optional(
      withFields({ id: isText, step: isNumber, steps: isNumber, rest: optional(listOf(isMap)) }),
    ),
    batch: optional(withFields(ADDRESS)),
    concludes: optional(withFields(ADDRESS)),
    flow: optional(withFields({ ...ADDRESS, step: isText, within: optional(listOf(isText)) })),
  }),
  retention: mapOf(isNumber),
  encrypted: (value) => value === true,
  sealed: mapOf(isText),
};

/**
 * The options of a stored job without those that are not what they are to be: other programs write records too, and one
 * wrong record must not keep a whole list from being shown. A timestamp that is none is 0.
 */
export function soundOptions(options: StoredOptions): StoredOptions {
  const sound = Object.entries(options).filter(([name, value]) =>
    isChecked(name) ? CHECKS[name](value) : true,
  );
  return { ...Object.fromEntries(sound), timestamp: isTime(options.timestamp) ? options.timestamp : 0 };
}

function isChecked(name: string): name is keyof typeof CHECKS {
  return Object.hasOwn(CHECKS, name);
}

/**
 * Turns sound options into what is shown of them; wire names become ours here. `dueAt` is when the job is due, where a
 * list of Redis tells.
 */
export function toShownOptions(stored: StoredOptions, dueAt: number | null): ShownOptions {
  const { retries, timeout, delay, expiresAt, deadlineAt, key, cost, priority, front, group } = stored;
  return {
    retriesLeft: retries ?? 0,
    timeoutMs: timeout ?? null,
    backoff: shownBackoff(stored),
    runAt: dueAt ?? delay ?? null,
    expiresAt: expiresAt ?? null,
    deadlineAt: deadlineAt ?? null,
    unique: shownUnique(stored),
    key: key ?? null,
    cost: cost ?? 1,
    priority: priority ?? DEFAULT_PRIORITY,
    front: front ?? false,
    group: group ? { name: group.name, size: group.size ?? null } : null,
    retention: shownRetention(stored),
  };
}

function shownRetention({ retention }: StoredOptions): ShownOptions['retention'] {
  if (!retention) return null;
  return { succeededMs: retention.succeededMs ?? null, failedMs: retention.failedMs ?? null };
}

function shownBackoff({ backoff }: StoredOptions): ShownOptions['backoff'] {
  if (!backoff) return null;
  const { strategy: type, delay: delayMs, maxDelay: maxDelayMs = null, jitter = null } = backoff;
  return { type, delayMs, maxDelayMs, jitter };
}

function shownUnique({ unique }: StoredOptions): ShownOptions['unique'] {
  if (!unique) return null;
  return { key: String(unique.key), ttlMs: unique.ttl ?? null, release: unique.release ?? 'end' };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRun(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [attempts, startedAt, durationMs, worker]: unknown[] = value;
  return isNumber(attempts) && isTime(startedAt) && isNumber(durationMs) && isText(worker);
}

/** Writes how long an attempt may run; null where the job says nothing of it. */
export function timeoutText(timeoutMs: number | null): string | null {
  if (timeoutMs === null) return null;
  return timeoutMs === 0 ? 'none' : durationText(timeoutMs);
}

/** Writes how long a job stays once it has ended; null where it says nothing of it. */
export function retentionText(retention: ShownOptions['retention']): string | null {
  if (retention === null) return null;
  const { succeededMs, failedMs } = retention;
  const parts = [
    succeededMs === null ? [] : `succeeded ${staysText(succeededMs)}`,
    failedMs === null ? [] : `failed ${staysText(failedMs)}`,
  ];
  return parts.flat().join(', ');
}

function staysText(ms: number): string {
  return ms === 0 ? 'not at all' : `at most ${durationText(ms)}`;
}
