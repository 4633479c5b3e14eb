import { systemClock } from '../../clock.ts';
import { overMany } from '../../over-many.ts';
import { queueKeys } from '../keys.ts';
import { type FlowsDeps, readHead, readSteps } from '../links/flows.ts';
import { carryOf } from '../links/hand-over.ts';
import { retryOf, rewriteJob } from '../store/rewrite.ts';

/** How many jobs are retried at once. */
const AT_ONCE = 16;

/**
 * Offers the failed steps of a workflow again, each as a job of its own; resolves with the names of those that were
 * still there as failed, null when there is no such workflow. What was skipped because of them waits for its turn
 * again.
 */
export async function retryFlow(
  deps: FlowsDeps,
  { queue, id }: { queue: string; id: string },
): Promise<string[] | null> {
  const { client, prefix } = deps;
  const found = await readHead(deps, queue, id);
  if (!found) return null;
  const failed = (await readSteps(deps, queue, id, found.head)).filter(({ state }) => state === 'f');
  const retry = async (step: (typeof failed)[number]): Promise<boolean> => {
    const keys = queueKeys(prefix, step.queue, client.isCluster);
    return (await rewriteJob({ client, keys }, step.id, retryOf(0))).done;
  };
  const ends = await overMany(failed, retry, { clock: systemClock, atOnce: AT_ONCE });
  const [first] = ends.failed;
  if (first) throw first[1];
  await carryOf(deps, failed);
  return ends.done.flatMap(([step, wasDone]) => (wasDone ? [step.plan.name] : []));
}
