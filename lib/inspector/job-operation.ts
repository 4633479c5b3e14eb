import type { JobState } from '../engine/keys.ts';
import type { JobOutcome } from '../engine/record/record.ts';
import type { BulkResult, Inspector } from './inspector.ts';
import type { JobTarget, ManyTarget } from './operation-targets.ts';

/**
 * What a change came to: in which state the job was, where that is known, and the job that was added for it; or the
 * state in which it was left alone.
 */
type Changed =
  | { done: true; was?: JobState; added?: string; created?: boolean }
  | { done: false; state: JobState | null };

/**
 * What was done to a job: in which state it was, where that is known; which job was added for it; whether what it was
 * given is new.
 */
export interface Did {
  was: JobState | undefined;
  added: string | undefined;
  created: boolean | undefined;
}

/** All that there is to know of one operation on a job. One that lacks a part does not compile. */
export interface JobOperation {
  /** Its name in the audit stream. */
  readonly action: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** The states of the jobs that it is for; in others it does nothing. */
  readonly states: readonly JobState[];
  /** The word for having done it. */
  readonly done: string;
  /** Says what it did to a job: where known, in which state it was, which was added, to which queue it went. */
  told(id: string, was: JobState | undefined, added?: string, to?: string): string;
  /** The outcome of jobs that it has ended: who asks once more is told that it was done. */
  readonly leaves?: JobOutcome;
  /** What to do instead with a job that runs; default nothing. */
  readonly ifActive?: 'cancel';
  /** What is answered to a program beside the id of the job. */
  answer(did: Did, target: JobTarget): object;
  run(inspector: Inspector, target: JobTarget): Promise<Changed>;
  /** Does it to all jobs of one of `states`, and of no other, that pass a filter; default: there is no such call. */
  onAll?(inspector: Pick<Inspector, 'bulk'>, target: ManyTarget): Promise<BulkResult>;
}
