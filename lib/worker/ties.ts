import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { LinkedJob } from '../engine/record/links.ts';
import type { LinkedAddress, PlannedJob } from '../jobs/planned-job.ts';
import { FollowUps } from './follow-ups.ts';
import { claimLost } from './lost-claim.ts';
import { OnceLedger } from './once.ts';

/** What ties an attempt to what is outside of it: effects, the number that fences them, jobs that follow. */
export class Ties {
  readonly #job: ActiveJob;
  readonly #ledger: OnceLedger;
  readonly #followUps: FollowUps;
  #fencing: Promise<number> | null = null;

  constructor(job: ActiveJob, maxDataBytes?: number) {
    this.#job = job;
    this.#ledger = new OnceLedger(job);
    this.#followUps = new FollowUps(job, maxDataBytes);
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

  /** Takes note of a job that is to be added with the success of the attempt. */
  follow(planned: PlannedJob): Promise<LinkedAddress> {
    return this.#followUps.add(planned);
  }

  /** Refuses all that comes after, and tells which jobs follow. To be called before the outcome goes to Redis. */
  end(): readonly LinkedJob[] {
    this.#ledger.end();
    return this.#followUps.end();
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
