import type { Clock } from '../clock.ts';
import { queueKeys } from '../engine/keys.ts';
import { requireOurs } from '../engine/queries/require-ours.ts';
import { type JsonText, type NewJob, newJob } from '../engine/record/new-job.ts';
import type { RedisClient } from '../engine/scripts.ts';
import type { UniqueKey } from '../engine/unique/unique.ts';
import { ApiaryError } from '../errors.ts';
import { isName } from '../names.ts';
import { activeTracing, type TraceHeaders } from '../tracing.ts';
import { type Added, type RawJob, readRawJob } from './added.ts';
import { type AddedBatch, addBatch, type NewBatch } from './batch.ts';
import { type AddedChain, addChain } from './chain.ts';
import { checkInput, type JobDefinition, ofDefinition, requireDefinition } from './define.ts';
import { writeData } from './given-data.ts';
import { DEFAULT_GROUP, joinOf } from './group.ts';
import type { JobStores } from './job-stores.ts';
import type { JobOptions, ResolvedJobOptions } from './options.ts';
import type { LinkingDeps, PlannedJob } from './planned-job.ts';
import { type Kind, NO_OPTIONS, PreparedOptions } from './prepared-options.ts';
import { closedError, type ProducerCalls } from './producer-calls.ts';
import { writeCarrierOptions } from './stored-options.ts';
import { withTrace } from './trace-headers.ts';

/** What all share that add over one connection, under whatever names. */
export interface AdderDeps {
  client: RedisClient;
  /** QUEUE_PREFIX. */
  prefix: string;
  clock: Clock;
  stores: JobStores;
  calls: ProducerCalls;
  /** Told of each job that was created here, after it is stored. */
  onCreated: (job: Added) => void;
}

/** Adds jobs under one name, or none. What is acknowledged is stored in Redis; what existed already is not changed. */
export class Adder {
  readonly #shared: AdderDeps;
  readonly #name: string | null;
  readonly #prepared: PreparedOptions;

  constructor(shared: AdderDeps, name: string | null) {
    this.#shared = shared;
    this.#name = name;
    this.#prepared = new PreparedOptions(shared.clock, name);
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
    if (this.#shared.calls.isClosed) return Promise.reject(closedError());
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
    return this.#shared.calls.begin(() => {
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
    if (this.#shared.calls.isClosed) throw closedError();
    const { type, queue, data, options } = readRawJob(job);
    const client = this.#shared.client;
    if (!isName(queue))
      await requireOurs({ client, keys: queueKeys(this.#shared.prefix, queue, client.isCluster), queue });
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
    return this.#shared.calls.begin(() => addChain(this.#linking, jobs));
  }

  /**
   * Adds a batch: jobs, and one to be added when all of them have succeeded, or ended, as `when` says. Under an `id` of
   * yours that was begun and not completed before, it goes on where that stopped. Rejects with JOB_INVALID as `add`, and
   * in a cluster when the jobs are of several queues; with JOB_EXISTS when another batch has the id.
   */
  addBatch(batch: NewBatch): Promise<AddedBatch> {
    return this.#shared.calls.begin(() => addBatch(this.#linking, batch));
  }

  #add<Input>(definition: JobDefinition<Input, unknown>, data: Input, options: JobOptions): Promise<Added> {
    // Not an async function: the promises of those cost as much as all the rest.
    try {
      const { json, value } = writeData(definition.type, data);
      const checking = checkInput(definition, value);
      if (!checking) return this.#addOne(definition, json, options);
      return this.#shared.calls.finish(checking.then(() => this.#addOne(definition, json, options)));
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
    const clock = this.#shared.clock;
    const write = (one: JsonText): NewJob =>
      newJob(clock, { id: null, data: one, ending: written.ending, start: written.start });
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
    const created = await this.#shared.stores.of(definition.queue).save(writing());
    return jobs.map((job, at) => this.#answer(definition, job, created[at] ?? false));
  }

  #addOne(definition: Kind, data: JsonText, options: JobOptions): Promise<Added> {
    const { id, written, resolved } = this.#prepared.of(definition, options);
    const job = newJob(this.#shared.clock, { id, data, ending: written.ending, start: written.start });
    if (resolved.unique) return this.#addUnique(definition, job, resolved.unique);
    if (resolved.group !== null)
      return this.#addGrouped(definition, [job], resolved).then(
        ([added]) => added ?? this.#answer(definition, job, false),
      );
    return this.#shared.stores
      .of(definition.queue)
      .saveOne(job, (created) => this.#answer(definition, job, created));
  }

  async #addUnique(kind: Kind, job: NewJob, unique: UniqueKey): Promise<Added> {
    const { type, queue } = kind;
    const saved = await this.#shared.stores.of(queue).saveUnique(job, unique);
    if (saved.outcome === 'created') {
      const answer: Added = { id: saved.id, queue, type, created: true, state: saved.state };
      this.#shared.onCreated(answer);
      return answer;
    }
    if (saved.outcome === 'existed') return this.#answer(kind, job, false);
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
    const created = await this.#shared.stores.of(definition.queue).saveGrouped(jobs, join);
    return jobs.map((job, at) => this.#answer(definition, job, created[at] ?? false));
  }

  #answer({ type, queue }: Kind, { id, start, isOwnId }: NewJob, created: boolean): Added {
    // An id that was made here is there because this very add was sent before, and its reply lost.
    if (!created && !isOwnId) return { id, queue, type, created: false, state: null };
    const answer: Added = { id, queue, type, created: true, state: start === '' ? 'waiting' : 'delayed' };
    this.#shared.onCreated(answer);
    return answer;
  }

  get #linking(): LinkingDeps {
    return {
      client: this.#shared.client,
      clock: this.#shared.clock,
      storeOf: (queue) => this.#shared.stores.of(queue),
      onCreated: this.#shared.onCreated,
      addedBy: this.#name,
    };
  }
}

function nameOf({ queue, type }: Kind): { queue: string; type: string } {
  return { queue, type };
}
