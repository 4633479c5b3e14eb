import { queueKeys } from '../engine/keys.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { ANYWHERE, type Anew } from '../engine/store/route.ts';
import { Store } from '../engine/store/store.ts';
import type { Keyring } from '../keyring.ts';
import { isLabel, requireName } from '../names.ts';
import { Recent } from '../recent.ts';
import type { JobStore } from '../shards/job-store.ts';
import { parseTold, readField } from '../shards/shard-field.ts';
import { type ShardRecord, shardsWithJobs } from '../shards/shard-record.ts';
import { ShardedStore } from '../shards/sharded-store.ts';
import type { LinkingDeps } from './planned-job.ts';
import { lookForShards } from './unkeyed.ts';

/** How many queues are kept in mind, as callers may name any. */
const MOST_STORES = 1_000;
/** Of how many jobs it is noted in which shard they are. */
const MOST_PLACES = 10_000;

/**
 * What stores jobs in the queues of one Redis; those that were added to last are kept in mind. Of each queue it is
 * taken that it has no shards, until the queue itself says otherwise.
 */
export class JobStores {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #keyring: Keyring | null;
  readonly #known = new Recent<string, Store | ShardedStore>(MOST_STORES);
  readonly #places = new Recent<string, readonly string[]>(MOST_PLACES);
  readonly #notesPlaces: boolean;

  /** `notesPlaces` has it note in which shard each job is. */
  constructor(client: RedisClient, prefix: string, keyring: Keyring | null = null, notesPlaces = false) {
    this.#keyring = keyring;
    this.#notesPlaces = notesPlaces;
    this.#client = client;
    this.#prefix = prefix;
  }

  /** That of a queue, over all its shards. Throws JOB_INVALID for what cannot be the name of one. */
  of(queue: string): JobStore {
    return this.#of(queue);
  }

  /** Where jobs go that are tied to others: to the first shard, without a key. */
  readonly forLinked: Pick<LinkingDeps, 'storeOf' | 'lookForShards'> = {
    storeOf: (queue) => {
      const store = this.#of(queue);
      return store instanceof ShardedStore ? store.first : store;
    },
    lookForShards: (jobs) => lookForShards(this, jobs),
  };

  /** The shards of a queue as they are known here; null where it is not known to have any. */
  known(queue: string): ShardRecord | null {
    const store = this.#known.get(queue);
    return store instanceof ShardedStore ? store.record : null;
  }

  /**
   * The names of the shards that have a job that was added here just now: mostly one. Where that is not known any more,
   * as of the first of very many, all.
   */
  placesOf({ queue, id }: { queue: string; id: string }): readonly string[] {
    const record = this.known(queue);
    if (!record) return [queue];
    const places = this.#places.get(nameOf(queue, id));
    if (places) return places;
    // Only what is stored in the first shard by its name is not noted.
    return this.#places.size < MOST_PLACES ? [queue] : shardsWithJobs(queue, record);
  }

  /** The shards of a queue as it tells them now; null where it has none. */
  async ask(queue: string): Promise<ShardRecord | null> {
    const record = await readField({ client: this.#client, prefix: this.#prefix }, queue);
    return record && record.ever > 1 ? record : null;
  }

  /** The queues that were added to last, the last first, at most `most`. */
  newestQueues(most: number): string[] {
    return this.#known.newestKeys(most);
  }

  #of(queue: string): Store | ShardedStore {
    const known = this.#known.get(queue);
    if (known) return known;
    // Another than ours is one that a stock bee-queue has made; whoever hands it over has looked.
    if (!isLabel(queue)) requireName('queue', queue);
    const store = this.#open(queue, '', this.#anew(queue, -1));
    this.#known.set(queue, store);
    return store;
  }

  #open(shard: string, mark: string, anew: Anew | null, isThere?: (id: string) => void): Store {
    const keys = queueKeys(this.#prefix, shard, this.#client.isCluster, this.#keyring);
    return new Store(this.#client, keys, undefined, { mark, anew, ...(isThere && { isThere }) });
  }

  #notePlace(queue: string, shard: string, id: string): void {
    const name = nameOf(queue, id);
    const known = this.#places.get(name) ?? [];
    if (!known.includes(shard)) this.#places.set(name, [...known, shard]);
  }

  /** For who knows of a change, -1 for none, and goes to a shard by that or an earlier one. */
  #anew(queue: string, change: number, goesBy = change): Anew {
    return {
      isPast: () => (this.known(queue)?.change ?? -1) > change,
      jobs: (told, jobs) => this.#learnt(queue, told, goesBy).saveNow(jobs, 'again'),
      unique: (told, job, unique) => this.#learnt(queue, told, goesBy).saveUniqueNow(job, unique, 'again'),
    };
  }

  /** What stores by more than that change; where nothing better is to be known, the queue itself. */
  #learnt(queue: string, text: string, change: number): Pick<Store, 'saveNow' | 'saveUniqueNow'> {
    const told = parseTold(text);
    const known = this.#known.get(queue);
    const knownChange = known instanceof ShardedStore ? known.record.change : -1;
    if (told && told.change > Math.max(change, knownChange)) {
      const store = this.#sharded(queue, told);
      this.#known.set(queue, store);
      return store;
    }
    const isBetter = known instanceof ShardedStore && knownChange > change;
    return isBetter ? known : this.#open(queue, ANYWHERE, null);
  }

  #sharded(queue: string, record: ShardRecord): ShardedStore {
    const place = { client: this.#client, prefix: this.#prefix };
    const storeOf = (shard: string, mark: string): Store => {
      const anew = mark === ANYWHERE ? null : this.#anew(queue, record.change, Number(mark));
      const note = (id: string): void => this.#notePlace(queue, shard, id);
      return this.#open(shard, mark, anew, this.#notesPlaces ? note : undefined);
    };
    return new ShardedStore({ ...place, queue, record, storeOf });
  }
}

/** No name of a queue has a space. */
function nameOf(queue: string, id: string): string {
  return `${queue} ${id}`;
}
