import { DEFAULT_PRIORITY, LOWEST_PRIORITY } from '../engine/keys.ts';
import { DEFAULT_TIMEOUT_MS } from '../engine/pump/time-bounds.ts';
import type { StoredOptions } from '../engine/record/record.ts';
import type { UniqueKey } from '../engine/unique/unique.ts';
import { type FieldCheck, isWhole } from '../field-checks.ts';
import { isLabel, LABEL_RULE } from '../names.ts';
import { namesOf } from '../names-of.ts';
import { type BackoffOptions, type ResolvedBackoff, resolveBackoff } from './backoff-options.ts';
import { type JobRetention, resolveJobRetention } from './job-retention.ts';
import { checkMs, checkTime, resolveEnd, resolveHeaders, toTime } from './option-checks.ts';
import { resolveUnique, type UniqueOptions } from './unique.ts';

export type { BackoffOptions } from './backoff-options.ts';
export type { JobRetention } from './job-retention.ts';

/** What a producer may say of a job beside its data. */
export interface JobOptions {
  /** The caller's own id; adding it again returns the existing job. Default: a unique id, ordered by time. */
  id?: string | undefined;
  /** Earliest start, counted from now; default 0. */
  delayMs?: number | undefined;
  /** Earliest start as epoch milliseconds, an ISO date with its zone or a Date; not together with `delayMs`. */
  runAt?: number | string | Date | undefined;
  /** Further attempts after the first failure; default 3. */
  retries?: number | undefined;
  backoff?: BackoffOptions | undefined;
  /** How long one attempt may run before its signal aborts and it counts as failed; default 300,000. */
  timeoutMs?: number | undefined;
  /** No attempt begins at or after this time, as `runAt` says it; the job ends as expired then. Default never. */
  expiresAt?: number | string | Date | undefined;
  /**
   * No attempt begins at or after this time, and one that runs is aborted by it: the job ends as expired. Default
   * never.
   */
  deadlineAt?: number | string | Date | undefined;
  /** A string map handed to the handler; W3C trace context goes here. Default `{}`. */
  headers?: Record<string, string> | undefined;
  /** A key that at most one job of the queue holds at a time; default none. */
  unique?: UniqueOptions | undefined;
  /**
   * A tenant or resource, 1 to 256 characters without control characters: what the limits of the queue set per key
   * applies to it, and keys take turns where the queue is fair. Default none.
   */
  key?: string | undefined;
  /** How many tokens of a rate limit the job takes; default 1. */
  cost?: number | undefined;
  /** Which waiting jobs of its queue are served first: from 0, the first, to 9, the last; default 4. */
  priority?: number | undefined;
  /** Whether it is the next of its priority, before those that wait already; default false. */
  front?: boolean | undefined;
  /** The group in which the job waits for others, to be handed over with them in one call; default none. */
  group?: string | undefined;
  /**
   * Whether its data, and what comes of it, are encrypted in Redis, which takes keys for that; default false.
   */
  encrypt?: boolean | undefined;
  /** How long it stays once it has ended, where that is less long than its workers say; default what they say. */
  retention?: JobRetention | undefined;
}

/** What may be said of an add: beside the options of the job, what holds for the add alone. */
export interface AddOptions extends JobOptions {
  /**
   * Whether the add is refused, with NO_WORKER, where no live worker takes jobs of the type from the queue; default
   * false. Workers over `Queue#process` and stock bee-queue's do not say what they take, and do not count.
   */
  requireWorker?: boolean | undefined;
}

/** The options of a job with every default filled in and every value checked. */
export interface ResolvedJobOptions {
  id: string | null;
  /** Epoch milliseconds, or null for at once. */
  runAt: number | null;
  /** Counted by Redis from the moment it stores the job, or null. */
  delayMs: number | null;
  retries: number;
  /** Null for the default: exponential from 1 s, cap 1 h, full jitter. It is not stored then. */
  backoff: ResolvedBackoff | null;
  timeoutMs: number;
  /** Epoch milliseconds, or null for never. */
  expiresAt: number | null;
  deadlineAt: number | null;
  headers: Record<string, string>;
  unique: UniqueKey | null;
  key: string | null;
  cost: number;
  priority: number;
  front: boolean;
  group: string | null;
  encrypt: boolean;
  /** Null where it says nothing. */
  retention: JobRetention | null;
}

