import type { JobState, QueueKeys } from '../keys.ts';
import type { LimitsNote } from '../limits/limits.ts';
import type { PauseNote } from '../record/pause-note.ts';
import type { Schedule } from '../schedules/schedule.ts';
import type { RedisClient } from '../scripts.ts';

/** What goes from one queue to another. */
export type Moved = MovedJob | MovedMember | MovedSchedule | MovedLimits;

/** A job on its way, with its record to the letter. */
export interface MovedJob {
  kind: 'job';
  id: string;
  state: JobState;
  /** When it is due, of a delayed one, or when it failed for good (epoch ms); else null. */
  at: number | null;
  /** Its record as it was stored. */
  record: string;
  /** The signals that it was given, and which it waits for, as they were stored; absent where there are none. */
  signals?: string;
}

/** A job on its way that waits in a group. */
export interface MovedMember {
  kind: 'member';
  id: string;
  group: string;
  /** What is said of the group, as it is stored: its times, its size and the options of its carriers. */
  rule: string;
  /** From when on it counts as joined, epoch ms. */
  at: number;
  record: string;
}

/** A schedule on its way. */
export interface MovedSchedule {
  kind: 'schedule';
  schedule: Schedule;
  paused: PauseNote | null;
  /** How often it has fired of its limit; absent without one. */
  fired?: number;
}

/** The limits of a queue on their way. */
export interface MovedLimits {
  kind: 'limits';
  note: LimitsNote;
}

/** The queue that something comes to. */
export interface RestoreDeps {
  client: RedisClient;
  keys: QueueKeys;
}
