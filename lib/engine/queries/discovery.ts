import { queueDiscovery, queueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';

/** Finds the names of all queues that hold jobs, or schedules, in no order; it looks through the whole key space of Redis. */
export async function findQueueNames(
  client: RedisClient,
  prefix: string,
  holding: 'jobs' | 'schedules' = 'jobs',
): Promise<Set<string>> {
  const { pattern, nameOf } = queueDiscovery(prefix, holding);
  const names = new Set<string>();
  const nodes = 'nodes' in client ? client.nodes('master') : [client];
  for (const node of nodes) {
    for await (const keys of node.scanStream({ match: pattern, count: 1_000, type: 'hash' })) {
      for (const key of keys as string[]) {
        const name = nameOf(key);
        if (name !== null) names.add(name);
      }
    }
  }
  return names;
}

/** Finds the names of all queues for many who ask at a time: those who ask while a search is under way share the next. */
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

/** Tells in which of these queues there is a job with that id: ids count per queue. */
export async function queuesWithJob(
  client: RedisClient,
  { prefix, queues, id }: { prefix: string; queues: readonly string[]; id: string },
): Promise<string[]> {
  const jobsOf = (queue: string): string => queueKeys(prefix, queue, client.isCluster).jobs;
  const has = await Promise.all(queues.map((queue) => client.hexists(jobsOf(queue), id)));
  return queues.filter((_queue, at) => has[at] === 1);
}
