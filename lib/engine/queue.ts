import { hostname } from 'node:os';
import { type Clock, systemClock } from '../clock.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import { closeClient } from '../redis/connect.ts';
import { BeeQueue, type Callback, withCallback } from './bee.ts';
import type { BeeHandler } from './bee-handler.ts';
import { BeeWorker } from './bee-worker.ts';
import { commandClient, companionClient, isRedisClient } from './connections.ts';
import { Job, jobFromStored, recordOf } from './job.ts';
import { allKeys, type JobState, type QueueKeys, queueKeys } from './keys.ts';
import { Lane, type LaneDeps } from './lane.ts';
import { Promoter } from './promoter.ts';
import { isJobState, type JobCounts, Queries } from './queries.ts';
import type { JobRange, QueueSettings } from './queue-settings.ts';
import { defineScripts, type RedisClient } from './scripts.ts';
import { Session } from './session.ts';
import { newJob, Store } from './store.ts';
import { Waiter } from './waiter.ts';

/** What a worker says of a lane it opens. */
export type LaneOptions = Pick<LaneDeps, 'weight' | 'hooks' | 'wake'>;

const DEFAULT_LEASE_MS = 10_000;
const DEFAULT_CLOSE_MS = 5_000;

/** `host:pid` of this process, stored with each attempt. */
const WORKER_NAME = `${hostname()}:${process.pid}`;

/**
 * bee-queue's queue over ioredis: the same constructor, methods, events and data, with its own transitions: fenced,
 * batched, and healing by themselves.
 */
export class Queue extends BeeQueue {
  declare readonly jobs: Map<string, Job>;
  readonly keys: QueueKeys;
  readonly clock: Clock;
  client: RedisClient;
  bclient: RedisClient | null = null;
  eclient: RedisClient | null = null;
  readonly store: Store;
  readonly queries: Queries;
  readonly #given: QueueSettings;
  readonly #ownsClient: boolean;
  #waiterName = '';
  #opening: Promise<void> | null = null;
  #worker: BeeWorker | null = null;
  #promoter: Promoter | null = null;
  #closing: Promise<void> | null = null;

