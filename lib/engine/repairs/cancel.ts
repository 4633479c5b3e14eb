import type { JobState } from '../keys.ts';
import { runScript } from '../scripts.ts';
import { archiveJob, type EndNote, type WithdrawDeps } from './withdraw.ts';

/** What a cancel did: in which state the job was, a running one being told to stop; or why it did nothing. */
export type CancelResult =
  | { done: true; was: 'waiting' | 'delayed' | 'active' }
  | { done: false; state: JobState | null };

/** How often a job is looked at again that moved on while it was being cancelled. */
const TRIES = 5;

/**
 * Cancels a job. One that waits or is delayed ends at once, with the outcome `cancelled`. The worker of a running one
 * is told, wherever it is: the signal of its handler aborts, and however the handler ends, so does the job.
 */
export async function cancelJob(
  deps: WithdrawDeps,
  id: string,
  note: Omit<EndNote, 'as'>,
): Promise<CancelResult> {
  let state: JobState | null = null;
  for (let tried = 0; tried < TRIES; tried++) {
    const ended = await archiveJob(deps, id, { ...note, as: 'cancelled' });
    if (ended.done) return { done: true, was: ended.was };
    ({ state } = ended);
    if (state !== 'active') return { done: false, state };
    if (await noteRunning(deps, id, note.reason)) return { done: true, was: 'active' };
  }
  return { done: false, state };
}

function noteRunning({ client, keys }: WithdrawDeps, id: string, reason = ''): Promise<boolean> {
  return runScript(client, { script: 'cancel', queue: keys, args: { id, reason } });
}
