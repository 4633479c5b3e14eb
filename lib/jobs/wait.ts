import { setMaxListeners } from 'node:events';
import { type Clock, MAX_TIMER_MS } from '../clock.ts';
import { queuesWithJob, SharedDiscovery } from '../engine/discovery/discovery.ts';
import { EndWatch } from '../engine/ends/end-watch.ts';
import type { JobEnd } from '../engine/ends/job-end.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { ApiaryError } from '../errors.ts';
import type { Keyring } from '../keyring.ts';
import { requireNamed, requireObject } from '../require-given.ts';
import { shardsWithJobs } from '../shards/shard-record.ts';
import type { OfResult } from './added.ts';
import type { JobStores } from './job-stores.ts';

/** Which job is waited for: where it is, as an answer to `add` says, or the id alone. */
export type JobAddress<Result = unknown> = string | ({ id: string; queue: string } & OfResult<Result>);

/** How long a job is waited for. */
export interface WaitOptions {
  /** After this many ms the wait is over, not the job; from 1 to 2,147,483,647. */
  timeoutMs: number;
  /** Ends the wait, not the job: it rejects with the reason of the signal. */
  signal?: AbortSignal;
}

/** A job that has ended: where it was, and how it ended. */
export type FinishedJob<Result = unknown> = { id: string; queue: string } & JobEnd<Result>;

/** What waiting works with. */
export interface JobWaitsDeps {
  client: RedisClient;
  prefix: string;
  clock: Clock;
  /** The queues in which a job of which only the id is known is looked for first. */
  likelyQueues: () => string[];
  /** Which queues have shards. */
  stores: Pick<JobStores, 'known' | 'ask'>;
  /** By what what came of encrypted jobs is opened; null for nothing. */
  keyring: Keyring | null;
}

/** The waits of one producer. */
export class JobWaits {
  readonly #deps: JobWaitsDeps;
  readonly #watch: EndWatch;
  readonly #discovery: SharedDiscovery;
  readonly #waits = new Set<AbortController>();
  #isClosed = false;

  constructor(deps: JobWaitsDeps) {
    this.#deps = deps;
    this.#watch = new EndWatch(deps);
    this.#discovery = new SharedDiscovery(deps.client, deps.prefix);
  }

  /** Waits for the end of a job; see `Producer#waitFor`. */
  async waitFor(job: JobAddress, options: WaitOptions): Promise<FinishedJob> {
    requireValid(job, options);
    options.signal?.throwIfAborted();
    if (this.#isClosed) throw closed();
    const wait = new AbortController();
    const onAbort = (): void => wait.abort(options.signal?.reason);
    this.#waits.add(wait);
    // A listener for each wait is no leak: it goes with the wait.
    if (options.signal) setMaxListeners(0, options.signal);
    options.signal?.addEventListener('abort', onAbort);
    try {
      return await Promise.race([
        this.#end(job, wait.signal),
        this.#timeout(job, options.timeoutMs, wait.signal),
      ]);
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
      this.#waits.delete(wait);
      // Whatever is under way for it ends too.
      wait.abort();
    }
  }

  /** Ends every wait with QUEUE_CLOSED and closes the connection they share. Harmless twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wait of this.#waits) wait.abort(closed());
    await this.#watch.close();
  }

  async #timeout(job: JobAddress, timeoutMs: number, signal: AbortSignal): Promise<never> {
    await this.#deps.clock.sleep(timeoutMs, signal);
    signal.throwIfAborted();
    const { trouble } = this.#watch;
    const message = `job ${nameOf(job)} did not end within ${timeoutMs} ms`;
    throw new ApiaryError('WAIT_TIMED_OUT', message, trouble === null ? {} : { cause: trouble });
  }

  async #end(job: JobAddress, signal: AbortSignal): Promise<FinishedJob> {
    if (typeof job !== 'string') return this.#endAt(job.queue, job.id, signal);
    const likely = this.#deps.likelyQueues();
    const end =
      (await this.#endInAny(likely, job, signal)) ?? (await this.#endElsewhere(likely, job, signal));
    if (end) return end;
    throw new ApiaryError('JOB_NOT_FOUND', `no queue has a job ${job}`);
  }

  async #endAt(queue: string, id: string, signal: AbortSignal): Promise<FinishedJob> {
    const { client, prefix, stores } = this.#deps;
    let record = stores.known(queue);
    if (!record) {
      // Most have none: it is asked for them only where the job is not there.
      const near = await this.#endIn(queue, id, signal).catch(asNotFound);
      if (!(near instanceof ApiaryError)) return near;
      record = await stores.ask(queue);
      if (!record) throw near;
    }
    const shards = shardsWithJobs(queue, record);
    const having = await queuesWithJob(client, { prefix, queues: shards, id });
    const end = await this.#endInAny(having.length > 0 ? having : shards, id, signal);
    if (end) return { ...end, queue };
    throw new ApiaryError('JOB_NOT_FOUND', `queue ${queue} has no job ${id}`);
  }

  async #endElsewhere(seen: readonly string[], id: string, signal: AbortSignal): Promise<FinishedJob | null> {
    const { client, prefix } = this.#deps;
    const names = [...(await this.#discovery.queueNames())];
    const others = names.filter((name) => !seen.includes(name));
    const queues = await queuesWithJob(client, { prefix, queues: others, id });
    return this.#endInAny(queues, id, signal);
  }

  /** Listens in all of them before it is known which has the job; null when none has it. */
  async #endInAny(queues: readonly string[], id: string, signal: AbortSignal): Promise<FinishedJob | null> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    setMaxListeners(0, either);
    try {
      return await Promise.any(queues.map((queue) => this.#endIn(queue, id, either)));
    } catch (error) {
      const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
      const failure = errors.find((one) => !isNotFound(one));
      if (failure !== undefined) throw failure;
      return null;
    } finally {
      over.abort();
    }
  }

  async #endIn(queue: string, id: string, signal: AbortSignal): Promise<FinishedJob> {
    const end = await this.#watch.ended({ queue, id }, signal);
    return { id, queue, ...end };
  }
}

function requireValid(job: JobAddress, options: WaitOptions): void {
  if (typeof job !== 'string') requireObject('waitFor', 'id and queue, or an id', job);
  const { timeoutMs } = requireNamed('waitFor', ['timeoutMs', 'signal'], options);
  const { id, queue } = typeof job === 'string' ? { id: job, queue: null } : job;
  if (!isName(id) || (queue !== null && !isName(queue))) {
    throw invalid('job', 'must be the id of a job, or an object with its id and queue');
  }
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMER_MS) {
    throw invalid('timeoutMs', `must be whole milliseconds from 1 to ${MAX_TIMER_MS}`);
  }
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function invalid(path: string, message: string): ApiaryError {
  return new ApiaryError('JOB_INVALID', `${path} ${message}`, { problems: [{ path, message }] });
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiaryError && error.code === 'JOB_NOT_FOUND';
}

function asNotFound(error: unknown): ApiaryError {
  if (error instanceof ApiaryError && isNotFound(error)) return error;
  throw error;
}

function closed(): ApiaryError {
  return new ApiaryError('QUEUE_CLOSED', 'the producer is closed');
}

function nameOf(job: JobAddress): string {
  return typeof job === 'string' ? job : `${job.id} of queue ${job.queue}`;
}
