import type { Clock } from '../clock.ts';
import type { AbortReason, ActiveJob } from '../engine/pump/active-job.ts';
import { type AttemptFacts, decide, type Ending } from '../engine/pump/outcome.ts';
import { boundOf, type TimeBound } from '../engine/pump/time-bounds.ts';
import type { StoredOptions } from '../engine/record/record.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import type { BoundHandler } from '../jobs/define.ts';
import type { HandlerContext } from './context.ts';
import type { Failures } from './failures.ts';

/** What ending an attempt needs. */
export interface AttemptDeps {
  clock: Clock;
  failures: Failures;
}

/** One attempt at a job, as the rule sees it that decides what becomes of the job. */
export class Attempt implements AttemptFacts {
  readonly bound: TimeBound | null;
  /** Null as long as none is found. */
  handler: BoundHandler | null = null;
  /** Null as long as the handler was not called. */
  context: HandlerContext | null = null;
  readonly #job: ActiveJob;
  readonly #deps: AttemptDeps;

  constructor(job: ActiveJob, deps: AttemptDeps) {
    this.bound = boundOf(job);
    this.#job = job;
    this.#deps = deps;
  }

  get options(): StoredOptions {
    return this.#job.record.options;
  }

  get attempt(): number {
    return this.#job.attempt;
  }

  get abortReason(): AbortReason | null {
    return this.#job.abortReason;
  }

  get now(): number {
    return this.#job.now();
  }

  ownStrategy(name: string, error: Error): number {
    return this.#deps.failures.delayMs(name, error, this.#job);
  }

  isFailure(error: Error): boolean {
    return this.#deps.failures.isFailure(error, this.#job, this.handler?.isFailure);
  }

  /** Decides the outcome from how the attempt ended. */
  end(ending: Ending): Outcome {
    const outcome = decide(this, ending, this.#deps.clock.random);
    const follows = this.context?.end(outcome);
    return follows && outcome.kind === 'succeeded' ? { ...outcome, follows } : outcome;
  }
}
