import { type Clock, systemClock } from '../clock.ts';
import { queueKeys } from '../engine/keys.ts';
import { type JsonText, type NewJob, newJob } from '../engine/new-job.ts';
import { requireOurs } from '../engine/queries/require-ours.ts';
import { defineScripts, type RedisClient } from '../engine/scripts.ts';
import { Store } from '../engine/store.ts';
import { tell } from '../engine/tell-callers.ts';
import type { UniqueKey } from '../engine/unique/unique.ts';
import { ApiaryError } from '../errors.ts';
import { isLabel, isName, requireName, requireProducerName } from '../names.ts';
import { Recent } from '../recent.ts';
import { activeTracing, type TraceHeaders } from '../tracing.ts';
import { type Added, type RawJob, readRawJob } from './added.ts';
import { type AddedBatch, addBatch, type NewBatch } from './batch.ts';
import { type AddedChain, addChain } from './chain.ts';
import { checkInput, type JobDefinition, ofDefinition, requireDefinition } from './define.ts';
import { writeData } from './given-data.ts';
import { DEFAULT_GROUP, joinOf } from './group.ts';
import type { JobOptions, ResolvedJobOptions } from './options.ts';
import type { LinkingDeps, PlannedJob } from './planned-job.ts';
import { type Kind, NO_OPTIONS, PreparedOptions } from './prepared-options.ts';
import { closedError, ProducerCalls } from './producer-calls.ts';
import type { ProducerDeps } from './producer-deps.ts';
import { ProducerSchedules } from './producer-schedules.ts';
import { writeCarrierOptions } from './stored-options.ts';
import { withTrace } from './trace-headers.ts';
import { type FinishedJob, type JobAddress, JobWaits, type WaitOptions } from './wait.ts';

export type { Added } from './added.ts';
export type { ProducerDeps } from './producer-deps.ts';

/** What adds jobs. */
export type Adder = Pick<Producer, 'add' | 'addMany' | 'addRaw' | 'addChain' | 'addBatch'>;

/** How many queues it keeps in mind, as callers may name any, and in how many of those a wait for an id alone listens. */
const MOST_STORES = 1_000;
const MOST_LIKELY = 100;

/** Adds jobs. What is acknowledged is stored in Redis; what existed already is not changed. */
export class Producer {
  /** Adds, changes and removes schedules. */
  readonly schedules: ProducerSchedules;
  readonly #client: RedisClient;
  readonly #close: () => Promise<void>;
  readonly #onCreated: (job: Added) => void;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #name: string | null;
  readonly #stores = new Recent<string, Store>(MOST_STORES);
  readonly #prepared: PreparedOptions;
  readonly #waits: JobWaits;
  readonly #calls: ProducerCalls;

