import type { ActiveJob } from '../engine/active-job.ts';
import type { Outcome } from '../engine/settlement.ts';
import type { JobContext } from '../jobs/define.ts';
import type { Logger } from '../logger.ts';
import { JobLog } from './job-log.ts';

/** What a handler sees of its job; signal and logger are made when it first looks at them. */
export class HandlerContext implements JobContext {
  readonly #job: ActiveJob;
  readonly #rootLog: Logger;
  #log: JobLog | null = null;
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

  /** Lets what the handler still says change nothing any more. To be called before the outcome goes to Redis. */
  end(outcome: Outcome): void {
    this.#hasEnded = true;
    this.#log?.end(outcome);
  }
}
