import { isoTime } from '../clock.ts';
import { signalsText } from '../engine/queries/why-awaiting.ts';
import { ERRORS_KEPT } from '../engine/record/settlement.ts';
import { requireList, requireObject } from '../require-given.ts';
import type { ErrorInfo, JobInfo } from './job-info.ts';

/** Something that happened to a job, or is to happen. */
export interface TimelineEntry {
  /** Epoch ms; null when nobody noted it. */
  at: number | null;
  kind: TimelineKind;
  /** A sentence for people, without what the other fields say. */
  text: string;
  /** Which attempt it is about, 1 for the first; null when about none, or unknown. */
  attempt: number | null;
  /** `host:pid` that ran the attempt, and for how long; null when about none, or unknown. */
  worker: string | null;
  durationMs: number | null;
  /** What the attempt threw. */
  error: { name: string; message: string } | null;
}

/**
 * `added`; `delayed` by its producer; `forgotten` failures that are not kept; `began` and `failed` of attempts;
 * `archived` and `cancelled` by hand; `waits` and `due` for the attempt to come; `runs`; `ended` for good.
 */
export type TimelineKind =
  | 'added'
  | 'delayed'
  | 'forgotten'
  | 'began'
  | 'failed'
  | 'archived'
  | 'cancelled'
  | 'waits'
  | 'due'
  | 'runs'
  | 'ended';

/**
 * What is known of a job, in the order in which it happened. Of attempts before the last that failed, only their ends
 * are.
 */
export function timelineOf(job: JobInfo): TimelineEntry[] {
  requireObject('timelineOf', 'what inspector.job resolves with', job);
  requireList('timelineOf', 'errors in that', job.errors);
  const failures = job.errors.toReversed();
  const last = failures.findLastIndex((error) => isOfLastAttempt(job, error));
  const isLastKnown = last < 0 && job.startedAt !== null;
  return [
    added(job),
    ...delayed(job),
    ...forgotten(job),
    ...failures.flatMap((error, at) =>
      at === last ? [began(job), lastFailure(job, error)] : [failure(error)],
    ),
    ...(isLastKnown ? [began(job)] : []),
    present(job, isLastKnown),
  ];
}

function entry(
  kind: TimelineKind,
  text: string,
  facts: Partial<Omit<TimelineEntry, 'kind' | 'text'>> = {},
): TimelineEntry {
  return { at: null, kind, text, attempt: null, worker: null, durationMs: null, error: null, ...facts };
}

function added(job: JobInfo): TimelineEntry {
  const adders = addersOf(job).join(' and ') || 'a producer';
  return entry('added', `added by ${[adders, ...tiesOf(job)].join(', ')}`, { at: addedAt(job) });
}

function addersOf({ addedBy, schedule, follows, batch, options: { group } }: JobInfo): string[] {
  return [
    ...(addedBy === null ? [] : [addedBy]),
    ...(schedule ? [`schedule ${schedule.name} for its tick of ${isoTime(schedule.tick)}`] : []),
    ...(follows ? [`the success of job ${follows.id} of queue ${follows.queue}`] : []),
    ...(batch?.role === 'last' ? [`the end of batch ${batch.id}`] : []),
    ...(group && group.size !== null ? [`group ${group.name}, of which it carries ${group.size} jobs`] : []),
  ];
}

function tiesOf({ rerunOf, chain, batch, workflow }: JobInfo): string[] {
  return [
    ...(rerunOf === null ? [] : [`to run job ${rerunOf} anew`]),
    ...(chain ? [`step ${chain.step} of ${chain.steps} of chain ${chain.id}`] : []),
    ...(workflow ? [`step ${workflow.step} of workflow ${workflow.id}`] : []),
    ...(batch?.role === 'member' ? [`a member of batch ${batch.id}`] : []),
  ];
}

/**
 * Of a job that is delayed just now, only the time to come is known: it takes the place of the one that was asked for.
 */
function delayed({ state, createdAt, options: { runAt } }: JobInfo): TimelineEntry[] {
  if (state === 'delayed' || runAt === null) return [];
  return [entry('delayed', `delayed until ${isoTime(runAt)}`, { at: addedAt({ createdAt }) })];
}

