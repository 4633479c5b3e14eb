import { queueKeys } from '../engine/keys.ts';
import { requireOurs } from '../engine/queries/require-ours.ts';
import type { JsonText } from '../engine/record/new-job.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { isName } from '../names.ts';
import { requireList, requireObject } from '../require-given.ts';
import { activeTracing, type TraceHeaders } from '../tracing.ts';
import { checkEach, requireAll, requireNoId, settled } from './add-many.ts';
import { type Added, type RawJob, readRawJob } from './added.ts';
import {
  type AskedWorkers,
  askedOf,
  askedOfPlanned,
  asksNothing,
  giveEachItsWarnings,
  giveWarnings,
  knownWarnings,
  whenAsked,
  whenOneAsked,
} from './asked-workers.ts';
import { type AddedBatch, addBatch, type NewBatch, requireBatch } from './batch.ts';
import { type AddedChain, addChain } from './chain.ts';
import { checkInput } from './check-data.ts';
import { type JobDefinition, ofDefinition, requireDefinition } from './define.ts';
import { writeData } from './given-data.ts';
import { DEFAULT_GROUP } from './group.ts';
import { JobSaver, type JobSaverDeps } from './job-saver.ts';
import type { AddOptions, JobOptions } from './options.ts';
import { type CheckedJob, checkData, type PlannedJob, requirePlanned, sending } from './planned-job.ts';
import { type Kind, NO_OPTIONS } from './prepared-options.ts';
import type { ProducerCalls } from './producer-calls.ts';
import { isStep, withOptionsOf } from './step-graph.ts';
import { withTrace } from './trace-headers.ts';
import { type AddedWorkflow, addWorkflow, type WorkflowDeps, type WorkflowOptions } from './workflow.ts';
import type { DescribeWorkflow } from './workflow-builder.ts';
import { planWorkflow } from './workflow-plan.ts';

/** What all share that add over one connection, under whatever names. */
export interface AdderDeps extends JobSaverDeps {
  client: RedisClient;
  /** QUEUE_PREFIX. */
  prefix: string;
  calls: ProducerCalls;
  /** How long the data of a job may be, as JSON in bytes. */
  maxDataBytes: number;
  /** What is asked of the workers. */
  workers: AskedWorkers;
}

/** Adds jobs under one name, or none. What is acknowledged is stored in Redis; what existed already is not changed. */
export class Adder {
  readonly #shared: AdderDeps;
  readonly #name: string | null;
  readonly #saver: JobSaver;

  constructor(shared: AdderDeps, name: string | null) {
    this.#shared = shared;
    this.#name = name;
    this.#saver = new JobSaver(shared, name);
  }

  /**
   * Adds one job; rejects with JOB_INVALID when data or options are not right, with NO_WORKER where `requireWorker`
   * asks for a worker and none takes it, and as every call of a closed producer with QUEUE_CLOSED.
   */
  add<Input, Result = unknown>(
    definition: JobDefinition<Input, unknown, Result>,
    data: Input,
    options?: AddOptions,
  ): Promise<Added<Result>>;
  add<Input>(
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: AddOptions = NO_OPTIONS,
  ): Promise<Added> {
    const { refusal } = this.#shared.calls;
    if (refusal) return Promise.reject(refusal);
    const { workers } = this.#shared;
    if (asksNothing(workers, options)) return this.#addTracedOne(definition, data, options);
    try {
      requireDefinition(definition);
      const known = knownWarnings(workers, { ...nameOf(definition), schema: definition.schema, options });
      const adding = (own: JobOptions): Promise<Added> => this.#addTracedOne(definition, data, own);
      if (known === null)
        return this.#shared.calls.begin(() => whenOneAsked(workers, { ...definition, options }, adding));
      return known.length === 0 ? adding(options) : adding(options).then((one) => giveWarnings(one, known));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Adds many jobs of one type with the same options, some hundred per call; the answers are in order. Or adds what
   * {@link jobFor} returns, of any types, each with options of its own before those that are for all.
   *
   * Rejects with JOB_INVALID, and stores nothing, when the data or options of some are not right: each path begins
   * with the place of the job in the list. When not all could be stored, it rejects with an {@link AddManyError},
   * which says of each what became of it; of jobs in a group it says nothing. Under a unique key it is as if they were
   * added one after the other. Rejects as `add` with NO_WORKER, and stores nothing.
   */
  addMany<Input>(
    definition: JobDefinition<Input, unknown>,
    data: readonly Input[],
    options?: Omit<AddOptions, 'id'>,
  ): Promise<Added[]>;
  addMany(jobs: readonly PlannedJob[], options?: Omit<AddOptions, 'id'>): Promise<Added[]>;
  addMany(
    what: object,
    second?: readonly unknown[] | Omit<AddOptions, 'id'>,
    third?: Omit<AddOptions, 'id'>,
  ): Promise<Added[]> {
    return this.#shared.calls.beginAdding(async () => {
      if (Array.isArray(what)) return this.#addPlanned(what, second ?? NO_OPTIONS);
      requireDefinition(what);
      requireList('addMany', 'data', second);
      requireNoId(third);
      return this.#addManyAlike(what, second, third ?? NO_OPTIONS);
    });
  }

