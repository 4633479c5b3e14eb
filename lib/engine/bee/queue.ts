import { type Clock, systemClock } from '../../clock.ts';
import { warnOf } from '../../error-facts.ts';
import { ApiaryError, coerceError } from '../../errors.ts';
import { tellListeners } from '../../listeners.ts';
import { channelOf } from '../connections.ts';
import { type JobState, type QueueKeys, queueKeys } from '../keys.ts';
import type { Lane } from '../pump/lane.ts';
import { Queries } from '../queries/queries.ts';
import { destroyQueue } from '../repairs/deletion.ts';
import { defineScripts, type RedisClient } from '../scripts.ts';
import { Store } from '../store.ts';
import { BeeQueue, type Callback, withCallback } from './bee.ts';
import type { BeeHandler } from './bee-handler.ts';
import { BeeWorker } from './bee-worker.ts';
import { Job, type RunningJob, requireProgress } from './job.ts';
import { QueueConnections } from './queue-connections.ts';
import { QueueDuties } from './queue-duties.ts';
import {
  type QueueHealth,
  readHealth,
  readJob,
  readJobs,
  storeJobs,
  storeWritableJobs,
} from './queue-jobs.ts';
import { type LaneOptions, openLane, openSession } from './queue-lane.ts';
import { type JobRange, pumpOptions, type QueueSettings, requireValid } from './queue-settings.ts';

const DEFAULT_CLOSE_MS = 5_000;
/** How long `close` waits for what only Redis can end. */
const LAST_GRACE_MS = 1_000;

/**
 * bee-queue's queue over ioredis: the same constructor, methods, events and data, with its own transitions: fenced,
 * batched, and healing by themselves. Every method that returns a promise takes a callback too.
 */
export class Queue<Data = unknown> extends BeeQueue<Data> {
  /** The jobs that are told of their own events, by id, while `getEvents` and `storeJobs` are on. */
  declare readonly jobs: Map<string, Job<Data>>;
  /** Back-off strategies by name; add your own before jobs use it: ms until the next attempt, negative to give up. */
  declare readonly backoffStrategies: Map<string, (job: RunningJob) => number>;
  readonly keys: QueueKeys;
  readonly clock: Clock;
  readonly client: RedisClient;
  bclient: RedisClient | null = null;
  eclient: RedisClient | null = null;
  readonly store: Store;
  readonly queries: Queries;
  readonly #given: QueueSettings;
  readonly #connections: QueueConnections;
  readonly #duties: QueueDuties;
  #connected: Promise<boolean> | null = null;
  #isOpen = false;
  #worker: BeeWorker | null = null;
  #closing: Promise<void> | null = null;
  #isClosed = false;
  #lastKind: unknown = null;

