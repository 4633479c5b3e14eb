import type { Clock } from '../clock.ts';
import type { ActiveJob } from '../engine/pump/active-job.ts';
import { BUILT_IN_STRATEGIES, DEFAULT_BACKOFF, defaultDelayMs } from '../engine/pump/backoff.ts';
import { describeValue } from '../error-facts.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import type { FailedJob, IsFailure } from '../jobs/failed-job.ts';
import type { Logger } from '../logger.ts';
import { isName, NAME_RULE } from '../names.ts';
import { adopted, hush, isThenable } from '../promises.ts';
import { factsOf } from './facts.ts';

/**
 * How long a job waits whose back-off names this function, in ms; `attempt` is the one that failed, 1 for the first. A
 * negative number, and whatever is no finite number, gives the job up. It may be async, and has five seconds then.
 */
export type BackoffFunction = (attempt: number, error: Error, job: FailedJob) => number | PromiseLike<number>;

/** What a worker may be told of failures. */
export interface FailureOptions {
  /** Back-off functions by the name that jobs say as `backoff.type`. */
  backoffs?: Readonly<Record<string, BackoffFunction>>;
  /** Default: every error is a failure. A handler's own goes before it. */
  isFailure?: IsFailure;
}

/** What judging failures works with. */
export interface FailureDeps {
  log: Logger;
  random: Clock['random'];
}

/** So long the answer of an async back-off function is waited for: the attempt has not ended, and keeps its slot. */
const MOST_ANSWER_MS = 5_000;

/** Who makes up names without end is not logged without end. */
const MOST_NAMES_TOLD = 1_000;

/**
 * Judges failed attempts by the functions that the worker was given; what these throw is logged and goes no further.
 */
export class Failures {
  readonly #backoffs: ReadonlyMap<string, BackoffFunction>;
  readonly #isFailure: IsFailure | undefined;
  readonly #deps: FailureDeps;
  readonly #told = new Set<string>();

  /** Throws CONFIG_INVALID for a back-off that is no function, or whose name cannot be or is built in. */
  constructor({ backoffs = {}, isFailure }: FailureOptions, deps: FailureDeps) {
    for (const [name, backoff] of Object.entries(backoffs)) requireBackoff(name, backoff);
    this.#backoffs = new Map(Object.entries(backoffs));
    this.#isFailure = isFailure;
    this.#deps = deps;
  }

  /**
   * What the function of this name says, a promise where that takes its time; the default back-off where there is none,
   * it throws, or takes too long. The promise never rejects.
   */
  delayMs(name: string, error: Error, job: ActiveJob): number | Promise<number> {
    const backoff = this.#backoffs.get(name);
    if (!backoff) return this.#unknown(name, job);
    try {
      const said: unknown = backoff(job.attempt, error, toFailedJob(job));
      return isThenable(said) ? this.#awaited(said, { name, job }) : this.#read(said, { name, job });
    } catch (thrown) {
      return this.#broken(thrown, { name, job });
    }
  }

  async #awaited(said: PromiseLike<unknown>, asked: Asked): Promise<number> {
    try {
      return this.#read(await inTime(said), asked);
    } catch (thrown) {
      return this.#broken(thrown, asked);
    }
  }

  #read(delayMs: unknown, { name, job }: Asked): number {
    if (typeof delayMs === 'number' && Number.isFinite(delayMs) && delayMs >= 0) return delayMs;
    const facts = { ...factsOf(job), backoff: name, returned: describeValue(delayMs) };
    this.#deps.log.warn('a back-off function gave the job up', facts);
    return -1;
  }

  #broken(thrown: unknown, { name, job }: Asked): number {
    const facts = { ...factsOf(job), backoff: name, err: coerceError(thrown) };
    this.#deps.log.error('a back-off function threw; the default back-off is used', facts);
    return this.#default(job);
  }

  /** Whether an error counts as a failure, by the handler's own judgement or else the worker's. */
  isFailure(error: Error, job: ActiveJob, own: IsFailure | undefined): boolean {
    try {
      const judged: unknown = (own ?? this.#isFailure)?.(error, toFailedJob(job));
      hush(judged);
      return judged !== false;
    } catch (thrown) {
      const err = coerceError(thrown);
      this.#deps.log.error('isFailure threw; the error counts as a failure', { ...factsOf(job), err });
      return true;
    }
  }

  #unknown(name: string, job: ActiveJob): number {
    if (!this.#told.has(name) && this.#told.size < MOST_NAMES_TOLD) {
      this.#told.add(name);
      const facts = { ...factsOf(job), backoff: name };
      this.#deps.log.warn(
        'a job names a back-off that this worker does not know; the default is used',
        facts,
      );
    }
    return this.#default(job);
  }

  #default({ attempt }: ActiveJob): number {
    return defaultDelayMs(attempt, this.#deps.random);
  }
}

/** Which function was asked, and for which job. */
interface Asked {
  name: string;
  job: ActiveJob;
}

/** Rejects where it takes longer than may be. */
function inTime(said: PromiseLike<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const message = `it did not answer within ${MOST_ANSWER_MS} ms`;
    const timer = setTimeout(() => reject(new Error(message)), MOST_ANSWER_MS).unref();
    adopted(said)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

function requireBackoff(name: string, backoff: unknown): void {
  if (typeof backoff !== 'function') throw invalid(`backoffs.${name} must be a function`);
  if (!isName(name))
    throw invalid(`the name of a back-off must be ${NAME_RULE}, not ${JSON.stringify(name)}`);
  if (BUILT_IN_STRATEGIES.includes(name))
    throw invalid(`backoffs.${name}: a back-off of this name is built in`);
}

function toFailedJob(job: ActiveJob): FailedJob {
  const { options } = job.record;
  let read: { data: unknown } | null = null;
  return {
    ...factsOf(job),
    headers: { ...options.headers },
    // As it was given, which what the handler was handed need not be any more; read where it is asked for.
    get data() {
      read ??= { data: job.readData() };
      return read.data;
    },
    retriesLeft: options.retries ?? 0,
    delayMs: options.backoff?.delay ?? DEFAULT_BACKOFF.delayMs,
  };
}

function invalid(message: string): ApiaryError {
  return new ApiaryError('CONFIG_INVALID', message);
}
