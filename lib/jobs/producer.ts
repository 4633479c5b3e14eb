import { systemClock } from '../clock.ts';
import { requireClient } from '../engine/connections.ts';
import { readTakers } from '../engine/queries/takers.ts';
import { MOST_DATA_BYTES } from '../engine/record/data-size.ts';
import { defineScripts } from '../engine/scripts.ts';
import { tell } from '../engine/tell-callers.ts';
import { requireProducerName } from '../names.ts';
import type { AdderDeps } from './adder.ts';
import { DurableAdder } from './durable-adder.ts';
import { DurableLane } from './durable-lane.ts';
import { JobStores } from './job-stores.ts';
import { ProducerCalls } from './producer-calls.ts';
import type { ProducerDeps } from './producer-deps.ts';
import { ProducerSchedules } from './producer-schedules.ts';
import { type FinishedJob, type JobAddress, JobWaits, type WaitOptions } from './wait.ts';
import { WorkerCheck } from './worker-check.ts';

export type { Added } from './added.ts';
export type { ProducerDeps } from './producer-deps.ts';

/** In how many of the queues that were added to last a wait for an id alone listens. */
const MOST_LIKELY = 100;

/**
 * Adds jobs, and waits for their ends. What is acknowledged is stored in Redis; what existed already is not changed.
 */
export class Producer extends DurableAdder {
  /** Adds, changes and removes schedules. */
  readonly schedules: ProducerSchedules;
  readonly #shared: AdderDeps;
  readonly #lane: DurableLane;
  readonly #waits: JobWaits;
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
      takers = () => readTakers({ client, prefix }),
      close = async () => {},
      onCreated = () => {},
    } = deps;
    if (name !== undefined) requireProducerName(name);
    defineScripts(client);
    const stores = new JobStores(client, prefix);
    const calls = new ProducerCalls(client, clock);
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
    };
    const lane = new DurableLane(shared, durability);
    super(lane, shared, name ?? null);
    this.#lane = lane;
    this.#shared = shared;
    this.#close = close;
    this.schedules = new ProducerSchedules({ client, prefix, calls, maxDataBytes });
    const likelyQueues = (): string[] => stores.newestQueues(MOST_LIKELY);
    this.#waits = new JobWaits({ client, prefix, clock, likelyQueues });
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
  waitFor(job: JobAddress, options: WaitOptions): Promise<FinishedJob> {
    return tell(this.#shared.client, this.#waits.waitFor(job, options));
  }

  /**
   * Adds under another name, over the same connection: for who adds on behalf of others. Throws CONFIG_INVALID for
   * what is no name.
   */
  as(name: string): DurableAdder {
    requireProducerName(name);
    return new DurableAdder(this.#lane, this.#shared, name);
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
