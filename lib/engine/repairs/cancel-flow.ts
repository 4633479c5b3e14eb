import { systemClock } from '../../clock.ts';
import { overMany } from '../../over-many.ts';
import { queueKeys } from '../keys.ts';
import { type FlowsDeps, readHead, readSteps } from '../links/flows.ts';
import { carryAll, carryOf } from '../links/hand-over.ts';
import { runScript } from '../scripts.ts';
import { cancelJob } from './cancel.ts';
import type { EndNote } from './withdraw.ts';

/** How many jobs are cancelled at once. */
const AT_ONCE = 16;

/**
 * Cancels a workflow: none of its steps starts any more, and the jobs of those that have started and not ended are
 * cancelled. Resolves with how many of those there were; null when there is no such workflow, or not all of it is
 * stored. Done again, it goes on where the last one stopped.
 */
export async function cancelFlow(
  deps: FlowsDeps,
  { queue, id }: { queue: string; id: string },
  note: Omit<EndNote, 'as'>,
): Promise<number | null> {
  const { client, prefix } = deps;
  const keys = queueKeys(prefix, queue, client.isCluster);
  const call = { script: 'cancel-flow', queue: keys, keys: { flow: keys.flow(id) } } as const;
  const [isThere, ...started] = await runScript(client, call);
  if (!isThere) return null;
  // A job that has not come to its queue could not be cancelled there.
  await carryAll({ client, keys });
  const found = await readHead(deps, queue, id);
  const steps = found ? await readSteps(deps, queue, id, found.head) : [];
  const open = steps.filter(({ at }) => started.includes(at));
  const cancel = async (step: (typeof open)[number]): Promise<boolean> => {
    const own = queueKeys(prefix, step.queue, client.isCluster);
    return (await cancelJob({ client, keys: own }, step.id, note)).done;
  };
  const { done, failed } = await overMany(open, cancel, { clock: systemClock, atOnce: AT_ONCE });
  const [first] = failed;
  if (first) throw first[1];
  await carryOf(deps, open);
  return done.filter(([, wasCancelled]) => wasCancelled).length;
}
