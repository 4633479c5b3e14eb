import type { AbortReason, ActiveJob } from '../engine/pump/active-job.ts';
import type { StoredLinks } from '../engine/record/record.ts';
import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';
import type { BoundHandler, Middleware } from '../jobs/define.ts';
import type { JobOptions } from '../jobs/options.ts';
import type { FailureOptions } from '../worker/failures.ts';
import { isBoundHandler } from '../worker/handler-shape.ts';
import { readMoment } from './duration.ts';
import { addressOf, type JobReport, reportOf } from './job-report.ts';
import { KitClock } from './kit-clock.ts';
import { LoneJob } from './lone-job.ts';

/** What an attempt finds: any option of a job, and what is known at its beginning. */
export interface RunContext
  extends Omit<JobOptions, 'unique' | 'group' | 'delayMs' | 'runAt'>,
    FailureOptions {
  /** Which attempt it is; default 1. Those before have spent a retry each. */
  attempt?: number;
  /** What attempts before have done by `ctx.once`: results by key. Default nothing. */
  once?: Readonly<Record<string, unknown>>;
  /** The signals that it has been given: their data by their names. Default none. */
  signals?: Readonly<Record<string, unknown>>;
  /** What the job before it in its chain came to. */
  previous?: unknown;
  /** What the steps before it in its workflow returned, by their names; `workflow` says which step it is itself. */
  results?: Readonly<Record<string, unknown>>;
  workflow?: { id: string; step: string };
  /** The schedule that fired it, and the tick (epoch ms). */
  schedule?: { name: string; tick: number };
  /**
   * Aborts the signal of the job. Why, is the reason that it is aborted with: `timeout`, `deadline`, `shutdown`,
   * `lost` or `cancelled`, which is the default.
   */
  signal?: AbortSignal;
  /** When it runs; default the time of the machine. */
  now?: Date | number | string;
  /** Wrapped around the handler; the first is outermost. Default none. */
  middleware?: readonly Middleware[];
  /** How long its data may be, as JSON in bytes; default 1,048,576, as for producers. */
  maxDataBytes?: number;
}

/** What happened to a job that ran alone. */
export interface RanJob extends JobReport {
  /** What its handler said of its progress, in order. */
  readonly progress: readonly unknown[];
  /** What is stored of `ctx.once`: results by key. */
  readonly once: Readonly<Record<string, unknown>>;
}

const REASONS: readonly AbortReason[] = ['timeout', 'deadline', 'shutdown', 'lost', 'cancelled'];

/**
 * Runs one attempt at a job with a real context and no Redis; resolves with what the engine would make of it. Data
 * that do not fit the schema end it as `discarded`, as in a worker. Throws CONFIG_INVALID for what is no handler,
 * JOB_INVALID for options that cannot be.
 */
export async function runJob(
  handler: BoundHandler,
  data: unknown,
  context: RunContext = {},
): Promise<RanJob> {
  requireBound('runJob', handler);
  const { attempt = 1, once = {}, schedule, signal, now = Date.now(), ...others } = context;
  const { previous: _previous, results: _results, workflow: _workflow, ...rest } = others;
  const { middleware, maxDataBytes, signals = {}, backoffs, isFailure, ...options } = rest;
  requireAttempt(attempt);
  const clock = new KitClock(readMoment('runJob: now', now));
  const deps = { handler, clock, ...(middleware && { middleware }), ...(maxDataBytes && { maxDataBytes }) };
  const judged = { ...(backoffs && { backoffs }), ...(isFailure && { isFailure }) };
  const lone = new LoneJob({ ...deps, ...judged, signals }, data, options);
  const at = clock.now();
  lone.edit(({ options: stored }) => {
    if (attempt > 1) stored.run = [attempt - 1, at, 0, 'runJob'];
    stored.retries = Math.max(0, (stored.retries ?? 0) - (attempt - 1));
    if (Object.keys(once).length > 0) stored.once = mapped(once, (result) => ({ at, result }));
    const links = linksOf(handler, context);
    if (Object.keys(links).length > 0) stored.links = links;
    if (schedule) stored.schedule = schedule;
  });
  const job = lone.take();
  const stopListening = abortsWith(job, signal);
  const { outcome, args } = await lone.run(job).finally(stopListening);
  const added = (args[5]?.jobs ?? []).map(addressOf);
  const done = lone.hold.stored?.options.once ?? job.record.options.once ?? {};
  const report = reportOf({ job, outcome, at, added });
  return { ...report, progress: lone.hold.progressed, once: mapped(done, ({ result }) => result) };
}

/** How it is tied to jobs before it. */
function linksOf(
  { definition: { queue } }: BoundHandler,
  { previous, results, workflow }: RunContext,
): StoredLinks {
  return {
    ...(previous !== undefined && { previous }),
    ...(results && { results }),
    ...(workflow && { flow: { ...workflow, queue } }),
  };
}

/** Throws CONFIG_INVALID for what is no handler. */
export function requireBound(entry: string, handler: unknown): void {
  if (isBoundHandler(handler)) return;
  const rule = 'takes what handle(…) or handleGroup(…) returns';
  throw new ApiaryError('CONFIG_INVALID', `${entry} ${rule}, not ${describeValue(handler)}`);
}

function requireAttempt(attempt: unknown): void {
  if (Number.isSafeInteger(attempt) && Number(attempt) > 0) return;
  const rule = 'attempt must be a whole number from 1 up';
  throw new ApiaryError('CONFIG_INVALID', `runJob: ${rule}, not ${describeValue(attempt)}`);
}

function abortsWith(job: ActiveJob, signal: AbortSignal | undefined): () => void {
  const abort = (): void => job.abort(REASONS.find((reason) => reason === signal?.reason) ?? 'cancelled');
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  return () => signal?.removeEventListener('abort', abort);
}

function mapped<From, To>(
  values: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
