import type { JobState } from '../keys.ts';

/** A job on its way from one queue to another, with its record to the letter. */
export interface MovedJob {
  id: string;
  state: JobState;
  /** When it is due, of a delayed one, or when it failed for good (epoch ms); else null. */
  at: number | null;
  /** Its record as it was stored. */
  record: string;
}
