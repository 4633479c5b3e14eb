import { type Deletion, deleteQueue } from '../engine/repairs/delete-queue.ts';
import { ApiaryError } from '../errors.ts';
import { requireObject } from '../require-given.ts';
import type { Room } from './room.ts';

/** Deletes a queue; false when there was none. Throws JOB_STATE_FORBIDS that says why it was not deleted. */
export async function deleteByName(room: Room, name: string, options: { force?: boolean }): Promise<boolean> {
  const { force = false } = requireObject('deleteQueue', 'force', options);
  return requireDeleted(name, await deleteQueue(room, { force }));
}

function requireDeleted(name: string, deletion: Deletion): boolean {
  if (deletion.kind === 'deleted') return deletion.keys > 0;
  const { kind, jobs } = deletion;
  const why =
    kind === 'active'
      ? `${jobs} of its jobs are active; let them end, or remove them first`
      : `it holds ${jobs} jobs, and force was not set`;
  throw new ApiaryError('JOB_STATE_FORBIDS', `queue ${name} was not deleted: ${why}`);
}
