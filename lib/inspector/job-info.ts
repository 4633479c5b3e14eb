import type { JobState } from '../engine/keys.ts';
import type { Privacy } from '../engine/record/private.ts';
import type { JobOutcome, StoredError, StoredLogLine } from '../engine/record/record.ts';
import type { StoredJob } from '../engine/record/stored-job.ts';
import { type JobLinkInfo, toLinkInfo } from './job-link-info.ts';
import { type ShownOptions, soundOptions, toShownOptions } from './shown-options.ts';

/** A job as the inspector shows it; times are epoch ms. */
export interface JobInfo extends JobLinkInfo {
  id: string;
  queue: string;
  type: string;
  state: JobState;
  /** How it ended, or null while it has not. */
  outcome: JobOutcome | null;
  /** Who added it; null when the producer did not say who it is. */
  addedBy: string | null;
  /** The job of the same queue that it runs anew, which may be gone; null when none. */
  rerunOf: string | null;
  /**
   * Whether it is encrypted: `no`; `opened`, and shown here; `closed`, as its key is not here, or `tampered` with, and
   * what is private of it is shown as `(encrypted)`.
   */
  encrypted: Privacy;
  data: unknown;
  headers: Record<string, string>;
  /** The schedule that fired it, and the tick that it is for; null when none did. */
  schedule: { name: string; tick: number } | null;
  options: ShownOptions;
  /** The signals that it waits for, any of which ends its delay; null when for none. */
  awaits: string[] | null;
  progress: unknown;
  /** Attempts made so far. */
  attempts: number;
  /** What the handler returned, or null. */
  result: unknown;
  /** The last ten failures, newest first, each with its stack. */
  errors: ErrorInfo[];
  /** What its handlers logged at info and above, and others from outside, newest last. */
  logs: StoredLogLine[];
  /** How many older lines are not kept. */
  logsDropped: number;
  createdAt: number;
  /** Start of the last ended attempt. */
  startedAt: number | null;
  finishedAt: number | null;
  durationMs: number | null;
  /** `host:pid` that ran the last ended attempt. */
  worker: string | null;
}

/** One failed attempt; of one under a stock worker neither time nor attempt is known. */
export interface ErrorInfo extends Omit<StoredError, 'at' | 'attempt' | 'worker' | 'durationMs'> {
  at: number | null;
  attempt: number | null;
  /** `host:pid` that ran the attempt, and for how long; null when it was not kept. */
  worker: string | null;
  durationMs: number | null;
  stack: string | null;
}

/** Turns a stored job into what is shown of it; wire names become ours here. */
export function toJobInfo(queue: string, { id, state, record, dueAt, privacy }: StoredJob): JobInfo {
  const options = soundOptions(record.options);
  const isFinished = state === 'succeeded' || state === 'failed';
  return {
    id,
    queue,
    type: options.type ?? queue,
    state,
    outcome: isFinished ? (options.outcome ?? state) : null,
    addedBy: options.addedBy ?? null,
    rerunOf: options.rerunOf ?? null,
    encrypted: privacy,
    data: record.data,
    headers: options.headers ?? {},
    schedule: options.schedule ?? null,
    options: toShownOptions(options, dueAt),
    awaits: state === 'delayed' ? (options.waits?.on ?? null) : null,
    progress: record.progress,
    attempts: options.run?.[0] ?? 0,
    result: options.result ?? null,
    errors: toErrorInfos(options),
    logs: options.logs ?? [],
    logsDropped: options.logsDropped ?? 0,
    ...toLinkInfo(options),
    createdAt: options.timestamp,
    ...lastRun(options, isFinished),
  };
}

/** The job with lines of its log that are not in its record yet; those that are count once. */
export function withLines(job: JobInfo, lines: readonly StoredLogLine[]): JobInfo {
  if (lines.length === 0) return job;
  const isNew = (line: StoredLogLine): boolean =>
    !job.logs.some(({ at, message }) => at === line.at && message === line.message);
  const logs = [...job.logs, ...lines.filter(isNew)].sort((one, other) => one.at - other.at);
  return { ...job, logs };
}

function lastRun(
  { run }: StoredJob['record']['options'],
  isFinished: boolean,
): Pick<JobInfo, 'startedAt' | 'finishedAt' | 'durationMs' | 'worker'> {
  if (!run) return { startedAt: null, finishedAt: null, durationMs: null, worker: null };
  const [, startedAt, durationMs, worker] = run;
  return { startedAt, finishedAt: isFinished ? startedAt + durationMs : null, durationMs, worker };
}

/** A stock worker stores stacks only: then the first line of each is all there is to tell. */
function toErrorInfos({ errors = [], stacktraces = [] }: StoredJob['record']['options']): JobInfo['errors'] {
  const known = errors.map((error, at) => ({
    ...error,
    worker: error.worker ?? null,
    durationMs: error.durationMs ?? null,
    stack: stacktraces[at] ?? null,
  }));
  const others = stacktraces.slice(errors.length).map((stack) => {
    const [message = ''] = String(stack).split('\n');
    return {
      name: 'Error',
      message,
      at: null,
      attempt: null,
      worker: null,
      durationMs: null,
      stack: String(stack),
    };
  });
  return [...known, ...others];
}
