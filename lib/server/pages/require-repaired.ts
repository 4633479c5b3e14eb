import { ApiaryError } from '../../errors.ts';
import type { JobState } from '../../inspector/inspector.ts';
import { jobAddress } from './addresses.ts';

/** Which job somebody wanted to change, and the word for having done it. */
export interface RepairOrder {
  queue: string;
  id: string;
  verb: 'retried' | 'promoted' | 'cancelled' | 'archived' | 'removed' | 'updated';
}

/** Throws, when a change to a job was not made, JOB_NOT_FOUND or JOB_STATE_FORBIDS in words for who pressed a button. */
export function requireRepaired(
  result: { done: true } | { done: false; state: JobState | null },
  { queue, id, verb }: RepairOrder,
): void {
  if (result.done) return;
  const { state } = result;
  if (state === null) throw new ApiaryError('JOB_NOT_FOUND', `queue ${queue} has no job ${id}`);
  // Its handler would not be stopped by removing it, and nobody would see any more that it runs.
  const isRunning = verb === 'removed' && state === 'active';
  const advice = isRunning ? `; cancel it on its page, ${jobAddress(queue, id)}` : '';
  throw new ApiaryError('JOB_STATE_FORBIDS', `job ${id} is ${state}, so it was not ${verb}${advice}`);
}
