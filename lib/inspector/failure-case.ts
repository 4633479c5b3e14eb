import { fingerprintOf } from '../engine/record/fingerprint.ts';
import type { StoredJob } from '../engine/record/stored-job.ts';
import type { CaseMark, CaseVerdict } from '../engine/repairs/case-marks.ts';
import { type ErrorInfo, type JobInfo, toJobInfo } from './job-info.ts';

/**
 * How a kind of failure stands: nobody has said anything of it, or that it is open; it is `ignored`; it is `resolved`;
 * it was, and has been seen again since.
 */
export const CASE_STATES = ['open', 'ignored', 'resolved', 'reopened'] as const;

/** One of {@link CASE_STATES}. */
export type CaseState = (typeof CASE_STATES)[number];

/** What one kind of failure comes to, of the failed jobs that are kept. */
export interface FailureCase {
  /** As a group of failures has it. */
  fingerprint: string;
  state: CaseState;
  /** What somebody has said of it; null for nothing. */
  mark: CaseMark | null;
  /** How many jobs have failed so, of those that were looked at. */
  count: number;
  /** How many were looked at, the newest, and how many have failed in all. */
  scanned: number;
  total: number;
  /** The type of these jobs; null where none is kept. */
  type: string | null;
  /** When the first and the last of them failed for good, epoch ms; null where none is kept. */
  firstAt: number | null;
  lastAt: number | null;
  /** How many failed in each stretch of time from the first to now, the oldest first; twelve to forty-eight. */
  times: CaseTimes;
  /**
   * Under which `APP_VERSION` and on which hosts their last attempts ran, and which keys they have: the most frequent
   * ten each, and how many more.
   */
  versions: CaseShare;
  hosts: CaseShare;
  keys: CaseShare;
  /** The newest of them, ten at most, and the error of the first of these. */
  newest: { id: string; at: number; attempts: number }[];
  example: ErrorInfo | null;
}

/** Counts over time. */
export interface CaseTimes {
  /** How long each stretch is. */
  stepMs: number;
  steps: { at: number; count: number }[];
}

/** The most frequent of some names. */
export interface CaseShare {
  names: { name: string; count: number }[];
  /** How many other names there are. */
  others: number;
}

/** A job that failed so, and when. */
interface FailedSo {
  job: StoredJob;
  at: number;
}

const MOST_NEWEST = 10;
const MOST_NAMES = 10;
const LEAST_STEPS = 12;
const MOST_STEPS = 48;
const MINUTE_MS = 60_000;
/** Lengths that read well: 5 minutes to 4 weeks. */
const STEPS_MS = [5, 15, 30, 60, 180, 360, 1_440, 10_080, 40_320].map((minutes) => minutes * MINUTE_MS);

/** Gathers what is to be told of one kind of failure, job by job, the newest first. */
export class CaseTally {
  readonly #queue: string;
  readonly #times: number[] = [];
  readonly #versions = new Map<string, number>();
  readonly #hosts = new Map<string, number>();
  readonly #keys = new Map<string, number>();
  readonly #newest: FailureCase['newest'] = [];
  #first: JobInfo | null = null;

  constructor(queue: string) {
    this.#queue = queue;
  }

  /** Takes a job into account. */
  add({ job, at }: FailedSo): void {
    const info = toJobInfo(this.#queue, job);
    this.#first ??= info;
    this.#times.push(at);
    const host = hostOf(info.errors[0]?.worker ?? info.worker);
    if (host !== null) raise(this.#hosts, host);
    const version = info.errors[0]?.version;
    if (version !== undefined) raise(this.#versions, String(version));
    if (info.options.key !== null) raise(this.#keys, info.options.key);
    if (this.#newest.length < MOST_NEWEST) this.#newest.push({ id: info.id, at, attempts: info.attempts });
  }

  /** What it comes to at a time, epoch ms. */
  sum(now: number): Omit<FailureCase, 'fingerprint' | 'state' | 'mark' | 'scanned' | 'total'> {
    const times = this.#times;
    return {
      count: times.length,
      type: this.#first?.type ?? null,
      firstAt: times.length === 0 ? null : times.reduce((one, other) => Math.min(one, other)),
      lastAt: times.length === 0 ? null : times.reduce((one, other) => Math.max(one, other)),
      times: stepsOf(times, now),
      versions: shareOf(this.#versions),
      hosts: shareOf(this.#hosts),
      keys: shareOf(this.#keys),
      newest: this.#newest,
      example: this.#first?.errors[0] ?? null,
    };
  }
}

/** The fingerprint of the kind of failure that a job died of, as it is shown; null unless it has failed. */
export function failureOfJob(job: Pick<JobInfo, 'state' | 'type' | 'errors'>): string | null {
  const {
    state,
    type,
    errors: [newest],
  } = job;
  if (state !== 'failed') return null;
  return fingerprintOf({ type, name: newest?.name ?? '', message: newest?.message ?? '' });
}

/** How a kind stands that was marked so and failed last at that time, null for never; also where that job is gone. */
export function caseState(mark: CaseMark | null, lastAt: number | null): CaseState {
  if (mark === null) return 'open';
  const { verdict, at, reopenedAt } = mark;
  return verdict === 'resolved' && (reopenedAt !== null || (lastAt !== null && lastAt > at))
    ? 'reopened'
    : (verdict satisfies CaseVerdict);
}

/** Counts times in stretches of equal length, twelve at least, from that of the first to that of now. */
export function stepsOf(times: readonly number[], now: number): CaseTimes {
  const first = times.reduce((one, other) => Math.min(one, other), now);
  const stepMs = STEPS_MS.find((one) => now - first < one * (MOST_STEPS - 1)) ?? STEPS_MS.at(-1) ?? MINUTE_MS;
  const last = Math.floor(now / stepMs);
  const begin = Math.min(Math.max(Math.floor(first / stepMs), last - MOST_STEPS + 1), last - LEAST_STEPS + 1);
  const steps = Array.from({ length: last - begin + 1 }, (_, at) => ({
    at: (begin + at) * stepMs,
    count: 0,
  }));
  for (const time of times) {
    // What is older than the chart reaches stands at its begin; what a clock has ahead of now, at its end.
    const step = steps[Math.min(Math.max(Math.floor(time / stepMs) - begin, 0), steps.length - 1)];
    if (step) step.count++;
  }
  return { stepMs, steps };
}

/** Of `host:pid`. */
function hostOf(worker: string | null): string | null {
  return worker === null ? null : worker.replace(/:\d+$/, '');
}

function raise(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function shareOf(counts: ReadonlyMap<string, number>): CaseShare {
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  const names = sorted.slice(0, MOST_NAMES).map(([name, count]) => ({ name, count }));
  return { names, others: Math.max(0, sorted.length - MOST_NAMES) };
}
