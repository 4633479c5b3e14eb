import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { LinkedJob } from '../engine/record/links.ts';
import type { UniqueKey } from '../engine/record/unique-key.ts';
import { ApiaryError } from '../errors.ts';
import {
  type CheckedJob,
  checkData,
  type DraftedJob,
  draft,
  type LinkedAddress,
  type PlannedJob,
  refusal,
  sending,
  written,
} from '../jobs/planned-job.ts';
import { attemptEnded } from './lost-claim.ts';

/** How many jobs one attempt adds at most: all are stored in one step. */
const MOST_FOLLOW_UPS = 1_000;

/** The jobs that an attempt adds if it succeeds. */
export class FollowUps {
  readonly #job: ActiveJob;
  readonly #maxDataBytes: number | undefined;
  readonly #jobs: LinkedJob[] = [];
  #hasEnded = false;

  /** The data of one may have so many bytes as JSON; by default a mebibyte. */
  constructor(job: ActiveJob, maxDataBytes?: number) {
    this.#job = job;
    this.#maxDataBytes = maxDataBytes;
  }

  /** Takes note of a job; resolves with where it will be. */
  async add(planned: PlannedJob): Promise<LinkedAddress> {
    this.#requireReach(planned.definition.queue);
    const checking = checkData(planned, this.#maxDataBytes);
    const checked = checking instanceof Promise ? await checking : checking;
    return sending([checked], async ([traced = checked]) => this.#register(traced));
  }

  /** The jobs that were noted; none can be after this. To be called before the outcome goes to Redis. */
  end(): readonly LinkedJob[] {
    this.#hasEnded = true;
    return this.#jobs;
  }

  #register(planned: CheckedJob): LinkedAddress {
    if (this.#hasEnded) throw attemptEnded(this.#job.id);
    if (this.#jobs.length === MOST_FOLLOW_UPS)
      throw new ApiaryError('JOB_INVALID', `follow: one attempt adds at most ${MOST_FOLLOW_UPS} jobs`);
    const { keyring } = this.#job.sealing;
    const drafted = draft(planned, { now: this.#job.now(), path: 'follow', takesUnique: true, keyring });
    const { id, queue, type, unique } = drafted;
    if (unique) this.#requireUnique(queue, unique);
    const placed = queue === this.#job.queue ? { ...drafted, queue: this.#ownShard(drafted) } : drafted;
    const job = written(placed, { follows: { queue: this.#job.queue, id: this.#job.id } });
    this.#jobs.push(unique ? { ...job, unique } : job);
    return { id, queue, type };
  }

  /** In a queue with shards what follows is in the one of the job itself, whose script stores it. */
  #ownShard({ queue, stored }: DraftedJob): string {
    const shard = this.#job.sealing.queue;
    const { key } = this.#job.record.options;
    if (shard === queue || stored.key === undefined || stored.key === key) return shard;
    throw refusal(
      'follow.options.key',
      `cannot be another than that of the job itself in a queue with shards: all jobs of a key are in one of them`,
    );
  }

  /** The script that ends the job has the keys of its own queue; and nobody waits any more for what it says. */
  #requireUnique(queue: string, { onConflict }: UniqueKey): void {
    const own = this.#job.queue;
    if (queue !== own)
      throw refusal('follow.options.unique', `can be had in ${own} alone, the queue of the job itself`);
    if (onConflict === 'reject')
      throw refusal(
        'follow.options.unique.onConflict',
        'must be return or replace: nobody is there to be told',
      );
  }

  #requireReach(queue: string): void {
    if (this.#job.reaches(queue)) return;
    const own = this.#job.queue;
    throw refusal('follow.queue', `must be ${own}, that of the job itself, in a Redis Cluster, not ${queue}`);
  }
}
