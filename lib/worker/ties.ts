import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { AddedByEnd } from '../engine/record/links.ts';
import type { LinkedAddress, PlannedJob } from '../jobs/planned-job.ts';
import type { DescribeWorkflow } from '../jobs/workflow-builder.ts';
import { FollowUps } from './follow-ups.ts';
import { claimLost } from './lost-claim.ts';
import { OnceLedger } from './once.ts';
import { type SpawnedAddress, SpawnedSteps, type SpawnedWorkflow } from './spawned-steps.ts';
import { runTransaction, type TransactionCall } from './transaction.ts';

/** What ties an attempt to what is outside of it: effects, the number that fences them, jobs that follow. */
export class Ties {
  readonly #job: ActiveJob;
  readonly #ledger: OnceLedger;
  readonly #followUps: FollowUps;
  readonly #spawned: SpawnedSteps;
  #fencing: Promise<number> | null = null;
  #hasEnded = false;

  constructor(job: ActiveJob, maxDataBytes?: number) {
    this.#job = job;
    this.#ledger = new OnceLedger(job);
    this.#followUps = new FollowUps(job, maxDataBytes);
    this.#spawned = new SpawnedSteps(job, maxDataBytes);
  }

  /** Does an effect, unless it is recorded under the key. */
  once(key: string, effect: () => unknown): Promise<unknown> {
    return this.#ledger.run(key, effect);
  }

  /** Asks for the number of the attempt; the same at every call. Rejects with JOB_LOST when the claim is gone. */
  fencingNumber(): Promise<number> {
    this.#fencing ??= this.#fence();
    return this.#fencing;
  }

  /** Runs a function in a transaction of a database, once over all attempts. */
  transaction<T>(call: TransactionCall<T>): Promise<T> {
    const fencingNumber = (): Promise<number> => this.fencingNumber();
    return runTransaction({ job: this.#job, fencingNumber, hasEnded: () => this.#hasEnded }, call);
  }

  /** Takes note of a job that is to be added with the success of the attempt. */
  follow(planned: PlannedJob): Promise<LinkedAddress> {
    return this.#followUps.add(planned);
  }

  /** Takes note of a step that is to be added to the workflow with the success of the attempt. */
  spawn(name: string, planned: PlannedJob): Promise<SpawnedAddress> {
    return this.#spawned.add(name, planned);
  }

  /** Takes note of a sub-workflow that is to be added to the workflow with the success of the attempt. */
  spawnWorkflow(name: string, describe: DescribeWorkflow): Promise<SpawnedWorkflow> {
    return this.#spawned.addWorkflow(name, describe);
  }

  /** Refuses all that comes after, and tells what is to be added. To be called before the outcome goes to Redis. */
  end(): AddedByEnd {
    this.#hasEnded = true;
    this.#ledger.end();
    return { follows: this.#followUps.end(), spawns: this.#spawned.end() };
  }

  async #fence(): Promise<number> {
    try {
      const number = await this.#job.fencingNumber();
      if (number === null) throw claimLost(this.#job.id);
      return number;
    } catch (error) {
      // Redis may have been away: whoever asks again gets another answer.
      this.#fencing = null;
      throw error;
    }
  }
}