  constructor(name: string, settings: QueueSettings = {}) {
    // bee-queue would open its own kind of client before our fields exist.
    super(name, { ...settings, redis: {}, autoConnect: false });
    this.#given = settings;
    this.clock = settings.clock ?? systemClock;
    this.#ownsClient = !isRedisClient(settings.redis);
    this.client = commandClient(settings.redis ?? {});
    this.keys = queueKeys(settings.prefix ?? 'bq', name, this.client.isCluster);
    defineScripts(this.client);
    this.store = new Store(this.client, this.keys);
    this.queries = new Queries(this.client, this.keys);
    if (this.#ownsClient) this.client.on('error', this.#emitError);
    if (settings.autoConnect ?? true) this.connect().catch(this.#emitError);
  }

  readonly #emitError = (error: unknown): void => {
    this.emit('error', coerceError(error));
  };

  /** As Node's, but an error nobody listens for is a warning of the process instead of its end. */
  override emit(event: string, ...facts: unknown[]): boolean {
    if (event !== 'error' || this.listenerCount('error') > 0) return super.emit(event, ...facts);
    process.emitWarning(coerceError(facts[0]));
    return false;
  }

  /** Makes one of bee-queue's three clients over ioredis; a caller's own client is used for commands as it is. */
  async makeClient(role: 'client' | 'bclient' | 'eclient'): Promise<RedisClient> {
    if (role === 'client') return this.client;
    const made = companionClient(this.client, role === 'bclient' ? 'blocking' : 'subscriber');
    made.client.on('error', this.#emitError);
    if (role === 'bclient') this.#waiterName = made.name;
    this[role] = made.client;
    return made.client;
  }

  /**
   * Makes the connections; resolves when the first command was answered. While Redis is away it waits, and whatever
   * was asked for in the meantime is done when it comes.
   */
  async connect(): Promise<boolean> {
    await this.open();
    await this.client.ping();
    this.emit('ready');
    return true;
  }

  /** Makes the connections without waiting for Redis to answer. Harmless twice. */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    const { isWorker, getEvents, activateDelayedJobs } = this.settings;
    await this.makeClient('client');
    if (isWorker) await this.makeClient('bclient');
    if (getEvents || activateDelayedJobs) await this.makeClient('eclient');
    if (getEvents) this.#listen();
    if (activateDelayedJobs) this.#activateDelayed();
  }

  /** Resolves with the queue when it is connected. */
  ready(callback?: Callback<void>): Promise<this> {
    const connected = this.open()
      .then(() => this.client.ping())
      .then(() => this);
    if (callback) connected.then(() => callback(null), callback);
    return connected;
  }

  /** Makes a job; it is stored by its `save`. */
  createJob<Data>(data: Data): Job<Data> {
    const job = new Job<Data>(this, null, data);
    // bee-queue makes {} of 0, '', false and null.
    if (data !== undefined) job.data = data;
    return job;
  }

  /** Stores jobs, a thousand per round trip; each says by `created` whether it was new. */
  async saveJobs(jobs: readonly Job[]): Promise<void> {
    this.#requireOpen();
    const now = this.clock.now();
    const stored = jobs.map((job) => {
      const at = job.options['delay'];
      const start = typeof at === 'number' && at > now ? { at } : null;
      return newJob(this.clock, {
        id: job.id === null ? null : String(job.id),
        record: recordOf(job),
        start,
      });
    });
    for (const [index, { id }] of stored.entries()) {
      const job = jobs[index];
      if (!job) continue;
      job.id = id;
      // Before it is stored: its end may be announced before the answer to the save has come.
      if (this.settings.storeJobs && this.settings.getEvents) this.jobs.set(id, job);
    }
    const created = await this.store.save(stored);
    for (const [index, job] of jobs.entries()) {
      job.created = created[index] ?? false;
      if (!job.created) this.jobs.delete(job.id ?? '');
    }
  }

  /** Stores jobs; resolves with the errors per job, an empty map when all went well. */
  async saveAll(jobs: Iterable<Job>): Promise<Map<Job, Error>> {
    const all = [...jobs];
    const errors = new Map<Job, Error>();
    const writable = all.filter((job) => {
      try {
        JSON.stringify(recordOf(job));
        return true;
      } catch (error) {
        errors.set(job, coerceError(error));
        return false;
      }
    });
    await this.saveJobs(writable);
    return errors;
  }

  /** Reads one job; null when there is none. */
  getJob(id: string, callback?: Callback<Job | null>): Promise<Job | null> {
    const read = async (): Promise<Job | null> => {
      const raw = await this.client.hget(this.keys.jobs, String(id));
      return raw === null ? null : jobFromStored(this, String(id), raw);
    };
    return withCallback(read(), callback);
  }

  /** Reads jobs of one state, newest first. */
  getJobs(state: JobState, range?: JobRange, callback?: Callback<Job[]>): Promise<Job[]> {
    const { start = 0, end = start + 100, size } = range ?? {};
    const count = state === 'succeeded' || state === 'failed' ? (size ?? 100) : end - start + 1;
    const read = async (): Promise<Job[]> => {
      if (!isJobState(state)) throw new ApiaryError('JOB_INVALID', `unknown state ${JSON.stringify(state)}`);
      const stored = await this.queries.page(state, Math.max(0, start), Math.max(1, count));
      return stored.flatMap(({ id, record }) => jobFromStored(this, id, JSON.stringify(record)) ?? []);
    };
    return withCallback(read(), callback);
  }

  /** Removes a job wherever it is; resolves with whether there was one. */
  removeJob(id: string, callback?: Callback<boolean>): Promise<boolean> {
    const remove = async (): Promise<boolean> => {
      const state = await this.store.remove(String(id));
      this.jobs.delete(String(id));
      return state !== null;
    };
    return withCallback(remove(), callback);
  }

  /** Offers a failed job again, once; resolves with false when it is not failed. */
  async retryJob(id: string): Promise<boolean> {
    return (await this.store.retry(id, 0)).done;
  }

  /** Tells whether a job is in `succeeded` or `failed`. */
  async isInSet(set: 'succeeded' | 'failed', id: string): Promise<boolean> {
    return (await this.client.sismember(this.keys[set], id)) === 1;
  }

  /** Stores and announces how far a job is. */
  async reportProgress(job: Job, progress: unknown): Promise<void> {
    if (progress === null || progress === undefined) throw new Error('Progress cannot be empty');
    job.progress = progress;
    await this.#worker?.progress(job, progress);
  }

  /** Counts the jobs per state. `newestJob` is bee-queue's counter, which only its own producers turn. */
  checkHealth(
    callback?: Callback<JobCounts & { newestJob: number }>,
  ): Promise<JobCounts & { newestJob: number }> {
    const check = async (): Promise<JobCounts & { newestJob: number }> => {
      const [counts, id] = await Promise.all([this.queries.counts(), this.client.get(this.keys.id)]);
      return { ...counts, newestJob: Number(id ?? 0) };
    };
    return withCallback(check(), callback);
  }

  /** Deletes the queue with everything in it; resolves with how many keys there were. */
  async destroy(callback?: Callback<number>): Promise<number> {
    const workers = await this.client.zrange(this.keys.workers, 0, '-1');
    const keys = [...allKeys(this.keys), ...workers.map(this.keys.claims)];
    return withCallback(this.client.unlink(...keys), callback);
  }

  /** Opens this queue to a worker: a lane for its pump. */
  openLane({ weight, hooks, wake }: LaneOptions): Lane {
    const { clock, keys, bclient } = this;
    if (!bclient)
      throw new ApiaryError('CONFIG_INVALID', `queue ${this.name} was opened with isWorker: false`);
    const waiter = new Waiter({
      blocking: bclient,
      commands: this.client,
      keys,
      connectionName: this.#waiterName,
    });
    const session = this.#session();
    return new Lane({ queue: this.name, weight, worker: WORKER_NAME, session, waiter, clock, hooks, wake });
  }

  #session(): Session {
    const { removeOnSuccess, removeOnFailure, sendEvents } = this.settings;
    const { leaseMs = DEFAULT_LEASE_MS, keepSucceeded = -1, keepFailed = -1 } = this.#given;
    return new Session(
      { client: this.client, keys: this.keys, clock: this.clock },
      {
        leaseMs,
        keepSucceeded: removeOnSuccess ? 0 : keepSucceeded,
        keepFailed: removeOnFailure ? 0 : keepFailed,
        // In Cluster a message reaches every node, but only this node's listeners are counted.
        publish: !sendEvents ? 'never' : this.client.isCluster ? 'always' : 'heard',
      },
    );
  }

