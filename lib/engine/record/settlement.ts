import { type ErrorCause, messageOf, readError } from '../../error-facts.ts';
import { type LinkedJob, type Links, linksOf } from './links.ts';
import type { JobOutcome, JobRecord, Opening, StoredError, StoredRun } from './record.ts';
import { rewriteRecord } from './record.ts';

/** What came of one attempt; decided by the worker, carried out by `settle.lua`. */
export type Outcome =
  /** `follows` are jobs to be stored with it. */
  | { kind: 'succeeded'; result: unknown; resultJson: string | undefined; follows?: readonly LinkedJob[] }
  | { kind: 'retry'; delayMs: number; error: Error }
  /** `unstarted` where no attempt was made: the job was lost, or its time or somebody's cancelling came first. */
  | { kind: 'failed'; error: Error; as: Exclude<JobOutcome, 'succeeded'>; unstarted?: true }
  | { kind: 'snoozed'; delayMs: number; error?: Error }
  | { kind: 'interrupted' };

/** The job of an ended attempt, and since when it ran (epoch ms by Redis's clock). */
export interface Attempt {
  id: string;
  record: JobRecord;
  /** The stored record as it is written, from which the data come; null where those of `record` count. */
  text: string | null;
  /** What is stored, cut open, when nothing has happened to the job yet; else null. */
  opening: Opening | null;
  attempt: number;
  startedAt: number;
}

/**
 * What `settle.lua` is told of one job; the unique key of one that was added under it and ends for good; what its end
 * does beyond the job, for `settle-linked.lua`; and the name of its claim, where that has one.
 */
export type SettlementArgs = [
  id: string,
  kind: 'S' | 'F' | 'C' | 'R' | 'W' | 'I',
  record: string,
  extra: string,
  uniqueKey?: string | undefined,
  links?: Links | undefined,
  claimName?: string,
];

/** What the end of an attempt takes beside its outcome. */
export interface EndFacts {
  durationMs: number;
  /** `host:pid`. */
  worker: string;
  /** Whether jobs that succeed stay in Redis; default true. */
  keepsSucceeded?: boolean;
}

/** How many failed attempts a job remembers. */
export const ERRORS_KEPT = 10;

/** How much of an error's message and stack is kept, in characters. */
export const ERROR_TEXT_KEPT = 4_000;

/** The kinds that are for good. */
const ENDS: readonly SettlementArgs[1][] = ['S', 'F', 'C'];

/** Writes an ended attempt into the job's record and says where the job goes. To be called once per attempt. */
export function settlementArgs(attempt: Attempt, outcome: Outcome, facts: EndFacts): SettlementArgs {
  const args = endingArgs(attempt, outcome, facts);
  const { unique, links } = attempt.record.options;
  if (unique && typeof unique.key === 'string' && ENDS.includes(args[1])) args[4] = unique.key;
  if (links || (outcome.kind === 'succeeded' && outcome.follows)) {
    const led = linksOf(links, outcome, attempt.startedAt + facts.durationMs);
    if (led) args[5] = led;
  }
  return args;
}

function endingArgs(
  attempt: Attempt,
  outcome: Outcome,
  { durationMs, worker, keepsSucceeded = true }: EndFacts,
): SettlementArgs {
  const { id, record } = attempt;
  if (outcome.kind === 'interrupted') return [id, 'I', '', ''];
  if (outcome.kind === 'snoozed') return [id, 'W', '', String(Math.round(outcome.delayMs))];
  if (outcome.kind === 'succeeded' && !keepsSucceeded) return [id, 'S', '', outcome.resultJson ?? ''];
  const run: StoredRun = [attempt.attempt, attempt.startedAt, durationMs, worker];
  if (outcome.kind === 'succeeded' && attempt.opening !== null) {
    return [id, 'S', firstSuccess(attempt.opening, run, outcome.resultJson), outcome.resultJson ?? ''];
  }
  record.options.run = run;
  if (outcome.kind === 'succeeded') {
    // Read back from its text: what a handler returned may be another at every look.
    if (outcome.resultJson !== undefined) record.options.result = JSON.parse(outcome.resultJson);
    record.status = 'succeeded';
    return [id, 'S', written(attempt), outcome.resultJson ?? ''];
  }
  const wasRun = outcome.kind === 'retry' || !outcome.unstarted;
  addError(attempt, outcome.error, { durationMs, ...(wasRun && { worker }) });
  if (outcome.kind === 'retry') {
    record.options.retries = Math.max(0, (record.options.retries ?? 0) - 1);
    record.status = 'retrying';
    return [id, 'R', written(attempt), `${Math.round(outcome.delayMs)} ${messageJson(outcome.error)}`];
  }
  if (outcome.as !== 'failed') record.options.outcome = outcome.as;
  record.status = 'failed';
  const kind = outcome.as === 'cancelled' ? 'C' : 'F';
  return [id, kind, written(attempt), messageJson(outcome.error)];
}

