import { randomBytes } from 'node:crypto';
import { endOfValue, memberOf } from '../../json-text.ts';
import { namesOf } from '../../names-of.ts';
import { DEFAULT_PRIORITY } from '../keys.ts';

/** One failed attempt, kept with the job; its stack is in `stacktraces` at the same index. */
export interface StoredError {
  name: string;
  message: string;
  code?: string;
  /** Its causes and parts, nearest first, up to five; absent where there are none. */
  causes?: { name: string; message: string; code?: string }[];
  /** Epoch milliseconds. */
  at: number;
  attempt: number;
  /** `host:pid` that ran the attempt, and for how long. */
  worker?: string;
  durationMs?: number;
  /** The `APP_VERSION` of the program that ran it, where it has said one. */
  version?: string;
}

/** A line that the handler of a job logged; `message` has the fields in it. */
export interface StoredLogLine {
  /** Epoch milliseconds. */
  at: number;
  level: (typeof LOGGED_LEVELS)[number];
  message: string;
}

/** The levels of lines that jobs keep. */
export const LOGGED_LEVELS = ['info', 'warn', 'error', 'fatal'] as const;
/** How much of a line is kept, in characters. */
export const LINE_LENGTH = 500;
/** How many lines a job keeps, over all its attempts. */
const LINES_KEPT = 100;

/** Adds a line to those that a job keeps; the oldest make way, and are counted. */
export function addLogLine(options: StoredOptions, line: StoredLogLine): void {
  const lines = [...(options.logs ?? []), line];
  const dropped = Math.max(0, lines.length - LINES_KEPT);
  options.logs = lines.slice(dropped);
  if (dropped > 0) options.logsDropped = (options.logsDropped ?? 0) + dropped;
}

/** How a finished job may have ended. */
export const JOB_OUTCOMES = ['succeeded', 'failed', 'discarded', 'cancelled', 'expired', 'lost'] as const;

/** One of {@link JOB_OUTCOMES}. */
export type JobOutcome = (typeof JOB_OUTCOMES)[number];

/** The last attempt: number of attempts made, start (epoch ms), duration (ms), and the worker as `host:pid`. */
export type StoredRun = [attempts: number, startedAt: number, durationMs: number, worker: string];

/**
 * `options` as stored. The first seven names are bee-queue's own: `delay` is an absolute time, `retries` counts
 * down, `stacktraces` is newest first. What follows is ours; a stock client carries it along unread.
 */
export interface StoredOptions {
  timestamp: number;
  stacktraces?: string[];
  retries?: number;
  timeout?: number;
  delay?: number;
  backoff?: { strategy: string; delay: number; maxDelay?: number; jitter?: boolean | number };
  type?: string;
  /** Who added it, where the producer says who it is. */
  addedBy?: string;
  /** The job of the same queue that it runs anew. */
  rerunOf?: string;
  headers?: Record<string, string>;
  /** Epoch ms: no attempt begins after, and none runs on past the deadline. */
  expiresAt?: number;
  deadlineAt?: number;
  /** The key that at most one job holds, `ttl` in ms; a throttle is let go by its `ttl` alone. */
  unique?: { key: string; ttl?: number; release?: 'ttl' };
  /** The tenant or resource that limits between keys go by, and how many tokens of a rate the job takes; default 1. */
  key?: string;
  cost?: number;
  /** 0 (first) to 9; absent for 4. `front` makes it the next of its priority. */
  priority?: number;
  front?: true;
  /** The group in which it waits; with a `size` it is the carrier of so many jobs of the group, which are its data. */
  group?: { name: string; size?: number };
  /** The schedule that fired it, and the tick (epoch ms) that it is for. */
  schedule?: { name: string; tick: number };
  run?: StoredRun;
  errors?: StoredError[];
  result?: unknown;
  /** What its handlers logged, newest last. */
  logs?: StoredLogLine[];
  /** How many older lines made way; absent as long as none did. */
  logsDropped?: number;
  /** Absent when the state says it: a job in `succeeded` succeeded, one in `failed` failed. */
  outcome?: JobOutcome;
  /** What its handlers did once and for all, by key. */
  once?: Record<string, StoredOnce>;
  /** What its handlers wait for, or have waited for. */
  waits?: StoredWaits;
  /** How it is tied to other jobs. */
  links?: StoredLinks;
  /** How long it stays once it has ended, in ms, where it says so. */
  retention?: { succeededMs?: number | undefined; failedMs?: number | undefined };
  /** Whether what is private of it is sealed, see `private.ts`: its data, what came of it, and `sealed`. */
  encrypted?: true;
  /** What of these options is sealed as a whole, as it would be without. */
  sealed?: { headers?: string; once?: string; previous?: string };
}

