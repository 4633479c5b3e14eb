import { queueKeys } from '../engine/keys.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { Store } from '../engine/store/store.ts';
import type { Keyring } from '../keyring.ts';
import { isLabel, requireName } from '../names.ts';
import { Recent } from '../recent.ts';

/** How many queues are kept in mind, as callers may name any. */
const MOST_STORES = 1_000;

/** What stores jobs in the queues of one Redis; those that were added to last are kept in mind. */
export class JobStores {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #keyring: Keyring | null;
  readonly #known = new Recent<string, Store>(MOST_STORES);

  constructor(client: RedisClient, prefix: string, keyring: Keyring | null = null) {
    this.#keyring = keyring;
    this.#client = client;
    this.#prefix = prefix;
  }

  /** That of a queue. Throws JOB_INVALID for what cannot be the name of one. */
  of(queue: string): Store {
    const known = this.#known.get(queue);
    if (known) return known;
    // Another than ours is one that a stock bee-queue has made; whoever hands it over has looked.
    if (!isLabel(queue)) requireName('queue', queue);
    const keys = queueKeys(this.#prefix, queue, this.#client.isCluster, this.#keyring);
    const store = new Store(this.#client, keys);
    this.#known.set(queue, store);
    return store;
  }

  /** The queues that were added to last, the last first, at most `most`. */
  newestQueues(most: number): string[] {
    return this.#known.newestKeys(most);
  }
}
