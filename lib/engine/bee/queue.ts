import { type Clock, systemClock } from '../../clock.ts';
import { requireWellFormed } from '../../names.ts';
import type { JobState, QueueKeys } from '../keys.ts';
import type { Queries } from '../queries/queries.ts';
import { type HoldOptions, QueueCore } from '../queue/queue-core.ts';
import { DUTY_GRACE_MS } from '../queue/worker-defaults.ts';
import { MOST_DATA_BYTES } from '../record/data-size.ts';
import { destroyQueue } from '../repairs/delete-queue.ts';
import type { RedisClient } from '../scripts.ts';
import type { Store } from '../store/store.ts';
import { tell, toldOutage } from '../tell-callers.ts';
import { within } from '../under-way.ts';
import { type Callback, withCallback } from './bee.ts';
import { type BeeHandler, readProcessArgs } from './bee-handler.ts';
import { BeeWorker } from './bee-worker.ts';
import { Job, type JobQueue, type RunningJob } from './job.ts';
import { QueueCalls } from './queue-calls.ts';
import { queueClient } from './queue-client.ts';
import { QueueDuties } from './queue-duties.ts';
import { announceProgress, readHealth, readJob, readJobs, storeEachJob, storeJobs } from './queue-jobs.ts';
import { reporterOf } from './queue-reporter.ts';
import {
  closePatienceMs,
  holdOptions,
  type JobRange,
  pumpOptions,
  type QueueHealth,
  type QueueSettings,
  requireValid,
} from './queue-settings.ts';
import { StockInside } from './stock-inside.ts';

/**
 * bee-queue's queue over ioredis: the same constructor, methods, events and data, with its own transitions: fenced,
 * batched, and healing by themselves. Every method that returns a promise takes a callback too.
 */
export class Queue<Data = unknown> extends StockInside<Data> implements JobQueue<Data> {
  /** The jobs that are told of their own events, by id, while `getEvents` and `storeJobs` are on. */
  declare readonly jobs: Map<string, Job<Data>>;
  /** Back-off strategies by name; add your own before jobs use it: ms until the next attempt, negative to give up. */
  declare readonly backoffStrategies: Map<string, (job: RunningJob) => number>;
  readonly keys: QueueKeys;
  readonly clock: Clock;
  readonly maxDataBytes: number;
  readonly client: RedisClient;
  bclient: RedisClient | null = null;
  eclient: RedisClient | null = null;
  readonly store: Store;
  readonly queries: Queries;
  /** Every call that asks Redis for something goes through here. */
  readonly calls: QueueCalls;
  readonly #given: QueueSettings;
  readonly #core: QueueCore;
  readonly #duties: QueueDuties;
  #connected: Promise<boolean> | null = null;
  #isOpen = false;
  #worker: BeeWorker | null = null;
  #closing: Promise<void> | null = null;

  /** Throws CONFIG_INVALID for a setting that cannot be used, JOB_INVALID for a name with half a surrogate pair. */
  constructor(name: string, settings: QueueSettings = {}) {
    requireValid(settings);
    requireWellFormed('name', String(name));
    // bee-queue would open its own kind of client before our fields exist.
    super(name, { ...settings, redis: {}, autoConnect: false });
    this.#given = settings;
    this.clock = settings.clock ?? systemClock;
    this.maxDataBytes = settings.maxDataBytes ?? MOST_DATA_BYTES;
    const { client, closesClient } = queueClient(settings);
    const prefix = settings.prefix || 'bq';
    const onError = this.#onConnectionError;
    const core = new QueueCore({
      name: String(name),
      prefix,
      client,
      closesClient,
      clock: this.clock,
      onError,
    });
    this.#core = core;
    this.client = client;
    this.keys = core.keys;
    this.store = core.store;
    this.queries = core.queries;
    this.settings.keyPrefix = this.keys.id.slice(0, -'id'.length);
    this.settings.redis = settings.redis ?? {};
    this.settings.quitCommandClient = closesClient;
    this.calls = new QueueCalls({ name, client, clock: this.clock, open: () => this.open() });
    this.#duties = new QueueDuties({ core, queue: this, jobs: this.jobs, report: this.report });
    this.settings.autoConnect = settings.autoConnect ?? true;
    if (this.settings.autoConnect) this.connect().catch(this.#onConnectionError);
  }

  /** Emits an `error` event; one that nobody listens for is a warning of the process instead of its end. */
  readonly report = reporterOf(this);

  readonly #onConnectionError = (error: unknown): void => {
    if (!this.paused) this.report(toldOutage(this.client, error));
  };

