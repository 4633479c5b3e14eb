import { systemClock } from '../../clock.ts';
import { type MonitorRole, type QueueRights, rightsOn } from '../../monitor-rights.ts';
import type { HostBeside } from '../arena/hosts-beside.ts';
import { chooseQueues } from '../chosen-queues.ts';
import { seenNames } from '../narrow/narrowed-inspector.ts';
import { sourceBase } from '../pages/source-address.ts';
import { toProblem } from '../problem.ts';
import type { QueueNames } from '../queue-names.ts';
import { withinLimit } from '../time-limit.ts';
import type { MonitorSource } from './monitor-source.ts';
import { requireReached } from './reach-source.ts';

/** The servers that Arena lists queues of. */
export interface HostsDeps {
  /** The name of our own, and its queues. */
  host: string;
  queues: QueueNames;
  sources: readonly MonitorSource[];
}

/** So many queues of each other server are on Arena's list, which says how many more there are. */
const MOST_BESIDE = 100;
/** So long Arena's list waits for another server. */
const LIMIT_MS = 2_000;

/** All servers but one that are seen in a role, with the queues that are; one that is slow or away harms none. */
export async function hostsBeside(
  { host, queues, sources }: HostsDeps,
  role: MonitorRole,
  but: string,
): Promise<HostBeside[]> {
  if (sources.length === 0) return [];
  const own = { host, base: '', names: queues };
  const others = sources.map((source) => ({
    host: source.name,
    base: sourceBase(source.name),
    names: async () => {
      await requireReached(source);
      return source.parts().inspector.census.names();
    },
  }));
  const asked = [own, ...others].flatMap((one) => {
    const rights = rightsOn(role, one.host);
    return one.host === but || rights.sees.length === 0 ? [] : [listed(one, rights)];
  });
  return Promise.all(asked);
}

async function listed(
  { host, base, names }: { host: string; base: string; names: QueueNames },
  rights: QueueRights,
): Promise<HostBeside> {
  const limit = { clock: systemClock, limitMs: LIMIT_MS, what: 'listing its queues' };
  try {
    const all = await withinLimit(limit, seenNames(rights, names));
    const { names: chosen, leftOut: more } = chooseQueues(all, [], MOST_BESIDE);
    return { host, base, names: chosen, more, trouble: null };
  } catch (error) {
    // In the words of an answer, which has no address in it.
    return { host, base, names: [], more: 0, trouble: toProblem(error).detail };
  }
}
