import type { ActiveJob } from './active-job.ts';
import type { Lane } from './lane.ts';

/** A job that was taken and has not begun. */
export interface ReadyJob {
  lane: Lane;
  job: ActiveJob;
}
