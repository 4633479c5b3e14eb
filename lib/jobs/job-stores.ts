import { systemClock } from '../clock.ts';
import { queueKeys } from '../engine/keys.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { Store } from '../engine/store/store.ts';
import { tell } from '../engine/tell-callers.ts';
import type { Keyring } from '../keyring.ts';
import { isLabel, requireName } from '../names.ts';
import { Recent } from '../recent.ts';
import { AwaitedStore } from '../shards/awaited-store.ts';
import type { JobStore } from '../shards/job-store.ts';
import { OLDEST_RECORD_MS, ShardBook } from '../shards/shard-book.ts';
import type { ShardRecord } from '../shards/shard-record.ts';
import { ShardedStore } from '../shards/sharded-store.ts';
import type { LinkingDeps } from './planned-job.ts';
import { requireUnkeyed } from './unkeyed.ts';

/** How many queues are kept in mind, as callers may name any. */
const MOST_STORES = 1_000;

/** What stores jobs in the queues of one Redis; those that were added to last are kept in mind. */
export class JobStores {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #keyring: Keyring | null;
  readonly #known = new Recent<string, Store>(MOST_STORES);
  /** Which queues have shards. It is asked once and then every few seconds, while there are adds. */
  readonly book: ShardBook;
  #routed = new Recent<string, JobStore>(MOST_STORES);
  #isForgetting = false;

  constructor(client: RedisClient, prefix: string, keyring: Keyring | null = null) {
    this.#keyring = keyring;
    this.#client = client;
    this.#prefix = prefix;
    this.book = new ShardBook({ client, prefix, clock: systemClock, freshMs: OLDEST_RECORD_MS });
  }

  /** That of a queue, over all its shards. Throws JOB_INVALID for what cannot be the name of one. */
  of(queue: string): JobStore {
    const known = this.#routed.get(queue);
    if (known) return known;
    const own = this.own(queue);
    const awaited = new AwaitedStore(async () => {
      const record = await this.book.of(queue);
      const store = record ? this.#sharded(queue, record) : own;
      this.#keep(queue, store);
      return store;
    });
    return awaited;
  }

  /** That of a queue under this very name: of one with shards the first. Throws as `of`. */
  own(queue: string): Store {
    const known = this.#known.get(queue);
    if (known) return known;
    // Another than ours is one that a stock bee-queue has made; whoever hands it over has looked.
    if (!isLabel(queue)) requireName('queue', queue);
    const keys = queueKeys(this.#prefix, queue, this.#client.isCluster, this.#keyring);
    const store = new Store(this.#client, keys);
    this.#known.set(queue, store);
    return store;
  }

  /** Where jobs go that are tied to others: to the first shard, without a key. */
  readonly forLinked: Pick<LinkingDeps, 'storeOf' | 'requireUnkeyed'> = {
    storeOf: (queue) => this.own(queue),
    requireUnkeyed: (jobs) => requireUnkeyed(this.book, jobs),
  };

  /** The queues that were added to last, the last first, at most `most`. */
  newestQueues(most: number): string[] {
    return this.#known.newestKeys(most);
  }

  #sharded(queue: string, record: ShardRecord): ShardedStore {
    const has = async (shard: string, what: { id: string } | { unique: string }): Promise<boolean> => {
      const keys = queueKeys(this.#prefix, shard, this.#client.isCluster);
      const found =
        'id' in what ? this.#client.hexists(keys.jobs, what.id) : this.#client.exists(keys.lock(what.unique));
      return (await tell(this.#client, found)) === 1;
    };
    return new ShardedStore({ queue, record, storeOf: (shard) => this.own(shard), has });
  }

  /** For as long as the record is good: adds then ask nobody. */
  #keep(queue: string, store: JobStore): void {
    this.#routed.set(queue, store);
    if (this.#isForgetting) return;
    this.#isForgetting = true;
    setTimeout(() => {
      this.#isForgetting = false;
      this.#routed = new Recent(MOST_STORES);
    }, OLDEST_RECORD_MS).unref();
  }
}
