import type { Clock } from '../clock.ts';
import { queueKeys } from '../engine/keys.ts';
import { requireOurs } from '../engine/queries/require-ours.ts';
import { type JsonText, type NewJob, newJob } from '../engine/record/new-job.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { fullQueue, type SaveAnswer } from '../engine/store/save-answer.ts';
import type { UniqueKey } from '../engine/unique/unique.ts';
import { ApiaryError } from '../errors.ts';
import { isName } from '../names.ts';
import { requireList, requireObject } from '../require-given.ts';
import { activeTracing, type TraceHeaders } from '../tracing.ts';
import { checkEach, requireAll, requireNoId, settled } from './add-many.ts';
import { type Added, type RawJob, readRawJob } from './added.ts';
import { type AddedBatch, addBatch, type NewBatch } from './batch.ts';
import { type AddedChain, addChain } from './chain.ts';
import { checkInput } from './check-data.ts';
import { type JobDefinition, ofDefinition, requireDefinition } from './define.ts';
import { writeData } from './given-data.ts';
import { DEFAULT_GROUP, joinOf } from './group.ts';
import type { JobStores } from './job-stores.ts';
import type { JobOptions, ResolvedJobOptions } from './options.ts';
import {
  type CheckedJob,
  checkData,
  type LinkingDeps,
  type PlannedJob,
  requirePlanned,
  sending,
} from './planned-job.ts';
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
  /** How long the data of a job may be, as JSON in bytes. */
  maxDataBytes: number;
  /** Told of each job that was created here, after it is stored. */
  onCreated: (job: Added) => void;
}