  constructor({
    client,
    prefix = 'bq',
    clock = systemClock,
    name,
    close = async () => {},
    onCreated = () => {},
    calls = new ProducerCalls(client, clock),
  }: ProducerDeps) {
    if (name !== undefined) requireProducerName(name);
    defineScripts(client);
    this.#client = client;
    this.#close = close;
    this.#onCreated = onCreated;
    this.#prefix = prefix;
    this.#clock = clock;
    this.#name = name ?? null;
    this.#calls = calls;
    this.#prepared = new PreparedOptions(clock, this.#name);
    this.schedules = new ProducerSchedules(client, prefix, calls);
    this.#waits = new JobWaits({
      client,
      prefix,
      clock,
      likelyQueues: () => this.#stores.newestKeys(MOST_LIKELY),
    });
  }

  /**
   * Adds one job; rejects with JOB_INVALID when data or options are not right, and as every call of a closed producer with
   * QUEUE_CLOSED.
   */
  add<Input>(
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: JobOptions = NO_OPTIONS,
  ): Promise<Added> {
    if (this.#calls.isClosed) return Promise.reject(closedError());
    const tracing = activeTracing();
    if (!tracing) return this.#add(definition, data, options);
    const send = (trace: TraceHeaders): Promise<Added> =>
      this.#add(definition, data, withTrace(definition, options, trace));
    return tracing.sending({ ...nameOf(definition), count: 1 }, send, ({ id }) => id);
  }

  /**
   * Adds many jobs of one type with the same options, some hundred per call; the answers are in order. Rejects with
   * JOB_INVALID, and stores nothing, when the data of one is not right. Under a unique key it is as if they were added
   * one after the other.
   */
  addMany<Input>(
    definition: JobDefinition<Input, unknown>,
    data: readonly Input[],
    options: Omit<JobOptions, 'id'> = NO_OPTIONS,
  ): Promise<Added[]> {
    return this.#calls.begin(() => {
      const tracing = activeTracing();
      if (!tracing) return this.#addMany(definition, data, options);
      const send = (trace: TraceHeaders): Promise<Added[]> =>
        this.#addMany(definition, data, withTrace(definition, options, trace));
      return tracing.sending({ ...nameOf(definition), count: data.length }, send);
    });
  }

  /**
   * Adds a job of which no definition is at hand: its data is stored as it is, for a worker elsewhere to check. The queue
   * may have a name that ours cannot have where a stock bee-queue has made one of it.
   */
  async addRaw(job: RawJob): Promise<Added> {
    if (this.#calls.isClosed) throw closedError();
    const { type, queue, data, options } = readRawJob(job);
    const client = this.#client;
    if (!isName(queue))
      await requireOurs({ client, keys: queueKeys(this.#prefix, queue, client.isCluster), queue });
    const kind: Kind = { type, queue, defaults: NO_OPTIONS, group: DEFAULT_GROUP };
    const { json } = writeData(type, data);
    const tracing = activeTracing();
    if (!tracing) return this.#addOne(kind, json, options);
    const send = async (trace: TraceHeaders): Promise<Added> =>
      this.#addOne(kind, json, withTrace(kind, options, trace));
    return tracing.sending({ queue, type, count: 1 }, send, ({ id }) => id);
  }

  /**
   * Adds a chain: each job is added by the success of the one before it, in the same step, and sees its result. The first
   * may have an id of yours; where that is taken nothing is added. Rejects with JOB_INVALID as `add`, and in a cluster
   * when the jobs are of several queues.
   */
  addChain(jobs: readonly PlannedJob[]): Promise<AddedChain> {
    return this.#calls.begin(() => addChain(this.#linking, jobs));
  }

  /**
   * Adds a batch: jobs, and one to be added when all of them have succeeded, or ended, as `when` says. Under an `id` of
   * yours that was begun and not completed before, it goes on where that stopped. Rejects with JOB_INVALID as `add`, and
   * in a cluster when the jobs are of several queues; with JOB_EXISTS when another batch has the id.
   */
  addBatch(batch: NewBatch): Promise<AddedBatch> {
    return this.#calls.begin(() => addBatch(this.#linking, batch));
  }

  /**
   * Waits for the end of a job, whichever process runs it, and resolves with how it ended. An answer of `add` says
   * which job; an id alone is looked for in the queues that this producer has added to last, then in all others, and where
   * two queues have it the first end counts.
   *
   * An end is never missed, whether it comes before the wait, during or after it begins; where Redis or the connection
   * fails, it is known at most two seconds after they are back. A job that is not kept after its end leaves an
   * announcement and nothing else: of one that ended before the wait began, nothing is known.
   *
   * Rejects with WAIT_TIMED_OUT after `timeoutMs`; with JOB_NOT_FOUND when there is no such job, or none any more;
   * with QUEUE_CLOSED when the producer is closed; with the reason of the signal; with JOB_INVALID for what cannot be.
   * The job goes on in any case. The first wait opens a connection that all waits share, until `close`.
   */
  waitFor(job: JobAddress, options: WaitOptions): Promise<FinishedJob> {
    return tell(this.#client, this.#waits.waitFor(job, options));
  }

  /** Adds under another name, over the same connection: for who adds on behalf of others. Throws CONFIG_INVALID for what is no name. */
  as(name: string): Adder {
    const shared = { client: this.#client, prefix: this.#prefix, clock: this.#clock, calls: this.#calls };
    return new Producer({ ...shared, name, onCreated: this.#onCreated });
  }

  /**
   * Ends all waits, finishes what is under way and closes what was opened for it; a client of the caller's stays open.
   * Where Redis does not answer within five seconds, what it was not seen to store is rejected with REDIS_UNAVAILABLE; over
   * a client of the caller's that is left to the client.
   */
  async close(): Promise<void> {
    await Promise.all([this.#waits.close(), this.#calls.close()]);
    await this.#close();
  }

  #add<Input>(definition: JobDefinition<Input, unknown>, data: Input, options: JobOptions): Promise<Added> {
    // Not an async function: the promises of those cost as much as all the rest.
    try {
      const { json, value } = writeData(definition.type, data);
      const checking = checkInput(definition, value);
      if (!checking) return this.#addOne(definition, json, options);
      return this.#calls.finish(checking.then(() => this.#addOne(definition, json, options)));
    } catch (error) {
      return Promise.reject(ofDefinition(definition, error));
    }
  }

  async #addMany<Input>(
    definition: JobDefinition<Input, unknown>,
    data: readonly Input[],
    options: Omit<JobOptions, 'id'>,
  ): Promise<Added[]> {
    requireDefinition(definition);
    if (!Array.isArray(data)) throw new ApiaryError('JOB_INVALID', 'addMany takes a list of data');
    const { written, resolved } = this.#prepared.of(definition, options);
    const texts: JsonText[] = [];
    for (const one of data) {
      const { json, value } = writeData(definition.type, one);
      const checking = checkInput(definition, value);
      if (checking) await checking;
      texts.push(json);
    }
    const write = (one: JsonText): NewJob =>
      newJob(this.#clock, { id: null, data: one, ending: written.ending, start: written.start });
    const { unique } = resolved;
    if (resolved.group !== null) return this.#addGrouped(definition, texts.map(write), resolved);
    if (unique) return Promise.all(texts.map((one) => this.#addUnique(definition, write(one), unique)));
    const jobs: NewJob[] = [];
    const writing = function* (): Iterable<NewJob> {
      for (const one of texts) {
        const job = write(one);
        jobs.push(job);
        yield job;
      }
    };
    const created = await this.#store(definition.queue).save(writing());
    return jobs.map((job, at) => this.#answer(definition, job, created[at] ?? false));
  }

  #addOne(definition: Kind, data: JsonText, options: JobOptions): Promise<Added> {
    const { id, written, resolved } = this.#prepared.of(definition, options);
    const job = newJob(this.#clock, { id, data, ending: written.ending, start: written.start });
    if (resolved.unique) return this.#addUnique(definition, job, resolved.unique);
    if (resolved.group !== null)
      return this.#addGrouped(definition, [job], resolved).then(
        ([added]) => added ?? this.#answer(definition, job, false),
      );
    return this.#store(definition.queue).saveOne(job, (created) => this.#answer(definition, job, created));
  }

  async #addUnique({ type, queue }: Kind, job: NewJob, unique: UniqueKey): Promise<Added> {
    const saved = await this.#store(queue).saveUnique(job, unique);
    if (saved.outcome === 'created') {
      const answer: Added = { id: saved.id, queue, type, created: true, state: saved.state };
      this.#onCreated(answer);
      return answer;
    }
    const { outcome, id } = saved;
    if (outcome === 'held' && unique.onConflict === 'reject') {
      throw new ApiaryError('JOB_EXISTS', `job ${id} of queue ${queue} holds the unique key ${unique.key}`);
    }
    const answer: Added = { id, queue, type, created: false, state: null };
    return outcome === 'replaced' ? { ...answer, replaced: true } : answer;
  }

  /** Answers each job in order, so the answer to one is there. */
  async #addGrouped(
    definition: Kind,
    jobs: readonly NewJob[],
    resolved: ResolvedJobOptions,
  ): Promise<Added[]> {
    const carrierOptions = writeCarrierOptions(definition.type, resolved);
    const join = joinOf(definition, { name: resolved.group ?? '', carrierOptions });
    const created = await this.#store(definition.queue).saveGrouped(jobs, join);
    return jobs.map((job, at) => this.#answer(definition, job, created[at] ?? false));
  }

  #answer({ type, queue }: Kind, { id, start }: NewJob, created: boolean): Added {
    if (!created) return { id, queue, type, created, state: null };
    const answer: Added = { id, queue, type, created, state: start === '' ? 'waiting' : 'delayed' };
    this.#onCreated(answer);
    return answer;
  }

  get #linking(): LinkingDeps {
    return {
      client: this.#client,
      clock: this.#clock,
      storeOf: (queue) => this.#store(queue),
      onCreated: this.#onCreated,
      addedBy: this.#name,
    };
  }

  #store(queue: string): Store {
    const known = this.#stores.get(queue);
    if (known) return known;
    // Another than ours is one that a stock bee-queue has made; whoever hands it over has looked.
    if (!isLabel(queue)) requireName('queue', queue);
    const store = new Store(this.#client, queueKeys(this.#prefix, queue, this.#client.isCluster));
    this.#stores.set(queue, store);
    return store;
  }
}

function nameOf({ queue, type }: Kind): { queue: string; type: string } {
  return { queue, type };
}