function forgotten({ errors }: JobInfo): TimelineEntry[] {
  const oldest = errors.at(-1);
  if (oldest === undefined || errors.length < ERRORS_KEPT || oldest.attempt === 1) return [];
  const kept = `the last ${ERRORS_KEPT} errors are kept`;
  if (oldest.attempt === null) return [entry('forgotten', `${kept}; there may have been more before`)];
  return [entry('forgotten', `${oldest.attempt - 1} more failed before; ${kept}`)];
}

function isOfLastAttempt({ attempts, startedAt }: JobInfo, error: ErrorInfo): boolean {
  return startedAt !== null && error.attempt === attempts && handOf(error) === null;
}

function began({ startedAt, attempts, worker }: JobInfo): TimelineEntry {
  return entry('began', `attempt ${attempts} began`, { at: startedAt, attempt: attempts, worker });
}

/** Where it ran and for how long is noted of the last attempt in any case. */
function lastFailure({ worker, durationMs }: JobInfo, error: ErrorInfo): TimelineEntry {
  return failure({ ...error, worker: error.worker ?? worker, durationMs: error.durationMs ?? durationMs });
}

function failure(error: ErrorInfo): TimelineEntry {
  const hand = handOf(error);
  if (hand) return entry(hand, error.message, { at: error.at });
  const { at, attempt, worker, durationMs, name, message } = error;
  const which = attempt === null ? 'an attempt' : `attempt ${attempt}`;
  const text = `${which} ${verbOf(error)}`;
  return entry('failed', text, { at, attempt, worker, durationMs, error: { name, message } });
}

/** Whether it is the note of somebody who ended the job by hand: unlike an error it has no stack, only its words. */
function handOf({ name, message, stack, worker }: ErrorInfo): 'archived' | 'cancelled' | null {
  if (stack !== message || worker !== null) return null;
  if (name === 'Archived' && message.startsWith('archived by ')) return 'archived';
  return name === 'Cancelled' && message.startsWith('cancelled by ') ? 'cancelled' : null;
}

const VERBS: ReadonlyMap<string, string> = new Map([
  ['JOB_TIMED_OUT', 'ran out of its time'],
  ['JOB_CANCELLED', 'was cancelled'],
  ['JOB_EXPIRED', 'came too late'],
  ['JOB_LOST', 'was lost with its worker'],
]);

function verbOf({ name, code = '' }: ErrorInfo): string {
  return (name === 'ApiaryError' && VERBS.get(code)) || 'failed';
}

/** What is so now; `isLastKnown` when the last attempt that is noted did not fail. */
function present(job: JobInfo, isLastKnown: boolean): TimelineEntry {
  const attempt = job.attempts + 1;
  switch (job.state) {
    case 'waiting':
      return entry('waits', `waits for attempt ${attempt}`, { attempt });
    case 'delayed':
      return entry('due', dueText(job, attempt), { at: job.options.runAt, attempt });
    case 'active':
      return entry('runs', `a worker has it for attempt ${attempt}`, { attempt });
    case 'succeeded':
    case 'failed':
      return ended(job, isLastKnown);
    default:
      return job.state satisfies never;
  }
}

function dueText({ awaits }: JobInfo, attempt: number): string {
  if (awaits === null) return `due for attempt ${attempt}`;
  return `waits for ${signalsText(awaits)}, at most until then`;
}

/** A stock worker notes neither when nor where: what is noted then is of an attempt before. */
function ended(job: JobInfo, isLastKnown: boolean): TimelineEntry {
  const { state, outcome, attempts, durationMs, worker, finishedAt, errors } = job;
  const text = `ended: ${outcome ?? state}`;
  if (state === 'failed') return entry('ended', text, { at: errors[0]?.at ?? null });
  return isLastKnown
    ? entry('ended', text, { at: finishedAt, attempt: attempts, worker, durationMs })
    : entry('ended', text);
}

/** A record without a time of its own is shown as one of 1970. */
function addedAt({ createdAt }: Pick<JobInfo, 'createdAt'>): number | null {
  return createdAt === 0 ? null : createdAt;
}
