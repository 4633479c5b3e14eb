import { checkOptions } from '../check-options.ts';
import { systemClock } from '../clock.ts';
import { requireClient } from '../engine/connections.ts';
import { readTakers } from '../engine/queries/takers.ts';
import { MOST_DATA_BYTES } from '../engine/record/data-size.ts';
import { defineScripts } from '../engine/scripts.ts';
import { tell } from '../engine/tell-callers.ts';
import { requireProducerName } from '../names.ts';
import { Recent } from '../recent.ts';
import type { AdderDeps } from './adder.ts';
import { type Durability, durabilityOption } from './durability.ts';
import { DurableAdder } from './durable-adder.ts';
import { DurableLane } from './durable-lane.ts';
import { JobSignaller, type SentSignal, type SignalOptions } from './job-signaller.ts';
import { JobStores } from './job-stores.ts';
import { ProducerCalls } from './producer-calls.ts';
import type { ProducerDeps } from './producer-deps.ts';
import { ProducerSchedules } from './producer-schedules.ts';
import type { SignalInput, SignalName } from './signals.ts';
import { type FinishedJob, type JobAddress, JobWaits, type WaitOptions } from './wait.ts';
import { WorkerCheck } from './worker-check.ts';

export type { Added } from './added.ts';
export type { ProducerDeps } from './producer-deps.ts';

/** In how many of the queues that were added to last a wait for an id alone listens. */
const MOST_LIKELY = 100;
/** For how many names what adds under them is kept. */
const MOST_NAMES = 100;

/**
 * Adds jobs, and waits for their ends. What is acknowledged is stored in Redis; what existed already is not changed.
 */
export class Producer extends DurableAdder {
  /** Adds, changes and removes schedules. */
  readonly schedules: ProducerSchedules;
  readonly #shared: AdderDeps;
  readonly #lane: DurableLane;
  /** What options come to is written out once by each, so the same one is given for a name while it is in use. */
  readonly #adders = new Recent<string, DurableAdder>(MOST_NAMES);
  readonly #waits: JobWaits;
  readonly #signaller: JobSignaller;
  readonly #close: () => Promise<void>;

  constructor(deps: ProducerDeps) {
    requireClient('new Producer', 'createProducer', deps);
    const {
      client,
      prefix = 'bq',
      clock = systemClock,
      name,
      maxDataBytes = MOST_DATA_BYTES,
      warnings: warns = false,
      durability,
      keyring = null,
      memoryReserve = 0,
      takers = () => readTakers({ client, prefix }),
      close = async () => {},
      onCreated = () => {},
    } = deps;
    if (name !== undefined) requireProducerName(name);
    defineScripts(client);
    const stores = new JobStores(client, prefix, keyring);
    const calls = new ProducerCalls(client, clock, memoryReserve);
    const check = new WorkerCheck({ clock, read: takers });
    const shared = {
      client,
      prefix,
      clock,
      stores,
      calls,
      maxDataBytes,
      workers: { check, warns },
      onCreated,
      keyring,
    };
    const lane = new DurableLane(shared, durability);
    super(lane, shared, { name: name ?? null });
    this.#lane = lane;
    this.#shared = shared;
    this.#close = close;
    this.schedules = new ProducerSchedules({
      client,
      prefix,
      calls,
      maxDataBytes,
      keyring,
      stores,
    });
    const likelyQueues = (): string[] => stores.newestQueues(MOST_LIKELY);
    this.#waits = new JobWaits({ client, prefix, clock, likelyQueues, stores, keyring });
    this.#signaller = new JobSignaller({ client, prefix, likelyQueues, stores, keyring });
  }

  /** Whether adds are refused now, as Redis has less memory left than `memoryReserve` keeps. */
  get isRedisFull(): boolean {
    return this.#shared.calls.isFull;
  }

  /**
   * Waits for the end of a job, whichever process runs it, and resolves with how it ended. An answer of `add` says
   * which job; an id alone is looked for in the queues that this producer has added to last, then in all others, and
   * where two queues have it the first end counts.
   *
   * An end is never missed, whether it comes before the wait, during or after it begins; where Redis or the connection
   * fails, it is known at most two seconds after they are back. A job that is not kept after its end leaves an
   * announcement and nothing else: of one that ended before the wait began, nothing is known.
   *
   * Rejects with WAIT_TIMED_OUT after `timeoutMs`; with JOB_NOT_FOUND when there is no such job, or none any more;
   * with QUEUE_CLOSED when the producer is closed; with the reason of the signal; with JOB_INVALID for what cannot be.
   * The job goes on in any case. The first wait opens a connection that all waits share, until `close`.
   */
  waitFor<Result = unknown>(
    job: JobAddress<Result>,
    options: WaitOptions,
  ): Promise<FinishedJob<NoInfer<Result>>>;
  waitFor(job: JobAddress, options: WaitOptions): Promise<FinishedJob> {
    return tell(this.#shared.client, this.#waits.waitFor(job, options));
  }

  /**
   * Gives a job a signal with data, for `ctx.waitFor` of its handler: a job that waits for it runs at once, any other
   * that has not ended keeps it until then, and through all its attempts. The first signal of a name counts; where
   * there is one already, nothing is changed, and `created` is false. An id alone is looked for as by `waitFor`. With
   * `of`, the definition of the job, the name and the data are checked by that.
   *
   * Rejects with JOB_NOT_FOUND where there is no such job; with JOB_STATE_FORBIDS where it has ended, waits in a group,
   * or has 100 signals; with JOB_INVALID for what cannot be; with DATA_TOO_LARGE for data of more than 65,536 bytes as
   * JSON, or 262,144 of all signals of the job.
   */
  signal<Signals, Name extends SignalName<Signals>>(
    job: JobAddress,
    name: Name,
    data: SignalInput<Signals, Name>,
    options: SignalOptions<Signals>,
  ): Promise<SentSignal>;
  signal(job: JobAddress, name: string, data?: unknown): Promise<SentSignal>;
  signal(
    job: JobAddress,
    name: string,
    data?: unknown,
    options?: SignalOptions<unknown>,
  ): Promise<SentSignal> {
    return this.#shared.calls.begin(() => this.#signaller.signal(job, { name, data, options }));
  }

  /**
   * Adds under another name, over the same connection: for who adds on behalf of others, with a durability of their own
   * where one is given. Throws CONFIG_INVALID for what is no name, and for a durability that cannot be.
   */
  as(name: string, options: { durability?: Durability } = {}): DurableAdder {
    checkOptions('producer.as', { durability: durabilityOption }, options);
    const { durability } = options;
    const key = durability === undefined ? name : JSON.stringify([name, durability]);
    const known = this.#adders.get(key);
    if (known) return known;
    requireProducerName(name);
    const adder = new DurableAdder(this.#lane, this.#shared, { name, durability });
    this.#adders.set(key, adder);
    return adder;
  }

  /**
   * Ends all waits, finishes what is under way and closes what was opened for it; a client of the caller's stays open.
   * Where Redis does not answer within five seconds, what it was not seen to store is rejected with REDIS_UNAVAILABLE;
   * over a client of the caller's that is left to the client.
   */
  async close(): Promise<void> {
    await Promise.all([this.#waits.close(), this.#shared.calls.close()]);
    await Promise.all([this.#lane.close(), this.#close()]);
  }
}
