import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { LaneHooks } from '../engine/pump/lane-hooks.ts';
import type { QueueCore } from '../engine/queue/queue-core.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import { keepTimes } from '../engine/times/keep-times.ts';
import type { TimedEnd } from '../engine/times/time-buckets.ts';
import { TimeTally } from '../engine/times/time-tally.ts';
import { ageMsOf, waitedMsOf } from './facts.ts';

/** What an outcome is timed as; what was put off or cut off says nothing of how long the job takes. */
const TIMED_AS: Readonly<Record<Outcome['kind'], TimedEnd | null>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  retry: 'retried',
  snoozed: null,
  interrupted: null,
};

/** Counts how long the jobs of a worker take, in memory, until that is kept in Redis. */
export class JobTimes {
  readonly #version: string | null;
  readonly #tallies = new Map<string, TimeTally>();

  /** `version` is that of the program, by which it is counted how jobs end. */
  constructor(version: string | null = null) {
    this.#version = version;
  }

  /** The same hooks, and each end that is told to them is counted here. */
  over(hooks: LaneHooks): LaneHooks {
    return {
      settled: (job, outcome, durationMs) => {
        hooks.settled(job, outcome, durationMs);
        const as = TIMED_AS[outcome.kind];
        if (as !== null) this.#count(job, as, durationMs);
      },
      fenced: (job) => hooks.fenced(job),
      recovered: (queue, recovered) => hooks.recovered(queue, recovered),
      troubled: (queue, duty, error) => hooks.troubled(queue, duty, error),
    };
  }

  /** Keeps what was counted of a queue since the last time; asks Redis nothing where that is nothing. */
  async keep({ name, client, keys }: Pick<QueueCore, 'name' | 'client' | 'keys'>): Promise<void> {
    const tally = this.#tallies.get(name);
    if (tally) await keepTimes({ client, keys }, tally, this.#version);
  }

  #count(job: ActiveJob, as: TimedEnd, durationMs: number): void {
    const { startedAt } = job;
    const endedAt = startedAt + durationMs;
    const totalMs = as === 'retried' ? null : ageMsOf(job.record, endedAt);
    const attempt = { id: job.id, as, waitedMs: waitedMsOf(job, startedAt), durationMs, totalMs, endedAt };
    this.#tallyOf(job.queue).note(job.type, attempt);
  }

  #tallyOf(queue: string): TimeTally {
    const known = this.#tallies.get(queue);
    if (known) return known;
    const tally = new TimeTally();
    this.#tallies.set(queue, tally);
    return tally;
  }
}
