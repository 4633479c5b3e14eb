import { type Deletion, deleteQueue, destroyQueue } from '../engine/repairs/delete-queue.ts';
import { ApiaryError } from '../errors.ts';
import { requireObject } from '../require-given.ts';
import type { Room } from './room.ts';

/** What of a queue may go that is deleted. */
export interface DeletionOptions {
  /** Whether the jobs that it holds go too; default false. */
  force?: boolean | undefined;
  /** With `force`, whether those go too that run: their handlers are told to stop, and their ends change nothing. */
  running?: boolean | undefined;
}

/** Deletes a queue; false when there was none. Throws JOB_STATE_FORBIDS that says why it was not deleted. */
export async function deleteByName(room: Room, name: string, options: DeletionOptions): Promise<boolean> {
  const { force = false, running = false } = requireObject('deleteQueue', 'force and running', options);
  if (force && running) return (await destroyQueue(room)) > 0;
  return requireDeleted(name, await deleteQueue(room, { force }));
}

function requireDeleted(name: string, deletion: Deletion): boolean {
  if (deletion.kind === 'deleted') return deletion.keys > 0;
  const { kind, jobs } = deletion;
  const why =
    kind === 'active'
      ? `${jobs} of its jobs are active; let them end, or remove them too by force and running`
      : `it holds ${jobs} jobs, and force was not set`;
  throw new ApiaryError('JOB_STATE_FORBIDS', `queue ${name} was not deleted: ${why}`);
}
