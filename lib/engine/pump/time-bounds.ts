import { isoTime } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import type { StoredOptions } from '../record/record.ts';
import type { Outcome } from '../record/settlement.ts';
import type { ActiveJob } from './active-job.ts';

type FailedOutcome = Extract<Outcome, { kind: 'failed' }>;

/** The timeout of a job of ours that says nothing of it; a stock producer's job has none then. */
export const DEFAULT_TIMEOUT_MS = 300_000;

/** How long an attempt may run, and what ends it then. */
export interface TimeBound {
  readonly limitMs: number;
  readonly reason: 'timeout' | 'deadline';
}

/** That of most jobs, made once. */
const DEFAULT_BOUND: TimeBound = { limitMs: DEFAULT_TIMEOUT_MS, reason: 'timeout' };

/**
 * How long an attempt may run that begins at this time (epoch ms, by default that of its start): its timeout or what is
 * left until its deadline; null for no limit.
 */
export function boundOf(job: ActiveJob, beginsAt?: number): TimeBound | null {
  const { options } = job.record;
  const timeoutMs = timeoutOf(options);
  if (!isTime(options.deadlineAt)) {
    if (timeoutMs === DEFAULT_TIMEOUT_MS) return DEFAULT_BOUND;
    return timeoutMs === null ? null : { limitMs: timeoutMs, reason: 'timeout' };
  }
  const leftMs = options.deadlineAt - (beginsAt ?? job.startedAt);
  if (timeoutMs !== null && timeoutMs <= leftMs) return { limitMs: timeoutMs, reason: 'timeout' };
  return { limitMs: leftMs, reason: 'deadline' };
}

/** How long an attempt at it may run by its timeout, in ms; null for one without. */
export function timeoutMsOf({ record: { options } }: ActiveJob): number | null {
  return timeoutOf(options);
}

/**
 * The outcome of an attempt that must not begin at this time (epoch ms, by default that of its start), because its job
 * was cancelled, cannot be opened or has expired; null when it may.
 */
export function refuseStart(job: ActiveJob, beginsAt?: number): Outcome | null {
  if (job.abortReason === 'cancelled') return { ...cancelled(job.cancelReason), unstarted: true };
  if (job.refusal) return { kind: 'failed', error: job.refusal, as: 'discarded', unstarted: true };
  const { expiresAt, deadlineAt } = job.record.options;
  if (expiresAt === undefined && deadlineAt === undefined) return null;
  const last = lastStartOf(job.record.options);
  if ((beginsAt ?? job.startedAt) < last) return null;
  const what = `was to ${last === expiresAt ? 'begin' : 'end'} before ${isoTime(last)}`;
  return { ...expired(what), unstarted: true };
}

/** The last moment at which an attempt may begin, epoch ms. */
export function lastStartOf({ expiresAt, deadlineAt }: StoredOptions): number {
  return Math.min(...[expiresAt, deadlineAt].filter(isTime));
}

/** The outcome of a job that ran out of its time. */
export function expired(what: string): FailedOutcome {
  return { kind: 'failed', error: new ApiaryError('JOB_EXPIRED', `the job ${what}`), as: 'expired' };
}

/** The outcome of a job that was cancelled, for a reason if one was said. */
export function cancelled(reason: string | null = null): FailedOutcome {
  const message = reason === null ? 'the job was cancelled' : `the job was cancelled: ${reason}`;
  const error = new ApiaryError('JOB_CANCELLED', message);
  return { kind: 'failed', error, as: 'cancelled' };
}

function timeoutOf({ timeout, type }: StoredOptions): number | null {
  // bee-queue takes 0 for none.
  if (timeout === 0) return null;
  if (isTime(timeout) && timeout > 0) return timeout;
  return type === undefined ? null : DEFAULT_TIMEOUT_MS;
}

/** Other programs store jobs too: what is no number says nothing. */
function isTime(stored: unknown): stored is number {
  return typeof stored === 'number' && Number.isFinite(stored);
}
