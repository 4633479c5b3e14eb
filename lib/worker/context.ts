import type { ActiveJob } from '../engine/active-job.ts';
import type { JobContext } from '../jobs/define.ts';
import type { Logger } from '../logger.ts';
import type { JobFacts } from './events.ts';

/** Which job it is, as events tell it and every log record about it carries it. */
export function factsOf({ queue, type, id, attempt }: ActiveJob): JobFacts {
  return { queue, type, id, attempt };
}

/** What a handler sees of its job; signal and logger are made when it first looks at them. */
export class HandlerContext implements JobContext {
  readonly #job: ActiveJob;
  readonly #rootLog: Logger;
  #log: Logger | null = null;

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

  get signal(): AbortSignal {
    return this.#job.signal;
  }

  get log(): Logger {
    this.#log ??= this.#rootLog.child({ ...factsOf(this.#job) });
    return this.#log;
  }

  async progress(value: unknown): Promise<void> {
    await this.#job.progress(value);
  }
}
