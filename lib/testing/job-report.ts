import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { LinkedJob } from '../engine/record/links.ts';
import { recordOf } from '../engine/record/new-job.ts';
import { type JobOutcome, parseRecord } from '../engine/record/record.ts';
import type { Outcome } from '../engine/record/settlement.ts';

/** Which job it is. */
export interface JobAddress {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
}

/**
 * How the last attempt at a job ended: for good; `retrying` after a failure; `snoozed` by RetryLater, by an error that
 * is no failure, or as it waits for a signal; `interrupted` by a shutdown; `fenced`, as its claim was gone, so that its
 * end changed nothing; `killed`, as its worker died.
 */
export type ReportedOutcome = JobOutcome | 'retrying' | 'snoozed' | 'interrupted' | 'fenced' | 'killed';

/** What happened to a job. */
export interface JobReport extends JobAddress {
  readonly data: unknown;
  readonly outcome: ReportedOutcome;
  /** What its handler returned; undefined unless it succeeded. */
  readonly result: unknown;
  /** What its attempts failed of, oldest first. */
  readonly errors: readonly Error[];
  /** How many attempts were made, those before too. */
  readonly attempts: number;
  /** The signals that it waits for; empty when for none. */
  readonly awaits: readonly string[];
  /** When it runs again; null when it does not, or at once. */
  readonly runsAt: Date | null;
  /**
   * The jobs that it added, in their order: those of `producer.add` while it ran, of `ctx.follow`, and the next of its
   * chain.
   */
  readonly added: readonly JobAddress[];
}

/** One attempt, as it ended. */
export interface EndedOnce {
  job: ActiveJob;
  outcome: Outcome | 'fenced' | 'killed';
  /** When, epoch ms. */
  at: number;
  added: readonly JobAddress[];
}

/** Tells of a job after an attempt; `before` is what was told of it after the one before. */
export function reportOf({ job, outcome, at, added }: EndedOnce, before?: JobReport): JobReport {
  const kind = typeof outcome === 'string' ? outcome : outcome.kind;
  const error = typeof outcome === 'string' || !('error' in outcome) ? undefined : outcome.error;
  const delayMs = typeof outcome === 'string' || !('delayMs' in outcome) ? null : outcome.delayMs;
  return {
    id: job.id,
    queue: job.queue,
    type: job.type,
    data: job.readData(),
    outcome: nameOf(outcome),
    result: typeof outcome !== 'string' && outcome.kind === 'succeeded' ? outcome.result : undefined,
    errors: [...(before?.errors ?? []), ...(error ? [error] : [])],
    attempts: isSpent(outcome, kind) ? job.attempt : job.attempt - 1,
    awaits: typeof outcome !== 'string' && outcome.kind === 'snoozed' ? (outcome.awaits?.signals ?? []) : [],
    runsAt: delayMs === null ? null : new Date(at + Math.round(delayMs)),
    added: [...(before?.added ?? []), ...added],
  };
}

/** Says which jobs the end of another one stores. */
export function addressOf({ queue, job }: LinkedJob): JobAddress {
  const record = parseRecord(recordOf({ ...job, isSealed: true }, { queue, keyring: null }));
  return { id: job.id, queue, type: record?.options.type ?? queue };
}

function nameOf(outcome: EndedOnce['outcome']): ReportedOutcome {
  if (typeof outcome === 'string') return outcome;
  if (outcome.kind === 'failed') return outcome.as;
  return outcome.kind === 'retry' ? 'retrying' : outcome.kind;
}

function isSpent(outcome: EndedOnce['outcome'], kind: string): boolean {
  if (typeof outcome !== 'string' && outcome.kind === 'failed') return !outcome.unstarted;
  return kind === 'succeeded' || kind === 'retry';
}
