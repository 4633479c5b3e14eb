import type { QueueKeys } from '../keys.ts';
import type { ScheduleStore } from '../schedules/schedule-store.ts';
import type { RedisClient } from '../scripts.ts';
import type { Store } from '../store/store.ts';
import type { ForgetStep } from './forget-report.ts';
import type { Traces } from './traces.ts';

/** What forgetting works with: a queue, whom, and how. */
export interface ForgetDeps {
  client: RedisClient;
  prefix: string;
  keys: QueueKeys;
  store: Store;
  schedules: ScheduleStore;
  traces: Traces;
  /** Whether jobs of theirs that run are removed as well. */
  running: boolean;
  /** Whether all is counted only. */
  dryRun: boolean;
}

/** Goes over a part of what a queue keeps, from a place on; resolves with the place behind it, '0' at the end. */
export type ForgetPart = (deps: ForgetDeps, at: string, step: ForgetStep) => Promise<string>;

/** About how many are looked at in one step. */
export const FORGET_STEP = 100;
