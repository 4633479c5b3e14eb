import type { Added, RawJob } from './added.ts';
import { Adder, type AdderDeps } from './adder.ts';
import type { AddedBatch, NewBatch } from './batch.ts';
import type { AddedChain } from './chain.ts';
import type { GroupOption, JobDefinition, OfGroup } from './define.ts';
import { type Durability, type DurableAddOptions, readDurability, type StoredJob } from './durability.ts';
import type { DurableLane } from './durable-lane.ts';
import type { GroupSettings } from './group.ts';
import type { AddOptions } from './options.ts';
import type { PlannedJob } from './planned-job.ts';
import { NO_OPTIONS } from './prepared-options.ts';
import type { AddedWorkflow, WorkflowOptions } from './workflow.ts';
import type { DescribeWorkflow } from './workflow-builder.ts';

/** Under which name an adder adds, null for none; and how durably, where that is its own. */
interface AdderIdentity {
  name: string | null;
  durability?: Durability | undefined;
}

type ManyOptions = Omit<DurableAddOptions, 'id'>;

/** Adds jobs, and waits for the replicas where the producer or the call asks for some. */
export class DurableAdder extends Adder {
  readonly #lane: DurableLane;
  readonly #deps: AdderDeps;
  readonly #name: string | null;
  /** Of adds that say nothing of it; null where nothing is asked. */
  readonly #level: Durability | null;
  /** What adds over the connection of the lane: it writes out options once, as those of the others. */
  #durable: { deps: AdderDeps; adder: Adder } | null = null;

  /** Throws CONFIG_INVALID for a durability that cannot be; without one that of the lane counts. */
  constructor(lane: DurableLane, deps: AdderDeps, { name, durability }: AdderIdentity) {
    super(deps, name);
    if (durability) lane.requirePossible(durability);
    this.#lane = lane;
    this.#deps = deps;
    this.#name = name;
    this.#level = durability ?? lane.level;
  }

  override add<
    Input,
    Result = unknown,
    Group = GroupSettings | undefined,
    Name extends string | undefined = undefined,
  >(
    definition: JobDefinition<Input, unknown, Result> & OfGroup<Group>,
    data: Input,
    options?: DurableAddOptions & GroupOption<Group, Name>,
  ): Promise<Added<Result>>;
  override add<Input>(
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: DurableAddOptions = NO_OPTIONS,
  ): Promise<Added> {
    if (this.#isPlain(options)) return super.add(definition, data, options);
    return this.#durably(options, (adder, own) => adder.add(definition, data, own), listed);
  }

  override addMany<Input>(
    definition: JobDefinition<Input, unknown>,
    data: readonly Input[],
    options?: ManyOptions,
  ): Promise<Added[]>;
  override addMany(jobs: readonly PlannedJob[], options?: ManyOptions): Promise<Added[]>;
  override addMany(
    what: object,
    second?: readonly unknown[] | ManyOptions,
    third?: ManyOptions,
  ): Promise<Added[]> {
    // Which of the two it is, the adder says itself.
    const given = Array.isArray(what) ? [what] : [what, second];
    const options = Array.isArray(what) ? second : third;
    const addBy = (adder: Adder, own: unknown): Promise<Added[]> =>
      Reflect.apply(Adder.prototype.addMany, adder, [...given, own]);
    if (this.#isPlain(options)) return addBy(this, options);
    return this.#durably(options, addBy, (added) => added);
  }

  override addRaw(job: RawJob): Promise<Added> {
    if (!this.#level) return super.addRaw(job);
    return this.#durably(NO_OPTIONS, (adder) => adder.addRaw(job), listed);
  }

  override addChain(jobs: readonly PlannedJob[]): Promise<AddedChain> {
    if (!this.#level) return super.addChain(jobs);
    return this.#durably(
      NO_OPTIONS,
      (adder) => adder.addChain(jobs),
      ({ id }) => [{ id, queue: jobs[0]?.definition.queue ?? '' }],
    );
  }

  override addBatch(batch: NewBatch): Promise<AddedBatch> {
    if (!this.#level) return super.addBatch(batch);
    return this.#durably(NO_OPTIONS, (adder) => adder.addBatch(batch), listed);
  }

  override addWorkflow(describe: DescribeWorkflow, options: WorkflowOptions = {}): Promise<AddedWorkflow> {
    if (!this.#level) return super.addWorkflow(describe, options);
    return this.#durably(NO_OPTIONS, (adder) => adder.addWorkflow(describe, options), listed);
  }

  #isPlain(options: unknown): boolean {
    return this.#level === null && !isAsking(options);
  }

  #durably<Answer>(
    options: unknown,
    add: (adder: Adder, own: AddOptions | undefined) => Promise<Answer>,
    jobsOf: (answer: Answer) => readonly StoredJob[],
  ): Promise<Answer> {
    return this.#deps.calls.begin(async () => {
      const { durability, ...rest } = isAsking(options) ? options : { durability: undefined };
      // What are no options at all, the adder refuses.
      const own = isAsking(options) ? rest : (options as AddOptions | undefined);
      const level = readDurability(durability) ?? this.#level;
      const addOver = (deps: AdderDeps): Promise<Answer> => add(this.#adderOver(deps), own);
      return level ? this.#lane.add(level, addOver, jobsOf) : addOver(this.#deps);
    });
  }

  #adderOver(deps: AdderDeps): Adder {
    if (this.#durable?.deps !== deps) this.#durable = { deps, adder: new Adder(deps, this.#name) };
    return this.#durable.adder;
  }
}

function isAsking(options: unknown): options is DurableAddOptions {
  return typeof options === 'object' && options !== null && 'durability' in options;
}

function listed<Stored extends StoredJob>(added: Stored): Stored[] {
  return [added];
}
