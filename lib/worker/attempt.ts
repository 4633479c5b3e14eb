import type { Clock } from '../clock.ts';
import type { AbortReason, ActiveJob } from '../engine/pump/active-job.ts';
import { type AttemptFacts, decide, type Ending } from '../engine/pump/outcome.ts';
import { boundOf, refuseStart, type TimeBound } from '../engine/pump/time-bounds.ts';
import type { StoredOptions } from '../engine/record/record.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import type { SignalsAwaited } from '../engine/record/waits.ts';
import type { BoundHandler } from '../jobs/define.ts';
import { checkResult } from './check-result.ts';
import type { HandlerContext } from './context.ts';
import type { Failures } from './failures.ts';

/** What ending an attempt needs. */
export interface AttemptDeps {
  clock: Clock;
  failures: Failures;
}

/** One attempt at a job, as the rule sees it that decides what becomes of the job. */
export class Attempt implements AttemptFacts {
  /** Null as long as none is found. */
  handler: BoundHandler | null = null;
  /** Null as long as the handler was not called. */
  context: HandlerContext | null = null;
  readonly #job: ActiveJob;
  readonly #deps: AttemptDeps;
  #bound: TimeBound | null;
  /** What a back-off function said, and what will tell where it takes its time. */
  #saidMs: number | null = null;
  #awaited: Promise<number> | null = null;
  #isFailure: boolean | null = null;

  constructor(job: ActiveJob, deps: AttemptDeps) {
    this.#bound = boundOf(job);
    this.#job = job;
    this.#deps = deps;
  }

  /** How long it may run; null for no limit. */
  get bound(): TimeBound | null {
    return this.#bound;
  }

  /** Counts its time from now on; returns what becomes of the job where it must not begin any more, else null. */
  refuseLate(): Outcome | null {
    const now = this.#job.now();
    this.#bound = boundOf(this.#job, now);
    return refuseStart(this.#job, now);
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

  get cancelReason(): string | null {
    return this.#job.cancelReason;
  }

  get awaits(): SignalsAwaited | null {
    return this.context?.awaits ?? null;
  }

  get now(): number {
    return this.#job.now();
  }

  ownStrategy(name: string, error: Error): number {
    const said = this.#saidMs ?? this.#deps.failures.delayMs(name, error, this.#job);
    if (typeof said === 'number') return said;
    this.#awaited = said;
    // It stands for the answer, with which all is decided anew.
    return 0;
  }

  isFailure(error: Error): boolean {
    this.#isFailure ??= this.#deps.failures.isFailure(error, this.#job, this.handler?.isFailure);
    return this.#isFailure;
  }

  /** Decides the outcome from how the attempt ended; a promise where a schema or a back-off function takes its time. */
  end(ending: Ending): Outcome | Promise<Outcome> {
    const definition = this.handler?.definition;
    if (definition?.result === undefined || this.abortReason !== null) return this.#decide(ending);
    const checked = checkResult(definition, ending);
    return checked instanceof Promise ? checked.then((later) => this.#decide(later)) : this.#decide(checked);
  }

  /** The same of one that threw. */
  threw(thrown: unknown): Outcome | Promise<Outcome> {
    return this.end({ kind: 'threw', thrown });
  }

  #decide(ending: Ending): Outcome | Promise<Outcome> {
    const outcome = decide(this, ending, this.#deps.clock.random);
    if (this.#awaited === null) return this.#conclude(outcome);
    return this.#awaited.then((delayMs) => {
      this.#saidMs = delayMs;
      return this.#conclude(decide(this, ending, this.#deps.clock.random));
    });
  }

  #conclude(outcome: Outcome): Outcome {
    const adds = this.context?.end(outcome);
    return adds && outcome.kind === 'succeeded' ? { ...outcome, ...adds } : outcome;
  }
}
