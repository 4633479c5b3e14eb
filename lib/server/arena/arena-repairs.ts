import { ApiaryError } from '../../errors.ts';
import type { Inspector, RepairResult } from '../../inspector/inspector.ts';
import { type RepairOrder, requireRepaired } from '../pages/require-repaired.ts';

/** One kind of change to a job, and the word for having made it. */
export interface Repair {
  verb: RepairOrder['verb'];
  repair(queue: string, id: string): Promise<RepairResult>;
}

/** What is changed, and whether for one job or each of many. */
export type Repairs = Record<'retry' | 'promote' | 'remove', Repair>;

/** The changes that Arena has buttons for, for one job and for many. */
export function arenaRepairs(inspector: Inspector): Repairs {
  return {
    retry: { verb: 'retried', repair: (queue, id) => inspector.retry(queue, id) },
    promote: { verb: 'promoted', repair: (queue, id) => inspector.promote(queue, id) },
    remove: { verb: 'removed', repair: (queue, id) => inspector.removeIdle(queue, id) },
  };
}

/** Changes one job. Throws JOB_NOT_FOUND or JOB_STATE_FORBIDS, which says why not. */
export async function repairOne({ verb, repair }: Repair, queue: string, id: string): Promise<void> {
  requireRepaired(await repair(queue, id), { queue, id, verb });
}

/** Changes each of many jobs that can be; resolves with how many. Throws JOB_STATE_FORBIDS that names all others. */
export async function repairAll(
  { verb, repair }: Repair,
  queue: string,
  ids: readonly string[],
): Promise<number> {
  const refused: string[] = [];
  for (const id of ids) {
    const result = await repair(queue, id);
    if (!result.done) refused.push(`${id} (${result.state ?? 'no such job'})`);
  }
  const count = ids.length - refused.length;
  if (refused.length === 0) return count;
  const message = `${count} of ${ids.length} jobs were ${verb}, but not ${refused.join(', ')}`;
  throw new ApiaryError('JOB_STATE_FORBIDS', message);
}