  /**
   * Runs jobs of this queue with a handler of bee-queue's kind, `concurrency` at a time (default 1). Delayed jobs are
   * moved on and jobs of dead workers returned without further asking. Throws when called twice.
   */
  process(concurrency: number | BeeHandler, handler?: BeeHandler): this {
    const run = typeof concurrency === 'function' ? concurrency : handler;
    if (!this.settings.isWorker) throw new Error('Cannot call Queue#process on a non-worker');
    if (this.#worker) throw new Error('Cannot call Queue#process twice');
    if (typeof run !== 'function') throw new Error('Queue#process needs a handler function');
    this.#requireOpen();
    const { lossLimit = 3, leaseMs = DEFAULT_LEASE_MS } = this.#given;
    const slots = typeof concurrency === 'number' ? concurrency : 1;
    const options = { concurrency: slots, lossLimit, leaseMs, orphanIntervalMs: this.settings.stallInterval };
    const worker = new BeeWorker(this, run, options);
    this.#worker = worker;
    this.open().then(() => worker.start(), this.#emitError);
    this.#activateDelayed();
    return this;
  }

  /**
   * Looks once for jobs that nobody works on any more and returns them to waiting; resolves with how many. A queue
   * that processes looks by itself, so an interval is accepted and changes nothing.
   */
  checkStalledJobs(interval?: number | Callback<number>, callback?: Callback<number>): Promise<number> {
    const check = async (): Promise<number> => {
      const { returned, orphans } = await this.#session().recover(Infinity, this.settings.stallInterval);
      for (const id of [...returned, ...orphans]) this.emit('stalled', id);
      return returned.length + orphans.length;
    };
    return withCallback(check(), typeof interval === 'function' ? interval : callback);
  }

  /**
   * Closes in order, within `timeoutMs` (default 5,000) and a few seconds: running jobs may end, what has not ended
   * by then goes back to waiting untouched. A client of the caller's stays open. Harmless twice.
   */
  close(timeoutMs?: number | null | Callback<void>, callback?: Callback<void>): Promise<void> {
    const patienceMs = typeof timeoutMs === 'number' && timeoutMs > 0 ? timeoutMs : DEFAULT_CLOSE_MS;
    this.paused = true;
    this.#closing ??= this.#close(patienceMs);
    return withCallback(this.#closing, typeof timeoutMs === 'function' ? timeoutMs : callback);
  }

  async #close(patienceMs: number): Promise<void> {
    await this.#worker?.stop(patienceMs);
    await this.#promoter?.stop();
    const made = [this.bclient, this.eclient, this.#ownsClient ? this.client : null];
    await Promise.all(made.map((client) => client && closeClient(client)));
  }

  #listen(): void {
    const { eclient, keys } = this;
    eclient?.on('message', (channel: string, message: string) => {
      if (channel !== keys.events) return;
      try {
        this._onMessage(channel, message);
      } catch (error) {
        this.#emitError(new Error(`an event on ${channel} could not be read: ${coerceError(error).message}`));
      }
    });
    eclient?.subscribe(keys.events).catch(this.#emitError);
  }

  /** Moves delayed jobs on when they are due; a connection for their announcements is made if there is none. */
  #activateDelayed(): void {
    if (this.#promoter) return;
    const subscriber = this.eclient ?? companionClient(this.client, 'subscriber').client;
    this.eclient = subscriber;
    const { store, clock, keys } = this;
    this.#promoter = new Promoter({
      store,
      clock,
      subscriber,
      channel: keys.earlierDelayed,
      onTrouble: this.#emitError,
    });
    this.#promoter.start();
  }

  #requireOpen(): void {
    if (this.#closing) throw new ApiaryError('QUEUE_CLOSED', `queue ${this.name} is closed`);
  }
}