const DEFAULT_RETRIES = 3;
const MOST_COUNT = 1_000_000;

/** All that there is to know of one option. An option that lacks one of these does not compile. */
interface JobOption<Name extends keyof JobOptions> {
  /** Which jobs may have it, beside those that are added one by one. */
  readonly mayHave: {
    /** A job that waits in a group: else it would be an option of its carrier, or of nobody. */
    readonly grouped: boolean;
    /** The jobs of a schedule, which are many at many times. */
    readonly scheduled: boolean;
    /** A job that others add: a step of a chain, a member of a batch, one that follows. */
    readonly linked: boolean;
  };
  /** Checks what was given, and fills in the default. */
  resolve(given: JobOptions, check: FieldCheck): ResolvedJobOptions[Name];
  /** Says it in the record, in bee-queue's words where that has some; a default that workers know is left out. */
  store(value: ResolvedJobOptions[Name], stored: Partial<StoredOptions>, now: number): void;
}

const ANYWHERE = { grouped: true, scheduled: true, linked: true } as const;

/**
 * The options of a job, each with all that there is of it but what the record, documents, the inspector and the pages
 * show.
 */
export const JOB_OPTIONS = {
  id: {
    mayHave: { ...ANYWHERE, scheduled: false },
    resolve: ({ id }, check) => {
      check('id', id === undefined || isLabel(id), `must be ${LABEL_RULE}`);
      return id ?? null;
    },
    // It is the name of the record.
    store: () => {},
  },
  delayMs: {
    mayHave: ANYWHERE,
    resolve: ({ delayMs }, check) => {
      if (delayMs !== undefined) checkMs(check, 'delayMs', delayMs);
      return delayMs ?? null;
    },
    store: (delayMs, stored, now) => {
      if (delayMs) stored.delay = now + delayMs;
    },
  },
  runAt: {
    mayHave: { ...ANYWHERE, scheduled: false },
    resolve: ({ runAt, delayMs }, check) => {
      const time = toTime(runAt);
      if (delayMs === undefined) checkTime(check, 'runAt', time);
      else check('runAt', runAt === undefined, 'cannot be given together with delayMs');
      return time ?? null;
    },
    store: (runAt, stored) => {
      if (runAt !== null) stored.delay = runAt;
    },
  },
  retries: {
    mayHave: ANYWHERE,
    resolve: ({ retries = DEFAULT_RETRIES }, check) => {
      check('retries', isWhole(retries, 0, MOST_COUNT), 'must be a whole number from 0 up');
      return retries;
    },
    store: (retries, stored) => {
      stored.retries = retries;
    },
  },
  backoff: {
    mayHave: ANYWHERE,
    resolve: ({ backoff }, check) => resolveBackoff(backoff, check),
    store: (backoff, stored) => {
      if (backoff === null) return;
      const { type: strategy, delayMs: delay, maxDelayMs: maxDelay, jitter } = backoff;
      stored.backoff = { strategy, delay, maxDelay, jitter };
    },
  },
  timeoutMs: {
    mayHave: ANYWHERE,
    resolve: ({ timeoutMs = DEFAULT_TIMEOUT_MS }, check) => {
      checkMs(check, 'timeoutMs', timeoutMs, 1);
      return timeoutMs;
    },
    store: (timeoutMs, stored) => {
      if (timeoutMs !== DEFAULT_TIMEOUT_MS) stored.timeout = timeoutMs;
    },
  },
  expiresAt: {
    mayHave: { grouped: false, scheduled: false, linked: true },
    resolve: ({ expiresAt, runAt }, check) => resolveEnd('expiresAt', { end: expiresAt, runAt }, check),
    store: (expiresAt, stored) => {
      if (expiresAt !== null) stored.expiresAt = expiresAt;
    },
  },
  deadlineAt: {
    mayHave: { grouped: false, scheduled: false, linked: true },
    resolve: ({ deadlineAt, runAt }, check) => resolveEnd('deadlineAt', { end: deadlineAt, runAt }, check),
    store: (deadlineAt, stored) => {
      if (deadlineAt !== null) stored.deadlineAt = deadlineAt;
    },
  },
  headers: {
    mayHave: ANYWHERE,
    resolve: ({ headers }, check) => resolveHeaders(headers, check),
    store: (headers, stored) => {
      if (Object.keys(headers).length > 0) stored.headers = headers;
    },
  },
  unique: {
    mayHave: { grouped: false, scheduled: true, linked: false },
    resolve: ({ unique }, check) => resolveUnique(unique, check),
    store: (unique, stored) => {
      if (unique === null) return;
      const { key, ttlMs, release } = unique;
      stored.unique = { key, ...(ttlMs !== null && { ttl: ttlMs }), ...(release === 'ttl' && { release }) };
    },
  },
  key: {
    mayHave: { ...ANYWHERE, grouped: false },
    resolve: ({ key }, check) => {
      check('key', key === undefined || isLabel(key), `must be ${LABEL_RULE}`);
      return key ?? null;
    },
    store: (key, stored) => {
      if (key !== null) stored.key = key;
    },
  },
  cost: {
    mayHave: { ...ANYWHERE, grouped: false },
    resolve: ({ cost = 1 }, check) => {
      check('cost', isWhole(cost, 1, MOST_COUNT), 'must be a whole number from 1 up');
      return cost;
    },
    store: (cost, stored) => {
      if (cost !== 1) stored.cost = cost;
    },
  },
  priority: {
    mayHave: ANYWHERE,
    resolve: ({ priority = DEFAULT_PRIORITY }, check) => {
      check('priority', isWhole(priority, 0, LOWEST_PRIORITY), 'must be a whole number from 0 to 9');
      return priority;
    },
    store: (priority, stored) => {
      if (priority !== DEFAULT_PRIORITY) stored.priority = priority;
    },
  },
  front: {
    mayHave: ANYWHERE,
    resolve: ({ front = false }, check) => {
      check('front', typeof front === 'boolean', 'must be true or false');
      return front;
    },
    store: (front, stored) => {
      if (front) stored.front = front;
    },
  },
  group: {
    mayHave: { grouped: true, scheduled: false, linked: false },
    resolve: ({ group }, check) => {
      check('group', group === undefined || isLabel(group), `must be ${LABEL_RULE}`);
      return group ?? null;
    },
    store: (group, stored) => {
      if (group !== null) stored.group = { name: group };
    },
  },
  encrypt: {
    mayHave: ANYWHERE,
    resolve: ({ encrypt = false }, check) => {
      check('encrypt', typeof encrypt === 'boolean', 'must be true or false');
      return encrypt;
    },
    store: (encrypt, stored) => {
      if (encrypt) stored.encrypted = true;
    },
  },
  retention: {
    mayHave: ANYWHERE,
    resolve: ({ retention }, check) => resolveJobRetention(retention, check),
    store: (retention, stored) => {
      if (retention !== null) stored.retention = retention;
    },
  },
} satisfies { readonly [Name in keyof JobOptions]-?: JobOption<Name> };

/** The name of an option. */
export type JobOptionName = keyof typeof JOB_OPTIONS;

/** The options that jobs of a kind cannot have. */
export type BarredOptions<Kind extends keyof JobOption<'id'>['mayHave']> = {
  [Name in JobOptionName]: (typeof JOB_OPTIONS)[Name]['mayHave'][Kind] extends true ? never : Name;
}[JobOptionName];

/** Every option name. The table has them, and none but them. */
export const JOB_OPTION_NAMES: readonly JobOptionName[] = namesOf(JOB_OPTIONS);

/** The same table, for who goes by the names one by one. */
export const JOB_OPTION_TABLE: { readonly [Name in JobOptionName]: JobOption<Name> } = JOB_OPTIONS;
