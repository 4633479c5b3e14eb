import type { JobState } from '../engine/keys.ts';
import type { StoredLogLine } from '../engine/record/record.ts';
import type { JobFilter } from './inspector.ts';

/** Which job is to be changed, and for whom. */
export interface JobTarget {
  queue: string;
  id: string;
  by: string;
  /** The signal that it is given. */
  signal?: string;
  /** What `edit` and `reschedule` put in the place of its data, or the data of that signal. */
  data?: unknown;
  /** When `reschedule` has it start, epoch ms. */
  runAt?: number;
  /** What `setPriority` and `reschedule` make of its priority. */
  priority?: number;
  /** Why it is cancelled. */
  reason?: string | undefined;
  /** The queue that it is moved to. */
  to?: string | undefined;
  /** What `log` adds to its log, and how grave that is. */
  message?: string;
  level?: StoredLogLine['level'] | undefined;
  /** Where people see the job, for those who are sent there. */
  page?: string;
}

/** Which jobs of one state are to be changed, and for whom. */
export interface ManyTarget<State extends JobState = JobState> {
  queue: string;
  by: string;
  state: State;
  filter: JobFilter;
  /** Why they are cancelled. */
  reason?: string | undefined;
  /** The queue that they are moved to. */
  to?: string | undefined;
  /** How many are retried a minute; default all at once. */
  perMinute?: number | undefined;
}