/** An effect that was done: when (epoch ms), and what came of it; no result where the handler gave none. */
export interface StoredOnce {
  at: number;
  result?: unknown;
}

/** The waits of a job for signals. */
export interface StoredWaits {
  /** Until when each wait lasts (epoch ms), by the name of its signal, in the order in which they were begun. */
  until: Record<string, number[]>;
  /** The signals that it waits for now; absent where its last attempt did not end by waiting. */
  on?: string[];
}

/** The workflow that a job is a step of. */
export interface StoredFlow {
  id: string;
  queue: string;
  /** The name of the step. */
  step: string;
  /** The names of the sub-workflows that it is in, the outermost first; absent for none. */
  within?: string[];
  /** From when on no step starts (epoch ms); absent for never. */
  deadlineAt?: number;
  /** Whether it has steps in other slots than its own; absent where it has none. */
  isSpread?: boolean;
}

/** How a job is tied to others; queues are named, as those may be elsewhere. */
export interface StoredLinks {
  /** The job whose success added this one. */
  follows?: { queue: string; id: string };
  /** The chain that it is a step of, by the id of its first job; `rest` is what comes after it. */
  chain?: { id: string; step: number; steps: number; rest?: StoredStep[] };
  /** What the step before it came to. */
  previous?: unknown;
  /** The batch that it is a member of. */
  batch?: { id: string; queue: string };
  /** The batch after which it was added, and what that came to. */
  concludes?: { id: string; queue: string; total: number; succeeded: number; failed: number };
  flow?: StoredFlow;
  /** What steps before it returned, by their names; and the names of those whose results were too long. */
  results?: Record<string, unknown>;
  unread?: string[];
}

/** A step of a chain that is not stored as a job yet. */
export interface StoredStep {
  queue: string;
  id: string;
  data: unknown;
  /** But for what is known only when its turn comes. */
  options: StoredOptions;
  /** As in a new job: '' for at once, a number for epoch ms, `+n` for n ms from then. */
  start: string;
}

/** A job as bee-queue 2.0 stores it in the `jobs` hash. */
export interface JobRecord {
  data: unknown;
  options: StoredOptions;
  /** bee-queue's word: `created` until an attempt has ended. */
  status: 'created' | 'succeeded' | 'failed' | 'retrying';
  progress: unknown;
}

/** Reads a stored job; null when it is no JSON or has not the shape that bee-queue writes. */
export function parseRecord(json: string): JobRecord | null {
  try {
    return toRecord(JSON.parse(json));
  } catch {
    return null;
  }
}

/** Takes what was parsed for a stored job; null when it has not the shape that bee-queue writes. */
export function toRecord(value: unknown): JobRecord | null {
  return isRecord(value) ? value : null;
}

/** Writes a job in the stored form; throws a TypeError when data or result cannot be JSON. */
export function stringifyRecord(record: JobRecord): string {
  return JSON.stringify(record);
}

/**
 * Writes a record that was changed, but for its data: those are written as `text` has them, from which it was read.
 * Whoever has worked with the data since has not changed what is stored. Without a text the record is written as it
 * is.
 */
