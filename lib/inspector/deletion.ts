import type { Deletion } from '../engine/repairs/delete-queue.ts';
import { ApiaryError } from '../errors.ts';

/** Whether there was anything to delete. Throws JOB_STATE_FORBIDS that says why a queue was not deleted. */
export function requireDeleted(name: string, deletion: Deletion): boolean {
  if (deletion.kind === 'deleted') return deletion.keys > 0;
  const { kind, jobs } = deletion;
  const why =
    kind === 'active'
      ? `${jobs} of its jobs are active; let them end, or remove them first`
      : `it holds ${jobs} jobs, and force was not set`;
  throw new ApiaryError('JOB_STATE_FORBIDS', `queue ${name} was not deleted: ${why}`);
}
