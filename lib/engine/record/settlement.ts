import { type ErrorCause, messageOf, readError } from '../../error-facts.ts';
import { isWhole } from '../../field-checks.ts';
import { type AddedByEnd, type Links, linksOf } from './links.ts';
import { type JobSeal, type Sealing, sealJson, sealRecord } from './private.ts';
import type { JobOutcome, JobRecord, Opening, StoredError, StoredRun } from './record.ts';
import { rewriteRecord } from './record.ts';
import { noteWaits, type SignalsAwaited } from './waits.ts';

/** What its handler holds back, the whole queue of the job or the key of it, and for how long (ms). */
export interface Hold {
  of: 'queue' | 'key';
  forMs: number;
}

/** What came of one attempt; decided by the worker, carried out by `settle.lua`. */
export type Outcome =
  /** `follows` are jobs to be stored with it, `spawns` steps of its workflow. */
  | ({ kind: 'succeeded'; result: unknown; resultJson: string | undefined } & Partial<AddedByEnd>)
  | { kind: 'retry'; delayMs: number; error: Error; holds?: Hold }
  /** `unstarted` where no attempt was made: the job was lost, or its time or somebody's cancelling came first. */
  | { kind: 'failed'; error: Error; as: Exclude<JobOutcome, 'succeeded'>; unstarted?: true; holds?: Hold }
  /** `awaits` where it waits for signals, any of which ends the delay. */
  | { kind: 'snoozed'; delayMs: number; error?: Error; holds?: Hold; awaits?: SignalsAwaited }
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
  /** Seals what is private of it; null or absent where it is not encrypted, or was not opened. */
  seal?: JobSeal | null;
  /** By what what follows it is sealed; absent where nothing is. */
  sealing?: Sealing;
}

/** The kinds that are for good: succeeded, failed, cancelled. */
type EndKind = 'S' | 'F' | 'C';

/**
 * How an attempt ended, in the words of `settle.lua`. Behind a kind that is for good stands for how many ms its job
 * stays at most, where it says so itself.
 */
export type SettlementKind = EndKind | `${EndKind}${number}` | 'R' | 'W' | 'I';

/**
 * What `settle.lua` is told of one job; the unique key of one that was added under it and ends for good; what its end
 * does beyond the job, for `settle-linked.lua`; and the name of its claim, where that has one.
 */
export type SettlementArgs = [
  id: string,
  kind: SettlementKind,
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
  /** The version of its program; default none. */
  version?: string | undefined;
  /** Whether jobs that succeed stay in Redis; default true. */
  keepsSucceeded?: boolean;
}

/** How many failed attempts a job remembers. */
export const ERRORS_KEPT = 10;

/** How much of an error's message and stack is kept, in characters. */
export const ERROR_TEXT_KEPT = 4_000;

const GOES_ON: readonly SettlementKind[] = ['R', 'W', 'I'];

/** Writes an ended attempt into the job's record and says where the job goes. To be called once per attempt. */
export function settlementArgs(attempt: Attempt, outcome: Outcome, facts: EndFacts): SettlementArgs {
  const wait = noteWaits(attempt.record.options, outcome);
  const args = endingArgs(attempt, outcome, facts);
  const { unique, links } = attempt.record.options;
  if (unique && typeof unique.key === 'string' && !GOES_ON.includes(args[1])) args[4] = unique.key;
  if (links || (outcome.kind === 'succeeded' && outcome.follows)) {
    const led = linksOf(links, outcome, {
      at: attempt.startedAt + facts.durationMs,
      sealing: attempt.sealing,
      isEncrypted: Boolean(attempt.seal),
    });
    if (led) args[5] = led;
  }
  if (wait !== null) args[5] = { told: null, jobs: [], ...args[5], wait };
  return args;
}