export function rewriteRecord(text: string | null, record: JobRecord): string {
  const data = text === null ? null : memberOf(text, 'data');
  if (data === null) return stringifyRecord(record);
  const { data: _, options, ...others } = record;
  // What another program wrote may have nothing else in it.
  const rest = Object.keys(others).length === 0 ? '}' : `,${JSON.stringify(others).slice(1)}`;
  // What limits go by stands before the data, see key-of.lua, and must stay there.
  if (Object.keys(record)[0] === 'options')
    return `{"options":${JSON.stringify(options)},"data":${data}${rest}`;
  return `${BEGIN}${data},"options":${JSON.stringify(options)}${rest}`;
}

/** Gives a record a priority, and has its options come before its data, where `key-of.lua` looks for it. */
export function withPriority(record: JobRecord, priority: number): void {
  const { data, options, ...others } = record;
  const { key, cost, front } = options;
  const first = { ...(key !== undefined && { key }), ...(cost !== undefined && { cost }) };
  const { priority: _, ...rest } = options;
  const own = { ...(priority !== DEFAULT_PRIORITY && { priority }), ...(front && { front }) };
  for (const name of namesOf(record)) Reflect.deleteProperty(record, name);
  Object.assign(record, { options: { ...first, ...own, ...rest }, data, ...others });
}

/** Reads the data of a job anew from the text of its record, so that they are nobody else's. */
export function readData(text: string): unknown {
  return JSON.parse(memberOf(text, 'data') ?? 'null');
}

/** A stored record, cut where more options can be written: behind `before`, and `after` goes on up to its status. */
export interface Opening {
  before: string;
  after: string;
}

/**
 * How the record of a job begins, where limits go by its options, and how it ends when nothing has happened to the job
 * yet.
 */
const BEGIN = '{"data":';
const BEGIN_LIMITED = '{"options":';
const AS_SAVED = ',"status":"created","progress":0}';
const OPEN_BRACE = 123;

/** Cuts a stored record open, as long as it is as it was saved; null otherwise. */
export function openingOf(json: string, record: JobRecord): Opening | null {
  const saved = json.length - AS_SAVED.length;
  // With more names in it than these four, what ends here might not be the options.
  if (!json.startsWith(AS_SAVED, saved) || !hasFourNames(record)) return null;
  const isLimited = json.startsWith(BEGIN_LIMITED);
  if (!isLimited && !json.startsWith(BEGIN)) return null;
  const end = (isLimited ? endOfValue(json, BEGIN_LIMITED.length) : saved) - 1;
  // An empty one needs no comma.
  if (json[end] !== '}' || json.charCodeAt(end - 1) === OPEN_BRACE) return null;
  return { before: json.slice(0, end), after: json.slice(end + 1, saved) };
}

/** Not by a list of them, which would be made for each job. */
function hasFourNames(record: JobRecord): boolean {
  let count = 0;
  for (const _ in record) count++;
  return count === 4;
}

/** Stands in for a job whose record is gone or unreadable, so that it can be shown among the failed. */
export function unreadableRecord(raw: string | null, now: number): JobRecord {
  return { data: raw, options: { timestamp: now }, status: 'created', progress: 0 };
}

function isRecord(value: unknown): value is JobRecord {
  if (typeof value !== 'object' || value === null || !('data' in value) || !('options' in value))
    return false;
  return typeof value.options === 'object' && value.options !== null && !Array.isArray(value.options);
}

const PROCESS_PART = Array.from(randomBytes(8), (byte) => (byte % 36).toString(36)).join('');
const SEQUENCE_END = 36 ** 4;
let lastMs = 0;
let lastPrefix = '';
let sequence = 0;

/**
 * Makes a job id of 20 characters that no other process makes and that sorts by time: eight of milliseconds, four
 * of a counter within them, eight of chance per process. Made before sending, so that a re-sent command finds
 * its own job instead of making a second.
 */
export function makeJobId(now: number): string {
  // A clock that steps back must not repeat an id: the counter goes on under the newest time seen.
  if (now > lastMs || sequence === SEQUENCE_END) {
    lastMs = Math.max(now, lastMs + 1);
    lastPrefix = lastMs.toString(36).padStart(8, '0');
    sequence = 0;
  }
  return lastPrefix + (sequence++).toString(36).padStart(4, '0') + PROCESS_PART;
}
