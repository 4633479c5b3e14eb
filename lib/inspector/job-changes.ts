import { LATEST_TIME_MS } from '../clock.ts';
import { LOWEST_PRIORITY } from '../engine/keys.ts';
import type { RepairResult } from '../engine/store/repair-result.ts';
import { requireWhole } from '../field-checks.ts';
import { requireObject } from '../require-given.ts';
import type { Room } from './room.ts';

/** What becomes of a job that is rescheduled; what is not named stays. */
export interface Rescheduling {
  /** When it starts, epoch ms. */
  runAt: number;
  data?: unknown;
  priority?: number | undefined;
}

/** Other data of a job; what is not named stays. */
export interface NewData {
  data?: unknown;
}

/** Has a waiting or delayed job start at another time. Throws JOB_INVALID for what is no time or no priority. */
export async function rescheduleJob(
  { store }: Room,
  id: string,
  change: Rescheduling,
): Promise<RepairResult> {
  const { runAt, priority, ...data } = requireObject('reschedule', 'runAt, data and priority', change);
  requireWhole('runAt', runAt, { least: 0, most: LATEST_TIME_MS });
  if (priority === undefined) return store.reschedule(id, { runAt, ...data });
  requirePriority(priority);
  return store.reschedule(id, { runAt, ...data, priority });
}

/** Gives a waiting or delayed job another priority. Throws JOB_INVALID for what is none. */
export async function setJobPriority(
  { store }: Room,
  id: string,
  { priority, change }: { priority: number; change: NewData },
): Promise<RepairResult> {
  requirePriority(priority);
  return store.setPriority(id, { priority, ...requireObject('setPriority', 'data', change) });
}

function requirePriority(priority: number): void {
  requireWhole('priority', priority, { least: 0, most: LOWEST_PRIORITY });
}
