import { Buckets } from './buckets.ts';

/** What happens to jobs and attempts here, each counted by queue and type, and what the metrics say of it. */
export const COUNTED = {
  added: 'Jobs created through this process.',
  started: 'Attempts begun.',
  succeeded: 'Jobs that succeeded.',
  retried: 'Attempts that failed and are followed by another.',
  failed: 'Jobs that failed for good.',
  snoozed: 'Attempts after which the job runs again without one being spent.',
  interrupted: 'Attempts that a shutdown cut off; their jobs went back untouched.',
  fenced: 'Attempts that ended after their claim was gone; their end changed nothing.',
} as const;

/** One of {@link COUNTED}. */
export type CountedEvent = keyof typeof COUNTED;

/** What is timed of each job, in seconds, and what the metrics say of it. */
export const TIMED = {
  waiting: 'How long jobs waited for their first attempt.',
  duration: 'How long ended attempts ran.',
  total: 'How long jobs took from when they were added to when they ended for good.',
} as const;

/** One of {@link TIMED}. */
export type TimedPart = keyof typeof TIMED;

/** The labels under which jobs are counted. */
export interface JobLabels {
  readonly queue: string;
  readonly type: string;
}

/** What was counted of one queue and type: a number per event, and the times, in seconds. */
export interface JobRow extends Record<CountedEvent, number>, Readonly<Record<TimedPart, Buckets>> {
  readonly labels: JobLabels;
}

/** Each pair of queue and type is many time series; callers of the HTTP API may name any. */
const MOST_PAIRS = 1_000;
const RUN_BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600];
const WAIT_BOUNDS_S = [...RUN_BOUNDS_S, 3_600, 21_600, 86_400];

/** The upper ends of the buckets of each time, in seconds. */
export const BOUNDS_S: Readonly<Record<TimedPart, readonly number[]>> = {
  waiting: WAIT_BOUNDS_S,
  duration: RUN_BOUNDS_S,
  total: WAIT_BOUNDS_S,
};

/**
 * Counts by queue and type in plain numbers, which is several times as fast as prom-client's own look-up of labels on
 * every call; its metrics read the rows when they are asked. Past a thousand pairs all others share the row `other`.
 */
export class JobTally {
  readonly #byQueue = new Map<string, Map<string, JobRow>>();
  readonly #rows: JobRow[] = [];
  #other: JobRow | null = null;

  /** All rows, in the order in which they were first asked for. */
  get rows(): readonly JobRow[] {
    return this.#other ? [...this.#rows, this.#other] : this.#rows;
  }

  /** The row of a queue and type, to be counted in. */
  row({ queue, type }: JobLabels): JobRow {
    return this.#byQueue.get(queue)?.get(type) ?? this.#addRow({ queue, type });
  }

  #addRow(labels: JobLabels): JobRow {
    if (this.#rows.length === MOST_PAIRS) {
      this.#other ??= newRow({ queue: 'other', type: 'other' });
      return this.#other;
    }
    const row = newRow(labels);
    const types = this.#byQueue.get(labels.queue) ?? new Map<string, JobRow>();
    this.#byQueue.set(labels.queue, types.set(labels.type, row));
    this.#rows.push(row);
    return row;
  }
}

function newRow(labels: JobLabels): JobRow {
  return {
    labels,
    added: 0,
    started: 0,
    succeeded: 0,
    retried: 0,
    failed: 0,
    snoozed: 0,
    interrupted: 0,
    fenced: 0,
    waiting: new Buckets(BOUNDS_S.waiting),
    duration: new Buckets(BOUNDS_S.duration),
    total: new Buckets(BOUNDS_S.total),
  };
}