  /** Throws CONFIG_INVALID when `redis` or a number among the settings cannot be used. */
  constructor(name: string, settings: QueueSettings = {}) {
    requireValid(settings);
    // bee-queue would open its own kind of client before our fields exist.
    super(name, { ...settings, redis: {}, autoConnect: false });
    this.#given = settings;
    this.clock = settings.clock ?? systemClock;
    this.#connections = new QueueConnections(settings, this.#onConnectionError);
    this.client = this.#connections.client;
    this.keys = queueKeys(settings.prefix ?? 'bq', name, this.client.isCluster);
    this.settings.keyPrefix = this.keys.id.slice(0, -'id'.length);
    defineScripts(this.client);
    this.store = new Store(this.client, this.keys);
    this.queries = new Queries(this.client, this.keys);
    this.#duties = new QueueDuties(this);
    this.settings.autoConnect = settings.autoConnect ?? true;
    if (this.settings.autoConnect) this.connect().catch(this.#onConnectionError);
  }

  /** Emits an `error` event; one that nobody listens for is a warning of the process instead of its end. */
  readonly report = (thrown: unknown): void => {
    const error = coerceError(thrown);
    const kind = 'code' in error ? error.code : error.message;
    if (this.listenerCount('error') > 0) tellListeners(this, 'error', [error], warnOf);
    // An outage fails every try to reconnect alike: said once is enough.
    else if (kind !== this.#lastKind) warnOf(error);
    this.#lastKind = kind;
  };

  readonly #onConnectionError = (error: unknown): void => {
    if (!this.paused) this.report(error);
  };

  /** Whether jobs are remembered, so that their events reach them. */
  get remembersJobs(): boolean {
    return this.settings.storeJobs && this.settings.getEvents;
  }

  /**
   * Makes the connections; resolves when Redis has answered. While Redis is away it waits, as long as the client is
   * one that goes on trying, and whatever was asked for in the meantime is done when it comes. Harmless twice.
   */
  connect(): Promise<boolean> {
    this.#connected ??= this.#connect().catch((error) => {
      this.#connected = null;
      throw error;
    });
    return this.#connected;
  }

  async #connect(): Promise<boolean> {
    this.#requireOpen();
    await this.client.ping();
    if (!this.paused) this.emit('ready');
    return true;
  }

  /** Makes the connections without waiting for Redis to answer. Harmless twice. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { isWorker, getEvents, activateDelayedJobs } = this.settings;
    if (isWorker) this.bclient = this.#connections.blocking.client;
    if (getEvents) this.#duties.listen(this.#subscriber());
    if (activateDelayedJobs) this.#duties.activateDelayed(this.#subscriber());
  }

  /** Resolves with the queue when it is connected. */
  ready(callback?: Callback<void>): Promise<this> {
    const connected = this.connect().then(() => this);
    if (callback) connected.then(() => callback(null), callback);
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
    this.#requireOpen();
    await storeJobs(this, jobs);
  }

  /** Stores jobs; resolves with an error for each that could not be stored, an empty map when all went well. */
  async saveAll(jobs: Iterable<Job>): Promise<Map<Job, Error>> {
    this.#requireOpen();
    return storeWritableJobs(this, jobs);
  }

  /** Reads one job; null when there is none, or none that can be read. */
  getJob(id: string | number, callback?: Callback<Job<Data> | null>): Promise<Job<Data> | null> {
    return withCallback(readJob(this, String(id)), callback);
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
    return withCallback(readJobs(this, state, asked), done);
  }

  /** Removes a job wherever it is; resolves with whether there was one. */
  removeJob(id: string | number, callback?: Callback<boolean>): Promise<boolean> {
    const remove = async (): Promise<boolean> => {
      const state = await this.store.remove(String(id));
      this.jobs.delete(String(id));
      return state !== null;
    };
    return withCallback(remove(), callback);
  }

  /** Announces progress of a job that does not run here. */
  async announceProgress(job: Job, progress: unknown): Promise<void> {
    requireProgress(progress);
    job.progress = progress;
    const message = JSON.stringify({ id: job.id, event: 'progress', data: progress });
    await this.client.publish(channelOf(this.client, this.keys.events), message);
  }

  /** Counts the jobs per state. */
  checkHealth(callback?: Callback<QueueHealth>): Promise<QueueHealth> {
    return withCallback(readHealth(this), callback);
  }

  /** Deletes the queue with everything in it; resolves with how many keys there were. */
  destroy(callback?: Callback<number>): Promise<number> {
    return withCallback(destroyQueue(this.client, this.keys), callback);
  }

  /** Opens this queue to a worker: a lane for its pump. */
  openLane(options: LaneOptions): Lane {
    const connections = this.#connections;
    return openLane(this, openSession(this, this.#given), { ...options, connections });
  }

  /**
   * Runs jobs of this queue with a handler of bee-queue's kind, `concurrency` at a time (default 1). Delayed jobs are
   * moved on and jobs of dead workers returned without further asking. Throws when called twice.
   */
  process(handler: BeeHandler<Data>): this;
  process(concurrency: number, handler: BeeHandler<Data>): this;
  process(first: number | BeeHandler<Data>, second?: BeeHandler<Data>): this {
    const [concurrency, handler] = typeof first === 'function' ? [1, first] : [first, second];
    if (!this.settings.isWorker) throw new Error('Cannot call Queue#process on a non-worker');
    if (this.#worker) throw new Error('Cannot call Queue#process twice');
    if (typeof handler !== 'function') throw new Error('Queue#process needs a handler function');
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
      throw new Error(`Queue#process needs a concurrency from 1 up, not ${concurrency}`);
    }
    if (this.paused) throw new ApiaryError('QUEUE_CLOSED', `queue ${this.name} is closed`);
    this.#requireOpen();
    // What is in the jobs of a queue is the word of its owner.
    const run = handler as BeeHandler;
    this.#worker = new BeeWorker(this, run, pumpOptions(this.#given, this.settings, concurrency));
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
    const look = (): Promise<number> => withCallback(this.#returnStalled(), callback);
    const looked = look();
    if (!intervalMs || this.paused) return looked;
    const onError = callback ? () => undefined : this.report;
    looked.catch(onError);
    this.#duties.watchStalled(intervalMs, look, onError);
    return looked;
  }

  async #returnStalled(): Promise<number> {
    const { returned, orphans } = await openSession(this, this.#given).recover(
      Infinity,
      this.settings.stallInterval,
    );
    for (const id of [...returned, ...orphans]) this.emit('stalled', id);
    return returned.length + orphans.length;
  }

  /**
   * Closes in order, within `timeoutMs` (default 5,000) and a few seconds, Redis or no Redis: running jobs may end,
   * then their signal aborts, and what has not ended goes back to waiting untouched. Harmless twice.
   */
  close(callback?: Callback<void>): Promise<void>;
  close(timeoutMs?: number | null, callback?: Callback<void>): Promise<void>;
  close(first?: number | null | Callback<void>, second?: Callback<void>): Promise<void> {
    const [timeoutMs, callback] = typeof first === 'function' ? [null, first] : [first, second];
    this.paused = true;
    this.#closing ??= this.#close(timeoutMs && timeoutMs > 0 ? timeoutMs : DEFAULT_CLOSE_MS);
    return withCallback(this.#closing, callback);
  }

  async #close(patienceMs: number): Promise<void> {
    const ended = this.#duties.stop().catch(this.report);
    await this.#worker?.stop(patienceMs);
    this.#isClosed = true;
    const limit = new AbortController();
    await Promise.race([ended, this.clock.sleep(LAST_GRACE_MS, limit.signal)]);
    limit.abort();
    await this.#connections.close();
    this.jobs.clear();
  }

  #subscriber(): RedisClient {
    this.eclient = this.#connections.subscriber;
    return this.eclient;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new ApiaryError('QUEUE_CLOSED', `queue ${this.name} is closed`);
    this.open();
  }
}
