import type { Inspector, JobInfo, JobState } from '../../inspector/inspector.ts';

/** A job as Arena's templates read one of BullMQ's. Its JSON is what the inspector says of it. */
export interface ArenaJob {
  id: string;
  name: string;
  data: unknown;
  opts: Record<string, unknown>;
  progress: unknown;
  /** Times are epoch ms. */
  timestamp: number;
  processedOn: number | null;
  finishedOn: number | null;
  /** Of a delayed job: ms from `processedOn`, or else `timestamp`, to its start. */
  delay: number;
  attemptsMade: number;
  returnvalue: unknown;
  failedReason: string | null;
  stacktrace: string[];
  queue: { IS_BULLMQ: true };
  /** Set by Arena: whether the page offers to run the job again. */
  showRetryButton?: boolean;
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

/** What the inspector reads at once. */
const MOST_JOBS = 1_000;

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

  /** The limits of the queue in the words of Arena's panel; what it has no field for is shown beside. */
  async getMeta(): Promise<Record<string, unknown>> {
    const { concurrency, rate, perKey, fair } = (await this.#inspector.limits.get(this.name))?.limits ?? {};
    return {
      ...(concurrency !== undefined && { concurrency }),
      ...(rate && { max: rate.count, duration: rate.perMs }),
      ...(rate?.burst !== undefined && { burst: rate.burst }),
      ...(perKey?.concurrency !== undefined && { 'concurrency per key': perKey.concurrency }),
      ...(perKey?.rate && { 'rate per key': `${perKey.rate.count} in ${perKey.rate.perMs} ms` }),
      ...(fair && { fair: 'keys take turns' }),
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

  /** Reads the jobs from position `start` to `end` in a state, or in the first of several; at most a thousand. */
  async getJobs(states: string | string[], start: number, end: number, asc = false): Promise<ArenaJob[]> {
    const state = STATES[(Array.isArray(states) ? states[0] : states) ?? ''];
    if (state === undefined) return [];
    const limit = Math.min(Math.max(1, end - start + 1), MOST_JOBS);
    const query = { state, cursor: String(start), limit, newestFirst: !asc };
    const { jobs } = await this.#inspector.jobs(this.name, query);
    return jobs.map(toArenaJob);
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

  getWaiting(start: number, end: number): Promise<ArenaJob[]> {
    return this.getJobs('waiting', start, end);
  }

  getActive(start: number, end: number): Promise<ArenaJob[]> {
    return this.getJobs('active', start, end);
  }

  getDelayed(start: number, end: number): Promise<ArenaJob[]> {
    return this.getJobs('delayed', start, end);
  }

  getCompleted(start: number, end: number): Promise<ArenaJob[]> {
    return this.getJobs('completed', start, end);
  }

  getFailed(start: number, end: number): Promise<ArenaJob[]> {
    return this.getJobs('failed', start, end);
  }

  /** Empty, as are the two below: no job here is in such a state. */
  async getPrioritized(): Promise<ArenaJob[]> {
    return [];
  }

  async getPaused(): Promise<ArenaJob[]> {
    return [];
  }

  async getWaitingChildren(): Promise<ArenaJob[]> {
    return [];
  }
}

function toArenaJob(info: JobInfo): ArenaJob {
  return {
    id: info.id,
    name: info.type,
    data: info.data,
    opts: {},
    progress: info.progress,
    timestamp: info.createdAt,
    processedOn: info.startedAt,
    finishedOn: info.finishedAt,
    delay: delayOf(info),
    attemptsMade: info.attempts,
    returnvalue: info.result,
    failedReason: info.errors[0]?.message ?? null,
    stacktrace: info.errors.flatMap(({ stack }) => stack ?? []),
    queue: { IS_BULLMQ: true },
    getState: async () => info.state,
    getDependencies: async () => ({}),
    getDependenciesCount: async () => ({}),
    toJSON: () => info,
  };
}

function delayOf({ state, options: { runAt }, startedAt, createdAt }: JobInfo): number {
  if (state !== 'delayed') return 0;
  // Without a time the page would show the present one; so it says that the date is not valid.
  return runAt === null ? Number.POSITIVE_INFINITY : runAt - (startedAt ?? createdAt);
}

/** What handlers logged and how attempts failed, by time; then the last attempt and the outcome. */
function toLogs({ errors, logs, logsDropped, worker, durationMs, outcome }: JobInfo): string[] {
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
  const end = outcome === null ? [] : [`outcome: ${outcome}`];
  return [...dropped, ...told.map(({ text }) => text), ...last, ...end];
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