/** The same text that writing the whole record would give, without doing so: most jobs succeed at once. */
function firstSuccess({ before, after }: Opening, run: StoredRun, resultJson: string | undefined): string {
  const result = resultJson === undefined ? '' : `,"result":${resultJson}`;
  const [attempt, startedAt, durationMs, worker] = run;
  const text = `[${attempt},${startedAt},${durationMs},${JSON.stringify(worker)}]`;
  return `${before},"run":${text}${result}}${after},"status":"succeeded","progress":0}`;
}

/** Writes a failed attempt into the record of its job; where it ran and for how long only if a worker is given. */
export function addError(
  { record, attempt, startedAt }: Pick<Attempt, 'record' | 'attempt' | 'startedAt'>,
  error: Error,
  { durationMs, worker }: { durationMs: number; worker?: string },
): void {
  const { options } = record;
  const { name, message, code, stack, causes } = readError(error);
  const stored: StoredError = {
    name: kept(name),
    message: kept(message),
    ...(code !== undefined && { code: kept(code) }),
    ...(causes.length > 0 && { causes: causes.map(keptCause) }),
    at: Math.max(startedAt + durationMs, loggedAt(options.logs)),
    attempt,
    ...(worker !== undefined && { worker, durationMs }),
  };
  // bee-queue's own list, newest first: its readers find the stacks where they always were.
  options.stacktraces = [kept(stack), ...listOf(options.stacktraces)].slice(0, ERRORS_KEPT);
  options.errors = [stored, ...listOf(options.errors)].slice(0, ERRORS_KEPT);
}

/** When the last line was logged: Redis's clock is known to a millisecond or so, and no error comes before its log. */
function loggedAt(logs: JobRecord['options']['logs']): number {
  const at: unknown = listOf(logs).at(-1)?.at;
  return typeof at === 'number' && Number.isSafeInteger(at) ? at : 0;
}

/** What is announced of an error. */
export function messageJson(error: Error): string {
  return JSON.stringify(kept(messageOf(error)));
}

/** How much of the message of a cause is kept, in characters. */
const CAUSE_TEXT_KEPT = 500;

function keptCause({ name, message, code }: ErrorCause): ErrorCause {
  const cut = (text: string): string => text.slice(0, CAUSE_TEXT_KEPT);
  return { name: cut(name), message: cut(message), ...(code !== undefined && { code: cut(code) }) };
}

function kept(text: string): string {
  return text.slice(0, ERROR_TEXT_KEPT);
}

/** Another program may have stored anything there. */
function listOf<T>(stored: readonly T[] | undefined): readonly T[] {
  return Array.isArray(stored) ? stored : [];
}

/** Over bee-queue's interface the data are the handler's to change; what in them cannot be JSON is left out. */
function written({ record, text }: Attempt): string {
  try {
    return rewriteRecord(text, record);
  } catch {
    const seen = new Set<unknown>();
    return JSON.stringify(record, (_name, value: unknown) => {
      if (typeof value === 'bigint') return String(value);
      if (typeof value !== 'object' || value === null) return value;
      return seen.has(value) ? undefined : seen.add(value) && value;
    });
  }
}
