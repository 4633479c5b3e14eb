import { isoTime } from '../../clock.ts';
import {
  type Inspector,
  type JobInfo,
  type JobState,
  type QueueLimits,
  signalsText,
} from '../../inspector/inspector.ts';
import { limitsText } from '../../inspector/limits-text.ts';
import { beginningOf } from '../shown-json.ts';
import { readInSteps } from './arena-reading.ts';

/** A job as Arena's templates read one of BullMQ's. Its JSON is what the inspector says of it. */
export interface ArenaJob {
  id: string;
  name: string;
  data: unknown;
  /** `repeat` names the schedule that fired the job. */
  opts: { repeat?: { key: string } };
  progress: unknown;
  /** Whether nobody has told of any. */
  noProgress: boolean;
  /** Times are epoch ms. */
  timestamp: number;
  processedOn: number | null;
  finishedOn: number | null;
  /** When a delayed job starts; null where that is not known, and for all others. */
  dueAt: number | null;
  attemptsMade: number;
  returnvalue: unknown;
  hasResult: boolean;
  failedReason: string | null;
  stacktrace: string[];
  /** Whether the page offers to remove it. */
  canRemove?: boolean;
  queue: { IS_BULLMQ: true };
  getState(): Promise<JobState>;
  getDependencies(): Promise<object>;
  getDependenciesCount(): Promise<object>;
  toJSON(): JobInfo;
}

/** BullMQ's words for states that jobs have here; it has others, in which no job ever is. */
const STATES: Readonly<Record<string, JobState>> = {
  wait: 'waiting',
  waiting: 'waiting',
  active: 'active',
  delayed: 'delayed',
  completed: 'succeeded',
  failed: 'failed',
};

const MOST_JOBS = 1_000;
/** So many characters of data a list shows, in all. */
const MOST_IN_LIST = 1_000_000;

/**
 * A queue as Arena reads one of BullMQ's, over the inspector. Arena hands over the inspector as `connection`.
 * It has what the pages call and nothing that changes a job: what the buttons do is in `arena-actions.ts`.
 */
export class ArenaQueue {
  readonly name: string;
  readonly #inspector: Inspector;

  constructor(name: string, { connection }: { connection: Inspector }) {
    this.name = name;
    this.#inspector = connection;
  }

