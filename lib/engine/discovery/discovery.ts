import { systemClock } from '../../clock.ts';
import { overMany } from '../../over-many.ts';
import { toUnavailable } from '../../redis/unavailable.ts';
import { queueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';
import { leftoverDiscovery, queueDiscovery } from './key-patterns.ts';

/** How many queues are asked in one go, with one cheap command each. */
const AT_ONCE = 64;

/**
 * Finds the names of all queues that hold jobs, have schedules, or are paused or limited, in no order; it looks
 * through the whole key space of Redis.
 */
export async function findQueueNames(client: RedisClient, prefix: string): Promise<Set<string>> {
  const { pattern, read } = queueDiscovery(prefix);
  const names = new Set<string>();
  const settled = new Set<string>();
  const nodes = 'nodes' in client ? client.nodes('master') : [client];
  for (const node of nodes) {
    for await (const keys of node.scanStream({ match: pattern, count: 1_000 })) {
      for (const key of keys) {
        const found = read(key);
        if (found) (found.key === 'meta' ? settled : names).add(found.queue);
      }
    }
  }
  const unsure = [...settled].filter((name) => !names.has(name));
  for (const name of await whichAreHeldBack(client, prefix, unsure)) names.add(name);
  return names;
}

/**
 * Finds the names of queues of which something is left that has to do with jobs, also where none of these are there any
 * more; likewise.
 */
export async function findLeftQueues(client: RedisClient, prefix: string): Promise<Set<string>> {
  const { pattern, read } = leftoverDiscovery(prefix);
  const names = new Set<string>();
  const nodes = 'nodes' in client ? client.nodes('master') : [client];
  for (const node of nodes)
    for await (const keys of node.scanStream({ match: pattern, count: 1_000 }))
      for (const key of keys) {
        const found = read(key);
        if (found) names.add(found.queue);
      }
  return names;
}

/** Of queues that have settings and nothing else, those whose settings say something: of others it is a trace. */
async function whichAreHeldBack(
  client: RedisClient,
  prefix: string,
  names: readonly string[],
): Promise<string[]> {
  const visit = async (name: string): Promise<boolean> => {
    const { meta } = queueKeys(prefix, name, client.isCluster);
    const settings = await client.hmget(meta, 'paused', 'limits', 'maxWaiting');
    const [paused = null, limits = null, maxWaiting] = settings;
    return (
      paused !== null || Boolean(maxWaiting) || (limits !== null && !limits.startsWith('{"limits":null'))
    );
  };
  const { done, failed } = await overMany(names, visit, { clock: systemClock, atOnce: AT_ONCE, isFatal });
  // One that cannot be read is there, and to be seen.
  return [...done.filter(([, isHeld]) => isHeld), ...failed].map(([name]) => name);
}

/**
 * Finds the names of all queues for many who ask at a time: those who ask while a search is under way share the next.
 */
export class SharedDiscovery {
  readonly #find: () => Promise<ReadonlySet<string>>;
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<ReadonlySet<string>> | null = null;

  constructor(client: RedisClient, prefix: string) {
    this.#find = () => findQueueNames(client, prefix);
  }

  /** Every queue that held a job when this was called is among them; rejects when Redis cannot be asked. */
  queueNames(): Promise<ReadonlySet<string>> {
    if (this.#next) return this.#next;
    // The search under way may have passed the place of a queue that is new.
    const begin = (): Promise<ReadonlySet<string>> => {
      this.#next = null;
      return this.#find();
    };
    const next = this.#current.then(begin, begin);
    this.#next = next;
    this.#current = next;
    return next;
  }
}

/**
 * Tells in which of these queues there is a job with that id: ids count per queue. One that cannot be read has none.
 */
export async function queuesWithJob(
  client: RedisClient,
  { prefix, queues, id }: { prefix: string; queues: readonly string[]; id: string },
): Promise<string[]> {
  const jobsOf = (queue: string): string => queueKeys(prefix, queue, client.isCluster).jobs;
  const visit = (queue: string): Promise<number> => client.hexists(jobsOf(queue), id);
  const { done } = await overMany(queues, visit, { clock: systemClock, atOnce: AT_ONCE, isFatal });
  return done.filter(([, has]) => has === 1).map(([queue]) => queue);
}

function isFatal(error: unknown): boolean {
  return toUnavailable(error) !== null;
}
