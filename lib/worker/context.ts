import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { LinkedJob } from '../engine/record/links.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import type { BatchSummary, JobContext, JobDefinition } from '../jobs/define.ts';
import type { GroupContext } from '../jobs/handle-group.ts';
import type { JobOptions } from '../jobs/options.ts';
import { jobFor, type LinkedAddress } from '../jobs/planned-job.ts';
import type { Logger } from '../logger.ts';
import { JobLog } from './job-log.ts';
import { attemptEnded } from './lost-claim.ts';
import { Ties } from './ties.ts';

/**
 * What a handler sees of its job; what it does not ask for is not made. What it gets is its own to change: the record,
 * which is stored, is handed to nobody.
 */
export class HandlerContext implements GroupContext {
  readonly #job: ActiveJob;
  readonly #rootLog: Logger;
  readonly #maxDataBytes: number | undefined;
  #log: JobLog | null = null;
  #ties: Ties | null = null;
  #headers: Record<string, string> | null = null;
  #previous: { result: unknown } | null = null;
  #hasEnded = false;

  /** The data of what follows may have so many bytes as JSON; by default a mebibyte. */
  constructor(job: ActiveJob, log: Logger, maxDataBytes?: number) {
    this.#job = job;
    this.#maxDataBytes = maxDataBytes;
    this.#rootLog = log;
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
    this.#log ??= new JobLog(this.#job, this.#rootLog);
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

  get previous(): unknown {
    this.#previous ??= { result: structuredClone(this.#job.record.options.links?.previous) };
    return this.#previous.result;
  }

  get batch(): BatchSummary | null {
    const concluded = this.#job.record.options.links?.concludes;
    return concluded ? { ...concluded } : null;
  }

  once<T>(key: string, effect: () => T | Promise<T>): Promise<T> {
    // What it resolves with is what the effect gave, as JSON has it; that T is such a value is the caller's word.
    return this.#tied((ties) => ties.once(key, effect) as Promise<T>);
  }

  fencingNumber(): Promise<number> {
    return this.#tied((ties) => ties.fencingNumber());
  }

  follow<Input>(
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: Omit<JobOptions, 'id' | 'unique'> = {},
  ): Promise<LinkedAddress> {
    return this.#tied((ties) => ties.follow(jobFor(definition, data, options)));
  }

  /**
   * Lets what the handler still says change nothing any more, and tells which jobs it wants added; null when none. To
   * be called before the outcome goes to Redis.
   */
  end(outcome: Outcome): readonly LinkedJob[] | null {
    this.#hasEnded = true;
    this.#log?.end(outcome);
    return this.#ties?.end() ?? null;
  }

  #tied<T>(act: (ties: Ties) => Promise<T>): Promise<T> {
    if (this.#hasEnded) return Promise.reject(attemptEnded(this.id));
    this.#ties ??= new Ties(this.#job, this.#maxDataBytes);
    return act(this.#ties);
  }
}
