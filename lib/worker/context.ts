import type { ActiveJob } from '../engine/active-job.ts';
import type { LinkedJob } from '../engine/links.ts';
import type { Outcome } from '../engine/settlement.ts';
import type { BatchSummary, JobContext, JobDefinition } from '../jobs/define.ts';
import type { GroupContext } from '../jobs/handle-group.ts';
import type { JobOptions } from '../jobs/options.ts';
import { jobFor, type LinkedAddress } from '../jobs/planned-job.ts';
import type { Logger } from '../logger.ts';
import { FollowUps } from './follow-ups.ts';
import { JobLog } from './job-log.ts';
import { attemptEnded, claimLost } from './lost-claim.ts';
import { OnceLedger } from './once.ts';

/** What a handler sees of its job; what it does not ask for is not made. */
export class HandlerContext implements GroupContext {
  readonly #job: ActiveJob;
  readonly #rootLog: Logger;
  #log: JobLog | null = null;
  #ledger: OnceLedger | null = null;
  #followUps: FollowUps | null = null;
  #fencing: Promise<number> | null = null;
  #hasEnded = false;

  constructor(job: ActiveJob, log: Logger) {
    this.#job = job;
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
    return this.#job.record.options.headers ?? {};
  }

  get schedule(): JobContext['schedule'] {
    return this.#job.record.options.schedule ?? null;
  }

  get signal(): AbortSignal {
    return this.#job.signal;
  }

  get log(): Logger {
    this.#log ??= new JobLog(this.#job, this.#rootLog);
    return this.#log.logger;
  }

  async progress(value: unknown): Promise<void> {
    // A handler that goes on after its attempt has ended must not write over what came of it.
    if (!this.#hasEnded) await this.#job.progress(value);
  }

  get previous(): unknown {
    return this.#job.record.options.links?.previous;
  }

  get batch(): BatchSummary | null {
    return this.#job.record.options.links?.concludes ?? null;
  }

  once<T>(key: string, effect: () => T | Promise<T>): Promise<T> {
    if (this.#hasEnded) return Promise.reject(attemptEnded(this.id));
    this.#ledger ??= new OnceLedger(this.#job);
    // What it resolves with is what the effect gave, as JSON has it; that T is such a value is the caller's word.
    return this.#ledger.run(key, effect) as Promise<T>;
  }

  fencingNumber(): Promise<number> {
    if (this.#hasEnded) return Promise.reject(attemptEnded(this.id));
    this.#fencing ??= this.#fence();
    return this.#fencing;
  }

  follow<Input>(
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: Omit<JobOptions, 'id' | 'unique'> = {},
  ): Promise<LinkedAddress> {
    if (this.#hasEnded) return Promise.reject(attemptEnded(this.id));
    this.#followUps ??= new FollowUps(this.#job);
    return this.#followUps.add(jobFor(definition, data, options));
  }

  /**
   * Lets what the handler still says change nothing any more, and tells which jobs it wants added; null when none. To be
   * called before the outcome goes to Redis.
   */
  end(outcome: Outcome): readonly LinkedJob[] | null {
    this.#hasEnded = true;
    this.#log?.end(outcome);
    this.#ledger?.end();
    return this.#followUps?.end() ?? null;
  }

  async #fence(): Promise<number> {
    try {
      const number = await this.#job.fencingNumber();
      if (number === null) throw claimLost(this.id);
      return number;
    } catch (error) {
      // Redis may have been away: whoever asks again gets another answer.
      this.#fencing = null;
      throw error;
    }
  }
}