/** A job that was found right in all. */
interface ReadyJob {
  kind: Kind;
  job: NewJob;
  resolved: ResolvedJobOptions;
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
   * Adds one job; rejects with JOB_INVALID when data or options are not right, and as every call of a closed producer
   * with QUEUE_CLOSED.
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
   * Adds many jobs of one type with the same options, some hundred per call; the answers are in order. Or adds what
   * {@link jobFor} returns, of any types, each with options of its own before those that are for all.
   *
   * Rejects with JOB_INVALID, and stores nothing, when the data or options of some are not right: each path begins
   * with the place of the job in the list. When not all could be stored, it rejects with an {@link AddManyError},
   * which says of each what became of it; of jobs in a group it says nothing. Under a unique key it is as if they were
   * added one after the other.
   */
  addMany<Input>(
    definition: JobDefinition<Input, unknown>,
    data: readonly Input[],
    options?: Omit<JobOptions, 'id'>,
  ): Promise<Added[]>;
  addMany(jobs: readonly PlannedJob[], options?: Omit<JobOptions, 'id'>): Promise<Added[]>;
  addMany(
    what: object,
    second?: readonly unknown[] | Omit<JobOptions, 'id'>,
    third?: Omit<JobOptions, 'id'>,
  ): Promise<Added[]> {
    return this.#shared.calls.begin(async () => {
      if (Array.isArray(what)) return this.#addPlanned(what, second ?? NO_OPTIONS);
      requireDefinition(what);
      requireList('addMany', 'data', second);
      requireNoId(third);
      return this.#addTraced(what, second, third ?? NO_OPTIONS);
    });
  }

  /**
   * Adds a job of which no definition is at hand: its data is stored as it is, for a worker elsewhere to check. The
   * queue may have a name that ours cannot have where a stock bee-queue has made one of it.
   */
  async addRaw(job: RawJob): Promise<Added> {
    if (this.#shared.calls.isClosed) throw closedError();
    const { type, queue, data, options } = readRawJob(job);
    const client = this.#shared.client;
    if (!isName(queue))
      await requireOurs({ client, keys: queueKeys(this.#shared.prefix, queue, client.isCluster), queue });
    const kind: Kind = { type, queue, defaults: NO_OPTIONS, group: DEFAULT_GROUP };
    const { json } = writeData(type, data, this.#shared.maxDataBytes);
    const tracing = activeTracing();
    if (!tracing) return this.#addOne(kind, json, options);
    const send = async (trace: TraceHeaders): Promise<Added> =>
      this.#addOne(kind, json, withTrace(kind, options, trace));
    return tracing.sending({ queue, type, count: 1 }, send, ({ id }) => id);
  }

  /**
   * Adds a chain: each job is added by the success of the one before it, in the same step, and sees its result. The
   * first may have an id of yours; where that is taken nothing is added. Rejects with JOB_INVALID as `add`, and in a
   * cluster when the jobs are of several queues.
   */
  addChain(jobs: readonly PlannedJob[]): Promise<AddedChain> {
    return this.#shared.calls.begin(() => addChain(this.#linking, jobs));
  }

  /**
   * Adds a batch: jobs, and one to be added when all of them have succeeded, or ended, as `when` says. Under an `id` of
   * yours that was begun and not completed before, it goes on where that stopped. Rejects with JOB_INVALID as `add`,
   * and in a cluster when the jobs are of several queues; with JOB_EXISTS when another batch has the id.
   */
  addBatch(batch: NewBatch): Promise<AddedBatch> {
    return this.#shared.calls.begin(() => addBatch(this.#linking, batch));
  }

  #add<Input>(definition: JobDefinition<Input, unknown>, data: Input, options: JobOptions): Promise<Added> {
    // Not an async function: the promises of those cost as much as all the rest.
    try {
      const { json, value } = writeData(definition.type, data, this.#shared.maxDataBytes);
      const checking = checkInput(definition, value);
      if (!checking) return this.#addOne(definition, json, options);
      return this.#shared.calls.finish(checking.then(() => this.#addOne(definition, json, options)));
    } catch (error) {
      return Promise.reject(ofDefinition(definition, error));
    }
  }

  #addTraced(
    definition: JobDefinition,
    data: readonly unknown[],
    options: Omit<JobOptions, 'id'>,
  ): Promise<Added[]> {
    const tracing = activeTracing();
    if (!tracing) return this.#addAlike(definition, data, options);
    const send = (trace: TraceHeaders): Promise<Added[]> =>
      this.#addAlike(definition, data, withTrace(definition, options, trace));
    return tracing.sending({ ...nameOf(definition), count: data.length }, send);
  }

  async #addAlike(
    definition: JobDefinition,
    data: readonly unknown[],
    options: Omit<JobOptions, 'id'>,
  ): Promise<Added[]> {
    const { written, resolved } = this.#prepared.of(definition, options);
    const checking = checkEach(data, (one): JsonText | Promise<JsonText> => {
      const { json, value } = writeData(definition.type, one, this.#shared.maxDataBytes);
      const pending = checkInput(definition, value);
      return pending ? pending.then(() => json) : json;
    });
    const texts = checking instanceof Promise ? await checking : checking;
    const clock = this.#shared.clock;
    const write = (one: JsonText): NewJob =>
      newJob(clock, { id: null, data: one, ending: written.ending, start: written.start });
    const { unique } = resolved;
    if (resolved.group !== null) return this.#addGrouped(definition, texts.map(write), resolved);
    if (unique)
      return requireAll(await settled(texts.map((one) => this.#addUnique(definition, write(one), unique))));
    const jobs: NewJob[] = [];
    const writing = function* (): Iterable<NewJob> {
      for (const one of texts) {
        const job = write(one);
        jobs.push(job);
        yield job;
      }
    };
    const answers = await this.#shared.stores.of(definition.queue).saveEach(writing());
    return requireAll(jobs.map((job, at) => this.#answerOrError(definition, job, answers[at])));
  }

  async #addPlanned(jobs: readonly PlannedJob[], shared: object): Promise<Added[]> {
    requirePlanned('addMany', jobs);
    requireNoId(requireObject('addMany', 'options', shared));
    const checking = checkEach(jobs, (job) =>
      checkData({ ...job, options: { ...shared, ...job.options } }, this.#shared.maxDataBytes),
    );
    const checked = checking instanceof Promise ? await checking : checking;
    return sending(checked, (traced) => this.#addEach(traced));
  }

  async #addEach(jobs: readonly CheckedJob[]): Promise<Added[]> {
    const checking = checkEach(jobs, ({ definition, json, options }) =>
      this.#ready(definition, json, options),
    );
    const ready = checking instanceof Promise ? await checking : checking;
    return requireAll(await settled(ready.map((one) => this.#store(one))));
  }

  #addOne(kind: Kind, data: JsonText, options: JobOptions): Promise<Added> {
    return this.#store(this.#ready(kind, data, options));
  }

  #ready(kind: Kind, data: JsonText, options: JobOptions): ReadyJob {
    const { id, written, resolved } = this.#prepared.of(kind, options);
    const job = newJob(this.#shared.clock, { id, data, ending: written.ending, start: written.start });
    return { kind, job, resolved };
  }

  #store({ kind, job, resolved }: ReadyJob): Promise<Added> {
    if (resolved.unique) return this.#addUnique(kind, job, resolved.unique);
    if (resolved.group !== null)
      return this.#addGrouped(kind, [job], resolved).then(
        ([added]) => added ?? this.#answer(kind, job, false),
      );
    return this.#shared.stores.of(kind.queue).saveOne(job, (created) => this.#answer(kind, job, created));
  }

  async #addUnique(kind: Kind, job: NewJob, unique: UniqueKey): Promise<Added> {
    const { type, queue } = kind;
    const saved = await this.#shared.stores.of(queue).saveUnique(job, unique);
    if (saved.outcome === 'created') {
      const answer: Added = { id: saved.id, queue, type, created: true, state: saved.state };
      this.#shared.onCreated(answer);
      return answer;
    }
    if (saved.outcome === 'full') throw fullQueue();
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

  #answerOrError(kind: Kind, job: NewJob, answer: SaveAnswer = false): Added | Error {
    return answer instanceof Error ? answer : this.#answer(kind, job, answer);
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
      maxDataBytes: this.#shared.maxDataBytes,
    };
  }
}

function nameOf({ queue, type }: Kind): { queue: string; type: string } {
  return { queue, type };
}