function endingArgs(
  attempt: Attempt,
  outcome: Outcome,
  { durationMs, worker, version, keepsSucceeded = true }: EndFacts,
): SettlementArgs {
  const { id, record, seal = null } = attempt;
  if (outcome.kind === 'interrupted') return [id, 'I', '', ''];
  if (outcome.kind === 'snoozed') return snoozedArgs(attempt, outcome.delayMs);
  const succeeded = endKind('S', record.options.retention?.succeededMs);
  if (outcome.kind === 'succeeded' && (!keepsSucceeded || succeeded === 'S0'))
    return [id, succeeded, '', told(seal, outcome.resultJson)];
  const run: StoredRun = [attempt.attempt, attempt.startedAt, durationMs, worker];
  if (outcome.kind === 'succeeded' && attempt.opening !== null)
    return firstSuccess(id, succeeded, {
      opening: attempt.opening,
      run,
      result: told(seal, outcome.resultJson),
    });
  record.options.run = run;
  if (outcome.kind === 'succeeded') {
    // Read back from its text: what a handler returned may be another at every look.
    if (outcome.resultJson !== undefined) record.options.result = JSON.parse(outcome.resultJson);
    record.status = 'succeeded';
    return [id, succeeded, written(attempt), told(seal, outcome.resultJson)];
  }
  const wasRun = outcome.kind === 'retry' || !outcome.unstarted;
  addError(attempt, outcome.error, { durationMs, ...(wasRun && { worker, version }) });
  return outcome.kind === 'retry' ? retriedArgs(attempt, outcome) : failedArgs(attempt, outcome);
}

function retriedArgs(attempt: Attempt, outcome: Extract<Outcome, { kind: 'retry' }>): SettlementArgs {
  const { id, record, seal = null } = attempt;
  record.options.retries = Math.max(0, (record.options.retries ?? 0) - 1);
  record.status = 'retrying';
  return [id, 'R', written(attempt), `${Math.round(outcome.delayMs)} ${messageJson(outcome.error, seal)}`];
}

function failedArgs(attempt: Attempt, { as, error }: Extract<Outcome, { kind: 'failed' }>): SettlementArgs {
  const { id, record, seal = null } = attempt;
  if (as !== 'failed') record.options.outcome = as;
  record.status = 'failed';
  const kind = endKind(as === 'cancelled' ? 'C' : 'F', record.options.retention?.failedMs);
  return [id, kind, written(attempt), messageJson(error, seal)];
}

/** Another program may have stored anything there. */
function endKind(kind: EndKind, staysMs: unknown): SettlementKind {
  return isWhole(staysMs, 0) ? `${kind}${staysMs}` : kind;
}

/** Of a job that is put off nothing changes but what it waits for. */
function snoozedArgs(attempt: Attempt, delayMs: number): SettlementArgs {
  const stored = attempt.record.options.waits === undefined ? '' : written(attempt);
  return [attempt.id, 'W', stored, String(Math.round(delayMs))];
}

/** What is announced of a result. */
function told(seal: JobSeal | null, resultJson: string | undefined): string {
  return (seal ? sealJson(seal, 'result', resultJson) : resultJson) ?? '';
}

/** The same text that writing the whole record would give, without doing so: most jobs succeed at once. */
function firstSuccess(
  id: string,
  kind: SettlementKind,
  { opening: { before, after }, run, result }: { opening: Opening; run: StoredRun; result: string },
): SettlementArgs {
  const text = `,"run":[${run[0]},${run[1]},${run[2]},${workerJson(run[3])}`;
  const record =
    result === '' && after === ''
      ? `${before}${text}]},"status":"succeeded","progress":0}`
      : `${before}${text}]${resultPart(result)}}${after},"status":"succeeded","progress":0}`;
  return [id, kind, record, result];
}

function resultPart(result: string): string {
  return result === '' ? '' : `,"result":${result}`;
}

let lastWorker = { worker: '', json: '""' };

/** The worker as JSON: a process has one, and is not to write its name anew for each of its jobs. */
function workerJson(worker: string): string {
  if (lastWorker.worker !== worker) lastWorker = { worker, json: JSON.stringify(worker) };
  return lastWorker.json;
}

/** Writes a failed attempt into the record of its job; where it ran and for how long only if a worker is given. */
export function addError(
  { record, attempt, startedAt }: Pick<Attempt, 'record' | 'attempt' | 'startedAt'>,
  error: Error,
  { durationMs, worker, version }: { durationMs: number; worker?: string; version?: string | undefined },
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
    ...(version !== undefined && { version: kept(version) }),
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
export function messageJson(error: Error, seal: JobSeal | null = null): string {
  const message = kept(messageOf(error));
  return JSON.stringify(seal ? seal.seal('error', message) : message);
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
function written({ record: opened, text, seal }: Attempt): string {
  const record = seal ? sealRecord(seal, opened) : opened;
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