  /**
   * Adds a job of which no definition is at hand: its data is stored as it is, for a worker elsewhere to check. The
   * queue may have a name that ours cannot have where a stock bee-queue has made one of it.
   */
  async addRaw(job: RawJob): Promise<Added> {
    const { refusal } = this.#shared.calls;
    if (refusal) throw refusal;
    const read = readRawJob(job);
    if (asksNothing(this.#shared.workers, read.options)) return this.#addRaw(read);
    const adding = (options: JobOptions): Promise<Added> => this.#addRaw({ ...read, options });
    return this.#shared.calls.begin(() => whenOneAsked(this.#shared.workers, read, adding));
  }

  /**
   * Adds a chain: each job is added by the success of the one before it, in the same step, and sees its result. The
   * first may have an id of yours; where that is taken nothing is added. Rejects with JOB_INVALID as `add`, and in a
   * cluster when the jobs are of several queues; as `add` with NO_WORKER for any of them.
   */
  addChain(jobs: readonly PlannedJob[]): Promise<AddedChain> {
    return this.#shared.calls.beginAdding(async () => {
      requirePlanned('addChain', jobs);
      if (jobs.every(({ options }) => asksNothing(this.#shared.workers, options)))
        return addChain(this.#linking, jobs);
      const { asked, jobs: own } = askedOfPlanned(jobs, (at) => `jobs.${at}.`);
      return whenAsked(this.#shared.workers, asked, () => addChain(this.#linking, own), giveWarnings);
    });
  }

  /**
   * Adds a batch: jobs, and one to be added when all of them have succeeded, or ended, as `when` says. Under an `id` of
   * yours that was begun and not completed before, it goes on where that stopped. Rejects with JOB_INVALID as `add`,
   * and in a cluster when the jobs are of several queues; with JOB_EXISTS when another batch has the id; as `add` with
   * NO_WORKER for any of them.
   */
  addBatch(batch: NewBatch): Promise<AddedBatch> {
    return this.#shared.calls.beginAdding(async () => {
      requireBatch(batch);
      const all = [batch.last, ...batch.jobs];
      if (all.every(({ options }) => asksNothing(this.#shared.workers, options)))
        return addBatch(this.#linking, batch);
      const { asked, jobs } = askedOfPlanned(all, (at) => (at === 0 ? 'last.' : `jobs.${at - 1}.`));
      const [last = batch.last, ...members] = jobs;
      const adding = (): Promise<AddedBatch> => addBatch(this.#linking, { ...batch, jobs: members, last });
      return whenAsked(this.#shared.workers, asked, adding, giveWarnings);
    });
  }

  /**
   * Adds a workflow: up to 1,000 named jobs, each of which starts when those before it have ended as its rule says, in
   * the step of their ends. Under an `id` that was begun before, it goes on there. Rejects as {@link addBatch}.
   */
  addWorkflow(describe: DescribeWorkflow, options: WorkflowOptions = {}): Promise<AddedWorkflow> {
    return this.#shared.calls.beginAdding(async () => {
      const nodes = await planWorkflow(describe);
      const steps = nodes.filter(isStep);
      if (steps.every((step) => asksNothing(this.#shared.workers, step.options)))
        return addWorkflow(this.#linking, nodes, options);
      const { asked, jobs } = askedOfPlanned(steps, (at) => `steps.${steps[at]?.name}.`);
      const own = withOptionsOf(nodes, jobs);
      const adding = (): Promise<AddedWorkflow> => addWorkflow(this.#linking, own, options);
      return whenAsked(this.#shared.workers, asked, adding, giveWarnings);
    });
  }

  #addTracedOne<Input>(
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: JobOptions,
  ): Promise<Added> {
    const tracing = activeTracing();
    if (!tracing) return this.#add(definition, data, options);
    const send = (trace: TraceHeaders): Promise<Added> =>
      this.#add(definition, data, withTrace(definition, options, trace));
    return tracing.sending({ ...nameOf(definition), count: 1 }, send, ({ id }) => id);
  }

  #add<Input>(definition: JobDefinition<Input, unknown>, data: Input, options: JobOptions): Promise<Added> {
    // Not an async function: the promises of those cost as much as all the rest.
    try {
      const { json, value } = writeData(definition.type, data, this.#shared.maxDataBytes);
      const checking = checkInput(definition, value);
      if (!checking) return this.#saver.saveOne(definition, json, options);
      return this.#shared.calls.finish(checking.then(() => this.#saver.saveOne(definition, json, options)));
    } catch (error) {
      return Promise.reject(ofDefinition(definition, error));
    }
  }

  async #addRaw({ type, queue, data, options }: Required<RawJob>): Promise<Added> {
    const { client, prefix, maxDataBytes } = this.#shared;
    if (!isName(queue))
      await requireOurs({ client, keys: queueKeys(prefix, queue, client.isCluster), queue });
    const kind: Kind = { type, queue, defaults: NO_OPTIONS, group: DEFAULT_GROUP };
    const { json } = writeData(type, data, maxDataBytes);
    const tracing = activeTracing();
    if (!tracing) return this.#saver.saveOne(kind, json, options);
    const send = async (trace: TraceHeaders): Promise<Added> =>
      this.#saver.saveOne(kind, json, withTrace(kind, options, trace));
    return tracing.sending({ queue, type, count: 1 }, send, ({ id }) => id);
  }

  #addManyAlike(
    definition: JobDefinition,
    data: readonly unknown[],
    options: Omit<AddOptions, 'id'>,
  ): Promise<Added[]> {
    const { workers } = this.#shared;
    if (asksNothing(workers, options)) return this.#addTraced(definition, data, options);
    const { asked, jobs } = askedOf([{ ...definition, options }], () => '');
    const own = jobs[0]?.options ?? options;
    return whenAsked(workers, asked, () => this.#addTraced(definition, data, own), giveEachItsWarnings);
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
    const prepared = this.#saver.prepare(definition, options);
    const checking = checkEach(data, (one): JsonText | Promise<JsonText> => {
      const { json, value } = writeData(definition.type, one, this.#shared.maxDataBytes);
      const pending = checkInput(definition, value);
      return pending ? pending.then(() => json) : json;
    });
    const texts = checking instanceof Promise ? await checking : checking;
    return this.#saver.saveAlike(definition, texts, prepared);
  }

  async #addPlanned(jobs: readonly PlannedJob[], shared: object): Promise<Added[]> {
    requirePlanned('addMany', jobs);
    requireNoId(requireObject('addMany', 'options', shared));
    const all = jobs.map((job) => ({ ...job, options: { ...shared, ...job.options } }));
    if (all.every(({ options }) => asksNothing(this.#shared.workers, options))) return this.#addChecked(all);
    const { asked, jobs: own } = askedOfPlanned(all, (at) => `${at}.`);
    return whenAsked(this.#shared.workers, asked, () => this.#addChecked(own), giveEachItsWarnings);
  }

  async #addChecked(jobs: readonly PlannedJob[]): Promise<Added[]> {
    const checking = checkEach(jobs, (job) => checkData(job, this.#shared.maxDataBytes));
    const checked = checking instanceof Promise ? await checking : checking;
    return sending(checked, (traced) => this.#addEach(traced));
  }

  async #addEach(jobs: readonly CheckedJob[]): Promise<Added[]> {
    const checking = checkEach(jobs, ({ definition, json, options }) =>
      this.#saver.ready(definition, json, options),
    );
    const ready = checking instanceof Promise ? await checking : checking;
    return requireAll(await settled(ready.map((one) => this.#saver.save(one))));
  }

  get #linking(): WorkflowDeps {
    const { client, prefix, clock, stores, onCreated, maxDataBytes, keyring } = this.#shared;
    const shared = { client, prefix, clock, ...stores.forLinked, onCreated };
    return { ...shared, addedBy: this.#name, maxDataBytes, keyring };
  }
}

function nameOf({ queue, type }: Kind): { queue: string; type: string } {
  return { queue, type };
}
