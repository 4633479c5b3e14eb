import { LATEST_TIME_MS } from '../clock.ts';
import type { StoredOptions } from '../engine/record/record.ts';

/** Whether a value is what it is to be. */
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => Number.isFinite(value);
const isTime: Check = (value) => Number.isFinite(value) && Math.abs(value as number) <= LATEST_TIME_MS;
const isAnything: Check = () => true;
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const mapOf =
  (check: Check): Check =>
  (value) =>
    isMap(value) && Object.values(value).every(check);
const withFields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isMap(value) && Object.entries(checks).every(([name, check]) => check(value[name]));
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const ADDRESS = { id: isText, queue: isText };
const CHECKS: Readonly<Record<Exclude<keyof StoredOptions, 'timestamp'>, Check>> = {
  stacktraces: listOf(isText),
  retries: isNumber,
  timeout: isNumber,
  delay: isTime,
  backoff: withFields({ strategy: isText, delay: isNumber }),
  type: isText,
  addedBy: isText,
  headers: mapOf(isText),
  expiresAt: isTime,
  deadlineAt: isTime,
  unique: withFields({ key: (value) => isText(value) || isNumber(value), ttl: optional(isNumber) }),
  key: isText,
  cost: isNumber,
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
  links: withFields({
    follows: optional(withFields(ADDRESS)),
    chain: optional(
      withFields({ id: isText, step: isNumber, steps: isNumber, rest: optional(listOf(isMap)) }),
    ),
    batch: optional(withFields(ADDRESS)),
    concludes: optional(withFields(ADDRESS)),
  }),
};

/**
 * The options of a stored job without those that are not what they are to be: other programs write records too, and one
 * wrong record must not keep a whole list from being shown. A timestamp that is none is 0.
 */
export function soundOptions(options: StoredOptions): StoredOptions {
  const sound = Object.entries(options).filter(([name, value]) =>
    Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof typeof CHECKS](value) : true,
  );
  return { ...Object.fromEntries(sound), timestamp: isTime(options.timestamp) ? options.timestamp : 0 };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRun(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [attempts, startedAt, durationMs, worker] = value as unknown[];
  return isNumber(attempts) && isTime(startedAt) && isNumber(durationMs) && isText(worker);
}
