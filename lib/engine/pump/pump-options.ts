import type { Clock } from '../../clock.ts';
import type { Outcome } from '../record/settlement.ts';
import type { ActiveJob } from './active-job.ts';
import type { Lane } from './lane.ts';
import type { Blocked } from './loop-watch.ts';

/** What a pump works with. */
export interface PumpDeps {
  /** Those of the beginning. */
  lanes: readonly Lane[];
  clock: Clock;
  /** Runs one job. It should neither throw nor reject; if it does, the attempt has failed by that error. */
  run: (job: ActiveJob) => Outcome | Promise<Outcome>;
  /** Told when a duty beside the jobs failed; the duty goes on. */
  onTrouble: (duty: string, error: unknown) => void;
  /** Told when the event loop stood still for so long that the leases were near their end; default: nobody watches. */
  onBlocked?: (blocked: Blocked) => void;
}

/** How a pump runs. */
export interface PumpOptions {
  /** Jobs in flight at most, over all lanes. */
  concurrency: number;
  /** Serve the lanes in their order instead of by weight. */
  strict: boolean;
  /** How long a silent worker keeps its jobs. */
  leaseMs: number;
  /** How many deaths of its workers fail a job. */
  lossLimit: number;
  /** How long a job may stay in `active` without anybody claiming it. A beat comes every third of the shorter. */
  orphanIntervalMs: number;
}
