import type { Outcome } from '../../engine/record/settlement.ts';
import { ApiaryError } from '../../errors.ts';
import type { JobContext } from '../../jobs/define.ts';
import type { JobDefinition } from '../../jobs/definition.ts';
import { attemptEnded, claimLost } from '../lost-claim.ts';

/** What a taken job works with. */
export interface TakenJobDeps<Data> {
  data: Data;
  ctx: JobContext;
  /** Ends its attempt as if a handler had returned this, or thrown that. */
  returns: (result: unknown) => void;
  throws: (error: unknown) => void;
  /** Resolves with what has become of the job, when Redis has it; with null when its claim was gone. */
  ended: Promise<Outcome | null>;
}

/**
 * A job that was taken by hand. Its claim is kept until `succeed` or `fail` ends it, its time is over, it is cancelled,
 * or its worker stops; `ctx.signal` aborts in all these cases but the first.
 */
export class TakenJob<Data = unknown> {
  /** The data, as the schema has made them. */
  readonly data: Data;
  /** All that a handler is given beside the data. */
  readonly ctx: JobContext;
  readonly #deps: TakenJobDeps<Data>;
  #hasEnded = false;

  constructor(deps: TakenJobDeps<Data>) {
    this.data = deps.data;
    this.ctx = deps.ctx;
    this.#deps = deps;
  }

  get id(): string {
    return this.ctx.id;
  }

  get type(): string {
    return this.ctx.type;
  }

  /** Whether it is of that definition; then its data have the type of that. */
  isOf<Input, Of, Result, Reads>({ type }: JobDefinition<Input, Of, Result, Reads>): this is TakenJob<Of> {
    return this.type === type;
  }

  /**
   * Ends it with a result; resolves when Redis has it. Rejects, and the job has not succeeded, with JOB_LOST when the
   * claim is gone or it was ended before, with JOB_TIMED_OUT, JOB_EXPIRED, JOB_CANCELLED or QUEUE_CLOSED when
   * `ctx.signal` has aborted, and with RESULT_UNSERIALISABLE or JOB_INVALID for a result that cannot be: the attempt
   * has failed by that.
   */
  succeed(result?: unknown): Promise<void> {
    return hushed(this.#succeed(result));
  }

  /**
   * Ends it as if its handler had thrown this: it is retried or fails for good; `RetryLater`, `DiscardJob` and their
   * like do what they do in a handler. Resolves when Redis has it. Rejects as `succeed`, but for results.
   */
  fail(error: unknown): Promise<void> {
    return hushed(this.#fail(error));
  }

  async #succeed(result: unknown): Promise<void> {
    const outcome = await this.#end(() => this.#deps.returns(result));
    if ('error' in outcome && outcome.error) throw outcome.error;
  }

  async #fail(error: unknown): Promise<void> {
    await this.#end(() => this.#deps.throws(error));
  }

  async #end(settle: () => void): Promise<Outcome> {
    const { signal } = this.ctx;
    if (signal.aborted) throw signal.reason;
    if (this.#hasEnded) throw attemptEnded(this.id);
    this.#hasEnded = true;
    settle();
    const outcome = await this.#deps.ended;
    if (outcome === null) throw claimLost(this.id);
    if (outcome.kind === 'interrupted') throw closed(this.id);
    return outcome;
  }
}

function closed(id: string): ApiaryError {
  return new ApiaryError(
    'QUEUE_CLOSED',
    `job ${id} went back, as its worker was stopped before it had ended`,
  );
}

/** Who does not wait for an end learns of its refusal from the log. */
function hushed(end: Promise<void>): Promise<void> {
  end.catch(() => undefined);
  return end;
}
