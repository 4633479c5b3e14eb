import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { AddedByEnd } from '../engine/record/links.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import type { SignalsAwaited } from '../engine/record/waits.ts';
import type { BatchSummary, JobContext, JobDefinition } from '../jobs/define.ts';
import type { GroupContext } from '../jobs/handle-group.ts';
import type { JobOptions } from '../jobs/options.ts';
import { jobFor, type LinkedAddress } from '../jobs/planned-job.ts';
import type { SignalWaitOptions, WaitedSignal } from '../jobs/signals.ts';
import type { ClientOf, TransactionOptions, TransactionPool } from '../jobs/transaction.ts';
import type { DescribeWorkflow } from '../jobs/workflow-builder.ts';
import type { Logger } from '../logger.ts';
import { JobLog } from './job-log.ts';
import { attemptEnded } from './lost-claim.ts';
import { SignalWaits } from './signal-waits.ts';
import type { SpawnedAddress, SpawnedWorkflow } from './spawned-steps.ts';
import { type StepResults, stepResults } from './step-results.ts';
import { Ties } from './ties.ts';
import { updateData } from './update-data.ts';

/** What contexts are made with. */
export interface ContextDeps {
  log: Logger;
  /** How long the data may be of what follows, as JSON in bytes, and of the job itself; default a mebibyte. */
  maxDataBytes?: number | undefined;
}

/**
 * What a handler sees of its job; what it does not ask for is not made. What it gets is its own to change: the record,
 * which is stored, is handed to nobody.
 */
export class HandlerContext implements GroupContext {
  readonly #job: ActiveJob;
  readonly #deps: ContextDeps;
  readonly #definition: JobDefinition<unknown, unknown>;
  #log: JobLog | null = null;
  #ties: Ties | null = null;
  #headers: Record<string, string> | null = null;
  #previous: { result: unknown } | null = null;
  #results: StepResults | null = null;
  #signals: SignalWaits | null = null;
  #hasEnded = false;

  constructor(job: ActiveJob, deps: ContextDeps, definition: JobDefinition<unknown, unknown>) {
    this.#job = job;
    this.#deps = deps;
    this.#definition = definition;
  }

  get id(): string {
    return this.#job.id;
  }

  get type(): string {
    return this.#job.type;
  }

  get queue(): string {
    return this.#job.queue;
  }

  get attempt(): number {
    return this.#job.attempt;
  }

  get group(): string | null {
    return this.#job.record.options.group?.name ?? null;
  }

  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= { ...this.#job.record.options.headers };
    return this.#headers;
  }

  get schedule(): JobContext['schedule'] {
    const { schedule } = this.#job.record.options;
    return schedule ? { ...schedule } : null;
  }

  get signal(): AbortSignal {
    return this.#job.signal;
  }

  get log(): Logger {
    this.#log ??= new JobLog(this.#job, this.#deps.log);
    return this.#log.logger;
  }

  progress(value: unknown): Promise<void> {
    const told = this.#progress(value);
    // Most do not wait for it. That Redis is away, for instance, must not end the process then.
    told.catch(() => undefined);
    return told;
  }

  async #progress(value: unknown): Promise<void> {
    // A handler that goes on after its attempt has ended must not write over what came of it.
    if (!this.#hasEnded) await this.#job.progress(value);
  }

  updateData(data: unknown): Promise<void> {
    if (this.#hasEnded) return Promise.reject(attemptEnded(this.id));
    const { maxDataBytes: mostBytes } = this.#deps;
    const rules = { definition: this.#definition, mostBytes, hasEnded: () => this.#hasEnded };
    return updateData(this.#job, data, rules);
  }

  get previous(): unknown {
    this.#previous ??= { result: structuredClone(this.#job.record.options.links?.previous) };
    return this.#previous.result;
  }

  get batch(): BatchSummary | null {
    const concluded = this.#job.record.options.links?.concludes;
    return concluded ? { ...concluded } : null;
  }

  get workflow(): JobContext['workflow'] {
    const step = this.#job.record.options.links?.flow;
    return step ? { id: step.id, step: step.step } : null;
  }

  get results(): StepResults {
    this.#results ??= stepResults(this.#job);
    return this.#results;
  }

  once<T>(key: string, effect: () => T | Promise<T>): Promise<T> {
    // What it resolves with is what the effect gave, as JSON has it; that T is such a value is the caller's word.
    return this.#tied((ties) => ties.once(key, effect) as Promise<T>);
  }

  waitFor(name: string, options: SignalWaitOptions): Promise<WaitedSignal> {
    if (this.#hasEnded) return Promise.reject(attemptEnded(this.id));
    this.#signals ??= new SignalWaits(this.#job, this.#definition);
    return this.#signals.waitFor(name, options);
  }

  /** The signals that its handler waits for and that are not there; null for none. */
  get awaits(): SignalsAwaited | null {
    return this.#signals?.awaited ?? null;
  }

  fencingNumber(): Promise<number> {
    return this.#tied((ties) => ties.fencingNumber());
  }

  transaction<Pool extends TransactionPool, T>(
    pool: Pool,
    run: (tx: ClientOf<Pool>) => T | PromiseLike<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return this.#tied((ties) => ties.transaction({ pool, run, options }));
  }

  follow<Input>(
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: Omit<JobOptions, 'id'> = {},
  ): Promise<LinkedAddress> {
    return this.#tied((ties) => ties.follow(jobFor(definition, data, options)));
  }

  spawn<Input>(
    name: string,
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: Omit<JobOptions, 'id' | 'unique' | 'group'> = {},
  ): Promise<SpawnedAddress> {
    return this.#tied((ties) => ties.spawn(name, jobFor(definition, data, options)));
  }

  spawnWorkflow(name: string, describe: DescribeWorkflow): Promise<SpawnedWorkflow> {
    return this.#tied((ties) => ties.spawnWorkflow(name, describe));
  }

  /**
   * Lets what the handler still says change nothing any more, and tells what it wants added; null when nothing. To be
   * called before the outcome goes to Redis.
   */
  end(outcome: Outcome): AddedByEnd | null {
    this.#hasEnded = true;
    this.#log?.end(outcome);
    this.#signals?.end();
    return this.#ties?.end() ?? null;
  }

  #tied<T>(act: (ties: Ties) => Promise<T>): Promise<T> {
    if (this.#hasEnded) return Promise.reject(attemptEnded(this.id));
    this.#ties ??= new Ties(this.#job, this.#deps.maxDataBytes);
    return act(this.#ties);
  }
}
