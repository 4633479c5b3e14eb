import type { ActiveJob } from './active-job.ts';
import type { Recovered } from './session.ts';
import type { Outcome } from './settlement.ts';

/** What a lane tells of its jobs, each after Redis has it. None of these may throw. */
export interface LaneHooks {
  /** An attempt ended and its outcome is stored. */
  settled(job: ActiveJob, outcome: Outcome, durationMs: number): void;
  /** An attempt ended after its claim was gone; nothing was changed. */
  fenced(job: ActiveJob): void;
  /** Jobs of dead workers went back to waiting. */
  recovered(queue: string, recovered: Recovered): void;
  /** Redis refused or could not be reached; the lane goes on trying. */
  troubled(queue: string, duty: string, error: unknown): void;
}
