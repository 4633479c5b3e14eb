import type { NamedNode } from '../../jobs/named-plan.ts';
import type { JobOptions } from '../../jobs/options.ts';
import type { SignalWaitOptions } from '../../jobs/signals.ts';
import type { TransactionOptions } from '../../jobs/transaction.ts';
import type { LogFields, LogLevel } from '../../logger.ts';
import type { TransactionStep } from './remote-transaction.ts';
import type { SentError } from './sent-error.ts';

/** What a handler sees of its job at once, without asking. */
export interface SentJob {
  id: string;
  type: string;
  queue: string;
  attempt: number;
  headers: Readonly<Record<string, string>>;
  schedule: { readonly name: string; readonly tick: number } | null;
  previous: unknown;
  workflow: { readonly id: string; readonly step: string } | null;
  results: Readonly<Record<string, unknown>>;
  /** The steps whose results were too long, each with what to look at it throws. */
  unread: Readonly<Record<string, SentError>>;
  batch: { id: string; queue: string; total: number; succeeded: number; failed: number } | null;
}

/** A job that is to follow. Its data were found right by its schema, which cannot be sent. */
export interface SentFollowUp {
  type: string;
  queue: string;
  defaults: JobOptions;
  /** The data as JSON. */
  json: string;
  options: Omit<JobOptions, 'id'>;
}

/** What a handler asks of its `ctx` that has to be done where the worker is. */
export type Asked =
  | { ask: 'progress'; value: unknown }
  | { ask: 'updateData'; data: unknown }
  | { ask: 'once'; key: string }
  | { ask: 'waitFor'; name: string; options: SignalWaitOptions }
  | { ask: 'fencingNumber' }
  | { ask: 'transaction'; options: TransactionOptions }
  | { ask: 'follow'; job: SentFollowUp }
  | { ask: 'spawn'; name: string; job: SentFollowUp }
  | { ask: 'spawnWorkflow'; name: string; steps: readonly NamedNode<SentFollowUp>[] };

/** A line that a handler logs. */
export interface SentLine {
  level: LogLevel;
  message: string;
  fields: LogFields;
  /** What its logger adds to each line. */
  bound: LogFields;
}

/** What a worker tells an isolate. */
export type ToIsolate =
  /** Load the handler, before all else; lines of these levels are not wanted. */
  | { tell: 'load'; file: string; silent: readonly LogLevel[] }
  /** Run a job. There is one at a time. */
  | { tell: 'run'; run: number; data: unknown; job: SentJob }
  | { tell: 'abort'; run: number; reason: SentError }
  /** Do the effect that was asked for, or that part of a transaction. */
  | { tell: 'effect'; call: number; effect: number; step: TransactionStep | null }
  | { tell: 'answer'; call: number; value: unknown }
  | { tell: 'refusal'; call: number; error: SentError }
  /** End by itself: there is nothing more to run. */
  | { tell: 'leave' };

/** What an isolate tells the worker. */
export type FromIsolate =
  | { tell: 'ready' }
  | { tell: 'unloadable'; error: SentError }
  | { tell: 'returned'; run: number; value: unknown }
  | { tell: 'threw'; run: number; error: SentError }
  | { tell: 'asks'; run: number; call: number; asked: Asked }
  /** How the effect ended. */
  | { tell: 'effected'; effect: number; value: unknown }
  | { tell: 'ineffective'; effect: number; error: SentError }
  | { tell: 'logs'; run: number; line: SentLine }
  /** An error that nobody handled came from that job; null where it is not known from which. */
  | { tell: 'uncaught'; run: number | null; error: SentError };

/** Handlers may send messages of their own, and listen: what is ours has this about it. */
const MARK = 'apiary-isolate';

/** A message as it goes through the channel. */
export interface Sent<M extends ToIsolate | FromIsolate> {
  mark: typeof MARK;
  message: M;
}

/** Makes a message ready to be sent. */
export function toSent<M extends ToIsolate | FromIsolate>(message: M): Sent<M> {
  return { mark: MARK, message };
}

/** Whether it is a message of ours from a worker. */
export function isToIsolate(sent: unknown): sent is Sent<ToIsolate> {
  return isOurs(sent);
}

/** Whether it is a message of ours from an isolate. */
export function isFromIsolate(sent: unknown): sent is Sent<FromIsolate> {
  return isOurs(sent);
}

/** Both ends are of one version, and what has the mark has been made by {@link toSent}. */
function isOurs(sent: unknown): boolean {
  return typeof sent === 'object' && sent !== null && 'mark' in sent && sent.mark === MARK;
}
