import type { Clock } from '../../clock.ts';
import type { Outcome } from '../record/settlement.ts';
import type { Recovered, Session } from '../session/session.ts';
import type { ActiveJob } from './active-job.ts';
import type { Suspects } from './suspects.ts';
import type { Waiter } from './waiter.ts';

/** What a lane works with. */
export interface LaneDeps {
  /** What its jobs say that they are of; each shard of a queue says that queue. */
  queue: string;
  weight: number;
  /** `host:pid` of this process, stored with each attempt. */
  worker: string;
  /** The version of the program, stored with each attempt that fails; undefined for none. */
  version?: string | undefined;
  session: Session;
  waiter: Waiter;
  clock: Clock;
  hooks: LaneHooks;
  /** Those that share the turn to run a suspect, as they share a process. */
  suspects: Suspects;
  /** How many jobs the worker runs at a time, over all lanes. */
  concurrency: number;
  /** Since when the worker has run nothing (ms of the clock's growing time), or null while it runs something. */
  idleSince: () => number | null;
  /** Called whenever the lane has something to do again. */
  wake: () => void;
  /** Given what a wait brought; resolves when it is dealt with. */
  brought: (jobs: readonly ActiveJob[]) => Promise<void>;
}

/** What a lane tells of its jobs, each after Redis has it. None of these may throw. */
export interface LaneHooks {
  /** An attempt ended and its outcome is stored. */
  settled(job: ActiveJob, outcome: Outcome, durationMs: number): void;
  /** An attempt ended after its claim was gone; nothing was changed. */
  fenced(job: ActiveJob): void;
  /** A look for dead workers has ended; what it found may be nothing. */
  recovered(queue: string, recovered: Recovered): void;
  /** Redis refused or could not be reached; the lane goes on trying. */
  troubled(queue: string, duty: string, error: unknown): void;
}
