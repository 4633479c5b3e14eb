import type { Logger } from '../logger.ts';
import type { JobDefinition } from './definition.ts';
import type { JobOptions } from './options.ts';
import type { SignalData, SignalName, SignalWaitOptions, WaitedSignal } from './signals.ts';
import type { ClientOf, TransactionOptions, TransactionPool } from './transaction.ts';
import type { DescribeWorkflow } from './workflow-builder.ts';

/** What a handler is given beside the data of the job. */
export interface JobContext<Results = Readonly<Record<string, unknown>>> {
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  /** 1 for the first run of the job. */
  readonly attempt: number;
  /** The string map that the producer sent along; `{}` when none. */
  readonly headers: Readonly<Record<string, string>>;
  /** The schedule that fired the job, and the tick (epoch ms) that it is for; null when none did. */
  readonly schedule: { readonly name: string; readonly tick: number } | null;
  /**
   * Aborts on timeout, cancellation, loss of the claim and at the end of a shutdown's patience. Its reason is an
   * ApiaryError of the name AbortError, with JOB_TIMED_OUT, JOB_EXPIRED (its deadline), JOB_CANCELLED, JOB_LOST or
   * QUEUE_CLOSED (the shutdown).
   */
  readonly signal: AbortSignal;
  /** A logger that carries queue, type, job id and attempt. */
  readonly log: Logger;
  /**
   * Stores how far the job is, readable from any process; any JSON value, a percentage by custom. Rejects with
   * JOB_INVALID for anything else.
   */
  progress(value: unknown): Promise<void>;
  /**
   * Replaces the data of the job: further attempts and whoever looks get these; what this attempt was given stays.
   * Checked as at an add. Rejects with JOB_INVALID or DATA_TOO_LARGE for what cannot be, and on the job of a group;
   * with JOB_LOST when the claim is gone or the attempt has ended. Where Redis was away, it may be stored all the same.
   */
  updateData(data: unknown): Promise<void>;
  /**
   * Does something at most once over all attempts, unless the worker dies between doing and noting it: what `effect`
   * comes to is stored with the job under the key, and later calls get that. Up to 100 keys, each result up to 16,384
   * characters of JSON. Rejects with what `effect` throws, and nothing is stored then; with RESULT_UNSERIALISABLE or
   * JOB_INVALID when its result cannot be; with JOB_LOST when the claim on the job is gone.
   */
  once<T>(key: string, effect: () => T | Promise<T>): Promise<T>;
  /**
   * Waits for a signal of this name, see `producer.signal`; for so long at most, counted from the first attempt that
   * waits for it. Where it is not there, the attempt ends here, by an AwaitsSignal that it rejects with: no slot is
   * held and no retry spent. The job runs again, from its beginning, when the signal has come or the time is over;
   * then, and in each attempt after, it resolves with the data, or says that the time was over. Rejects with
   * JOB_INVALID for a name or a time that cannot be, and for more than 1,000 waits; with DiscardJob for data that the
   * definition refuses; with JOB_LOST when the claim is gone or the attempt has ended.
   */
  waitFor(name: string, options: SignalWaitOptions): Promise<WaitedSignal>;
  /**
   * A number that is greater than all that the queue has given to attempts before, the same for the whole attempt: what
   * refuses smaller ones than it has seen is safe from late attempts. Rejects with JOB_LOST when the claim is gone.
   */
  fencingNumber(): Promise<number>;
  /**
   * Runs a function in a transaction of your PostgreSQL that commits together with a note of this job, and so at most
   * once over all attempts: where it was done, nothing is run, and what came of it then is what comes, as JSON has it.
   * Up to 16,384 characters of result. Rejects with what the function throws or the database says, and nothing is
   * committed then; with RESULT_UNSERIALISABLE when its result cannot be; with JOB_LOST when the claim on the job is
   * gone. `apiary outbox sql` makes the table that it needs.
   */
  transaction<Pool extends TransactionPool, T>(
    pool: Pool,
    run: (tx: ClientOf<Pool>) => T | PromiseLike<T>,
    options?: TransactionOptions,
  ): Promise<T>;
  /**
   * Adds a job if this attempt succeeds, in the same step as its end; up to 1,000 per attempt. Resolves, once its data
   * are checked, with where it will be. Under a unique key that another job holds by then, that is nowhere. Rejects
   * with JOB_INVALID for data or options that are wrong, for an `id`, for a unique key in another queue or with
   * `reject`, and in a Redis Cluster for another queue; with JOB_LOST when the attempt has ended.
   */
  follow<Input>(
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options?: Omit<JobOptions, 'id'>,
  ): Promise<{ id: string; queue: string; type: string }>;
  /**
   * Adds a step to the workflow of the job with the success of this attempt, up to 1,000. It starts at once, and those
   * that come after this step wait for it too. Its name begins with that of this step and a slash. Rejects as `follow`.
   */
  spawn<Input>(
    name: string,
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options?: Omit<JobOptions, 'id' | 'unique' | 'group'>,
  ): Promise<{ name: string; id: string; queue: string; type: string }>;
  /**
   * Adds a whole sub-workflow to the workflow of the job with the success of this attempt, as `spawn` adds a step: what
   * comes after this step waits for all of it. Its steps count among the 1,000, and it as two. Rejects as `spawn`.
   */
  spawnWorkflow(
    name: string,
    describe: DescribeWorkflow,
  ): Promise<{ name: string; jobs: Record<string, { id: string; queue: string; type: string }> }>;
  /** What the job before it in its chain came to; undefined where there is none, or it returned nothing. */
  readonly previous: unknown;
  /** Of the last job of a batch: what came of that; null for all others. */
  readonly batch: BatchSummary | null;
  /** The workflow that it is a step of, and the name of that step; null where it is in none. */
  readonly workflow: { readonly id: string; readonly step: string } | null;
  /**
   * What steps before it in its workflow returned, by their names: those that it comes after or reads, and the nearest
   * before them, up to thirty. Names are those in the sub-workflow that it is in: `pay` for one beside it,
   * `payment/pay` for one of a sub-workflow beside it, `../check` for one beside that which it is in. To look at a
   * result longer than 65,536 characters as JSON throws JOB_INVALID.
   */
  readonly results: Results;
}

/** The same where the definition says which signals there are, and what their data are. */
export interface SignalContext<Results, Signals> extends Omit<JobContext<Results>, 'waitFor'> {
  /** See {@link JobContext.waitFor}. */
  waitFor<Name extends SignalName<Signals>>(
    name: Name,
    options: SignalWaitOptions,
  ): Promise<WaitedSignal<SignalData<Signals, Name>>>;
}

/** What a handler is given by its definition: that says of signals which there are, or nothing. */
export type JobContextOf<Results, Signals> = [keyof Signals] extends [never]
  ? JobContext<Results>
  : SignalContext<Results, Signals>;

/** What became of a batch, when the job after it was added. */
export interface BatchSummary {
  readonly id: string;
  readonly queue: string;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
}
