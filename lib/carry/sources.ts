import { findQueueNames } from '../engine/discovery/discovery.ts';
import { toLiteral } from '../engine/discovery/key-patterns.ts';
import { queueKeys } from '../engine/keys.ts';
import type { RedisClient } from '../redis/connect.ts';
import { walkBeeQueue } from './bee-queue.ts';
import { bullKeys } from './bull-keys.ts';
import { walkBullQueue } from './bull-queue.ts';
import type { Finding } from './finding.ts';
import type { CarryRules, SourceName } from './rules.ts';

/** A library whose queues can be carried over. */
interface Source {
  /** Whether there is a queue of this name. */
  has(client: RedisClient, prefix: string, queue: string): Promise<boolean>;
  /** Names its queues; it looks through the whole key space of Redis, in small steps. */
  find(client: RedisClient, prefix: string): Promise<Set<string>>;
  /** Reads one of them, in steps between which Redis serves others; nothing of it is changed. */
  walk(rules: CarryRules): AsyncGenerator<Finding>;
}

const BULL: Source = {
  has: async (client, prefix, queue) => (await client.exists(bullKeys(prefix, queue).id)) === 1,
  find: findBullQueues,
  walk: walkBullQueue,
};

/** The libraries by their names. */
export const SOURCES: Readonly<Record<SourceName, Source>> = {
  bullmq: BULL,
  bull: BULL,
  'bee-queue': {
    has: async (client, prefix, queue) =>
      (await client.exists(queueKeys(prefix, queue, client.isCluster).jobs)) === 1,
    find: findQueueNames,
    walk: walkBeeQueue,
  },
};

const STEP = 1_000;
const END = ':id';

/** Each queue that ever had a job counts its ids; a job whose id ends likewise is of another type. */
async function findBullQueues(client: RedisClient, prefix: string): Promise<Set<string>> {
  const start = `${prefix}:`;
  const names = new Set<string>();
  const nodes = 'nodes' in client ? client.nodes('master') : [client];
  for (const node of nodes) {
    const match = `${toLiteral(start)}*${END}`;
    for await (const keys of node.scanStream({ match, count: STEP, type: 'string' })) {
      for (const key of keys)
        if (key.length > start.length + END.length) names.add(key.slice(start.length, -END.length));
    }
  }
  return names;
}