  /** How many jobs run here. */
  get running(): number {
    return this.#worker?.running ?? 0;
  }

  /** Whether jobs are remembered, so that their events reach them. */
  get remembersJobs(): boolean {
    return this.settings.storeJobs && this.settings.getEvents;
  }

  /**
   * Makes the connections; resolves when Redis has answered. While Redis is away it waits, as long as the client is
   * one that goes on trying, and whatever was asked for in the meantime is done when it comes. Harmless twice.
   */
  async connect(): Promise<boolean> {
    this.calls.requireOpen();
    this.#connected ??= this.#connect().catch((error) => {
      this.#connected = null;
      throw error;
    });
    return this.#connected;
  }

  async #connect(): Promise<boolean> {
    await tell(this.client, this.client.ping());
    if (!this.paused) this.emit('ready');
    return true;
  }

  /** Makes the connections without waiting for Redis to answer. Harmless twice. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { isWorker, getEvents, activateDelayedJobs } = this.settings;
    if (isWorker) this.bclient = this.#core.connections.blocking.client;
    if (getEvents) this.#duties.listen(this.#subscriber());
    if (activateDelayedJobs) this.#duties.activateDelayed(this.#subscriber());
  }

  /** Resolves with the queue when it is connected. */
  ready(callback?: Callback<void>): Promise<this> {
    const connected = this.connect().then(() => this);
    if (typeof callback === 'function') connected.then(() => callback(null), callback);
    return connected;
  }

  /** Makes a job; it is stored by its `save`. */
  createJob<Given extends Data>(data?: Given): Job<Given> {
    const job = new Job<Given>(this, null, data);
    // bee-queue makes {} of 0, '', false and null.
    if (data !== undefined) job.data = data;
    return job;
  }

  /** Stores jobs, a thousand per round trip; each says by `created` whether it was new. */
  async saveJobs(jobs: readonly Job[]): Promise<void> {
    this.calls.requireOpen();
    await storeJobs(this, jobs);
  }

  /** Stores jobs; resolves with an error for each that could not be stored, an empty map when all went well. */
  async saveAll(jobs: Iterable<Job>): Promise<Map<Job, Error>> {
    return this.calls.make(() => storeEachJob(this, jobs));
  }

  /** Reads one job; null when there is none, or none that can be read. */
  getJob(id: string | number, callback?: Callback<Job<Data> | null>): Promise<Job<Data> | null> {
    return this.#ask(async () => readJob(this, readId(id)), callback);
  }

  /** Reads jobs of one state: delayed ones as they come due, all others newest first. */
  getJobs(state: JobState, callback?: Callback<Job<Data>[]>): Promise<Job<Data>[]>;
  getJobs(state: JobState, range?: JobRange | null, callback?: Callback<Job<Data>[]>): Promise<Job<Data>[]>;
  getJobs(
    state: JobState,
    range?: JobRange | null | Callback<Job<Data>[]>,
    callback?: Callback<Job<Data>[]>,
  ): Promise<Job<Data>[]> {
    const [asked, done] = typeof range === 'function' ? [{}, range] : [range ?? {}, callback];
    return this.#ask(() => readJobs(this, state, asked), done);
  }

  /** Removes a job wherever it is; resolves with whether there was one. */
  removeJob(id: string | number, callback?: Callback<boolean>): Promise<boolean> {
    const remove = async (): Promise<boolean> => {
      const state = await this.store.remove(readId(id));
      this.jobs.delete(String(id));
      return state !== null;
    };
    return this.#ask(remove, callback);
  }

  /** Announces progress of a job that does not run here. */
  announceProgress(job: Job, progress: unknown): Promise<void> {
    return announceProgress(this, job, progress);
  }

  /** Counts the jobs per state. */
  checkHealth(callback?: Callback<QueueHealth>): Promise<QueueHealth> {
    return this.#ask(() => readHealth(this), callback);
  }

  /** Deletes the queue with all it holds, but for what is saved from now on; resolves with how many keys it had. */
  destroy(callback?: Callback<number>): Promise<number> {
    return this.#ask(() => destroyQueue(this), callback);
  }

  protected override blockingClient(): RedisClient {
    return this.#core.connections.blocking.client;
  }

  /**
   * Runs jobs of this queue with a handler of bee-queue's kind, `concurrency` at a time (default 1). Delayed jobs are
   * moved on and jobs of dead workers returned without further asking. Throws when called twice.
   */
  process(handler: BeeHandler<Data>): this;
  process(concurrency: number | string, handler: BeeHandler<Data>): this;
  process(first: number | string | BeeHandler<Data>, second?: BeeHandler<Data>): this {
    if (!this.settings.isWorker) throw new Error('Cannot call Queue#process on a non-worker');
    if (this.#worker) throw new Error('Cannot call Queue#process twice');
    const [concurrency, handler] = readProcessArgs(first, second);
    if (this.paused) throw this.calls.closedError();
    this.open();
    const core = this.#core;
    const deps = { core, queue: this, strategies: this.backoffStrategies, report: this.report };
    const options = pumpOptions(this.#given, this.settings, concurrency);
    this.#worker = new BeeWorker(deps, handler, { ...options, hold: this.#hold });
    this.#worker.start();
    if (this.#given.activateDelayedJobs ?? true) this.#duties.activateDelayed(this.#subscriber());
    return this;
  }

  /**
   * Looks for jobs that nobody works on any more and returns them to waiting; resolves with how many. With an
   * interval (ms) it looks again and again until `close`, and the callback hears of each look. A queue that processes
   * looks by itself.
   */
  checkStalledJobs(callback?: Callback<number>): Promise<number>;
  checkStalledJobs(intervalMs?: number | null, callback?: Callback<number>): Promise<number>;
  checkStalledJobs(first?: number | null | Callback<number>, second?: Callback<number>): Promise<number> {
    const [intervalMs, callback] = typeof first === 'function' ? [null, first] : [first, second];
    const look = (): Promise<number> => this.#ask(() => this.#returnStalled(), callback);
    const looked = look();
    if (!intervalMs || this.paused) return looked;
    const onError = callback ? () => undefined : this.report;
    looked.catch(onError);
    this.#duties.watchStalled(intervalMs, look, onError);
    return looked;
  }

  async #returnStalled(): Promise<number> {
    const stalled = await this.#duties.returnStalled(() => this.#core.openSession(this.#hold));
    for (const id of stalled) this.emit('stalled', id);
    return stalled.length;
  }

  /**
   * Closes in order, within `timeoutMs` (default 5,000) and a few seconds, Redis or no Redis: running jobs may end,
   * then their signal aborts, and what has not ended goes back to waiting untouched. Calls under way are finished, and
   * later ones reject with QUEUE_CLOSED. Harmless twice.
   */
  close(callback?: Callback<void>): Promise<void>;
  close(timeoutMs?: number | null, callback?: Callback<void>): Promise<void>;
  close(first?: number | null | Callback<void>, second?: Callback<void>): Promise<void> {
    const [timeoutMs, callback] = typeof first === 'function' ? [null, first] : [first, second];
    this.paused = true;
    this.#closing ??= this.#close(closePatienceMs(timeoutMs));
    return withCallback(this.#closing, callback);
  }

  async #close(patienceMs: number): Promise<void> {
    const since = this.clock.elapsed();
    const ended = this.#duties.stop().catch(this.report);
    await this.#worker?.stop(patienceMs);
    const leftMs = Math.max(DUTY_GRACE_MS, patienceMs - (this.clock.elapsed() - since));
    await Promise.all([this.calls.close(leftMs), within(this.clock, DUTY_GRACE_MS, ended)]);
    await this.#core.connections.close();
    this.jobs.clear();
  }

  #ask<T>(call: () => Promise<T>, callback?: Callback<T>): Promise<T> {
    return withCallback(this.calls.make(call), callback);
  }

  get #hold(): HoldOptions {
    return holdOptions(this.#given, this.settings);
  }

  #subscriber(): RedisClient {
    this.eclient = this.#core.connections.subscriber;
    return this.eclient;
  }
}

function readId(id: string | number): string {
  const text = String(id);
  requireWellFormed('id', text);
  return text;
}