  /** What Arena asks for Redis's INFO. */
  get client(): Promise<{ info(): Promise<string> }> {
    return Promise.resolve({ info: () => this.#inspector.redisInfo() });
  }

  /** Counts the jobs per state that exists here, whichever are asked for. */
  async getJobCounts(): Promise<Record<string, number>> {
    const { waiting, active, delayed, succeeded, failed } = (await this.#inspector.queue(this.name)).counts;
    return { waiting, active, delayed, completed: succeeded, failed };
  }

  /**
   * The limits of the queue, those that Arena's panel has fields for in its words; who set them, who paused the queue,
   * its schedules, and how many jobs wait in groups.
   */
  async getMeta(): Promise<Record<string, unknown>> {
    const [limits, { paused, grouped }, schedules] = await Promise.all([
      this.#inspector.limits.get(this.name),
      this.#inspector.queue(this.name),
      this.#inspector.schedules.list(this.name),
    ]);
    return {
      ...(limits && toLimitRows(limits.limits)),
      ...(limits && { 'limits set by': `${limits.by}, ${isoTime(limits.at)}` }),
      ...(paused && { 'paused by': `${paused.by}, ${isoTime(paused.at)}` }),
      ...(schedules.length > 0 && { schedules: describeSchedules(schedules) }),
      ...(grouped > 0 && { 'waiting in groups': grouped }),
    };
  }

  /** How many ms a rate limit holds the queue back; 0 when it does not. */
  getRateLimitTtl(): Promise<number> {
    return this.#inspector.limits.nextTokenInMs(this.name);
  }

  /** Whether workers are kept from taking jobs. */
  async isPaused(): Promise<boolean> {
    return (await this.#inspector.queue(this.name)).paused !== null;
  }

  /**
   * Reads the jobs from position `start` to `end` in a state, or in the first of several; at most a thousand. Of what
   * is long in them, as their data, they have the beginning.
   */
  async getJobs(states: string | string[], start: number, end: number, asc = false): Promise<ArenaJob[]> {
    const state = STATES[(Array.isArray(states) ? states[0] : states) ?? ''];
    if (state === undefined) return [];
    const count = Math.min(Math.max(1, end - start + 1), MOST_JOBS);
    const most = Math.ceil(MOST_IN_LIST / count);
    const stretch = { state, from: start, to: start + count, newestFirst: !asc };
    const jobs: ArenaJob[] = [];
    for await (const infos of readInSteps(this.#inspector, this.name, stretch)) {
      jobs.push(...infos.map((info) => toArenaJob(shortened(info, most))));
    }
    return jobs;
  }

  /** Reads one job; undefined when there is none. */
  async getJob(id: string): Promise<ArenaJob | undefined> {
    const info = await this.#inspector.job(this.name, id);
    return info ? toArenaJob(info) : undefined;
  }

  /** Tells what is known of a job's attempts: what was logged, each failure, and who made the last attempt. */
  async getJobLogs(id: string): Promise<{ logs: string[]; count: number }> {
    const info = await this.#inspector.job(this.name, id);
    const logs = info ? toLogs(info) : [];
    return { logs, count: logs.length };
  }
}

/** A thousand jobs of a megabyte would fill the memory, and their page no browser would show. */
function shortened(info: JobInfo, most: number): JobInfo {
  const [error] = info.errors;
  return {
    ...info,
    type: String(beginningOf(info.type, most)),
    data: beginningOf(info.data, most),
    result: beginningOf(info.result, most),
    progress: beginningOf(info.progress, most),
    // Stacks and logs are not in a list.
    errors: error ? [{ ...error, message: String(beginningOf(error.message, most)), stack: null }] : [],
    logs: [],
  };
}

/** Those that Arena has fields for by the names of these, and all of them in words. */
function toLimitRows(limits: QueueLimits): Record<string, unknown> {
  const { concurrency, rate } = limits;
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...(rate && { max: rate.count, duration: rate.perMs }),
    limits: limitsText(limits),
  };
}

/** How many there are, and which fires next. */
function describeSchedules(schedules: readonly { name: string; nextAt: number | null }[]): string {
  const coming = schedules.flatMap(({ name, nextAt }) => (nextAt === null ? [] : [{ name, nextAt }]));
  const [next] = coming.sort((one, other) => one.nextAt - other.nextAt);
  return next
    ? `${schedules.length}, next ${next.name} at ${isoTime(next.nextAt)}`
    : `${schedules.length}, none to fire`;
}

function toArenaJob(info: JobInfo): ArenaJob {
  return {
    id: info.id,
    name: info.type,
    data: info.data,
    opts: info.schedule ? { repeat: { key: info.schedule.name } } : {},
    progress: info.progress,
    noProgress: info.progress === 0 || info.progress === null,
    timestamp: info.createdAt,
    processedOn: info.startedAt,
    finishedOn: info.finishedAt,
    dueAt: info.state === 'delayed' ? info.options.runAt : null,
    attemptsMade: info.attempts,
    returnvalue: info.result,
    hasResult: info.result !== null,
    failedReason: info.errors[0]?.message ?? null,
    stacktrace: info.errors.flatMap(({ stack }) => stack ?? []),
    queue: { IS_BULLMQ: true },
    getState: async () => info.state,
    getDependencies: async () => ({}),
    getDependenciesCount: async () => ({}),
    toJSON: () => info,
  };
}

/**
 * What handlers logged and how attempts failed, by time; then the last attempt, and what it waits for or its outcome.
 */
function toLogs({ errors, logs, logsDropped, worker, durationMs, outcome, awaits }: JobInfo): string[] {
  const failures = errors.map(({ attempt, at, name, message }) => ({
    at: at ?? 0,
    text: `${at === null ? '' : `${isoTime(at)} `}attempt ${attempt ?? '?'} failed: ${name}: ${message}`,
  }));
  const lines = logs.map(({ at, level, message }) => ({
    at,
    text: `${isoTime(at)} ${level.toUpperCase()} ${message}`,
  }));
  const told = [...lines, ...failures.reverse()].sort((one, other) => one.at - other.at);
  const dropped = logsDropped === 0 ? [] : [`${logsDropped} older lines are not kept`];
  const last = worker === null ? [] : [`last attempt by ${worker}, ${durationMs} ms`];
  const wait = awaits === null ? [] : [`waits for ${signalsText(awaits)}`];
  const end = outcome === null ? [] : [`outcome: ${outcome}`];
  return [...dropped, ...told.map(({ text }) => text), ...last, ...wait, ...end];
}
