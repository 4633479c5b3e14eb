import type { NewJob } from '../engine/record/new-job.ts';
import { type Outbox, outboxOf } from '../engine/store/outbox.ts';
import { ANYWHERE, type Turn } from '../engine/store/route.ts';
import type { SaveAnswer } from '../engine/store/save-answer.ts';
import type { Store } from '../engine/store/store.ts';
import type { UniqueKey, UniqueSaved } from '../engine/unique/unique.ts';
import { Recent } from '../recent.ts';
import { placeOf, type Sought } from './earlier-place.ts';
import type { JobStore } from './job-store.ts';
import { placingOf } from './placing.ts';
import { MOST_SHARDS, shardName, shardOf } from './route.ts';
import type { ShardPlace } from './shard-field.ts';
import { placesOf, type ShardRecord } from './shard-record.ts';

/** What storing over shards works with. */
export interface ShardedStoreDeps extends ShardPlace {
  queue: string;
  record: ShardRecord;
  /** What stores in one shard, by its name, and goes there by a mark. */
  storeOf: (shard: string, mark: string) => Store;
}

interface Key {
  readonly key: string | null;
}

/** Each shard by its mark, and some by an earlier one. */
const MOST_STORES = 2 * MOST_SHARDS;

/** Jobs that one store takes, and their places among all. */
interface Part {
  jobs: NewJob[];
  places: number[];
}

/**
 * Stores the jobs of a queue with shards, each in the one where its key leads; without a key its unique key, and
 * without either its id. Groups, and jobs that are tied to others, are all in the first.
 */
export class ShardedStore implements JobStore {
  readonly #deps: ShardedStoreDeps;
  readonly #outbox: Outbox;
  readonly #stores = new Recent<string, Store>(MOST_STORES);
  /** What stores in the first shard, whatever shards there are. */
  readonly first: Store;

  constructor(deps: ShardedStoreDeps) {
    this.#deps = deps;
    this.#outbox = outboxOf(deps.client);
    this.first = deps.storeOf(deps.queue, ANYWHERE);
  }

  /** By what it goes. */
  get record(): ShardRecord {
    return this.#deps.record;
  }

  async saveOne<T>(job: NewJob, answer: (created: boolean) => T, { key }: Key): Promise<T> {
    const text = key ?? job.id;
    if (this.#isSure(job, text)) return this.#storeFor(text).saveOne(job, answer);
    const [saved = false] = await this.#outbox.hold(() => this.saveNow([job], 'held'));
    if (saved instanceof Error) throw saved;
    return answer(saved);
  }

  saveUnique(job: NewJob, unique: UniqueKey, { key }: Key): Promise<UniqueSaved> {
    const text = key ?? unique.key;
    if (!this.#hasMoved(text)) return this.#storeFor(text).saveUnique(job, unique);
    return this.#outbox.hold(() => this.saveUniqueNow(job, unique, 'held'));
  }

  async saveEach(jobs: Iterable<NewJob>, { key }: Key): Promise<SaveAnswer[]> {
    if (key !== null) return this.#storeFor(key).saveEach(jobs);
    const parts = new Map<Store, Part>();
    let place = 0;
    for (const job of jobs) put(parts, this.#storeFor(job.id), job, place++);
    return together(parts, (store, some) => store.saveEach(some));
  }

  saveGrouped(...given: Parameters<Store['saveGrouped']>): Promise<boolean[]> {
    return this.first.saveGrouped(...given);
  }

  /** Stores jobs of any kind, in their order in each shard, for who holds the line. */
  async saveNow(jobs: readonly NewJob[], turn: Turn): Promise<SaveAnswer[]> {
    const parts = new Map<Store, Part>();
    for (const [place, job] of jobs.entries()) put(parts, await this.#placeOf(job), job, place);
    return together(parts, (store, some) => store.saveNow(some, turn));
  }

  /** As `saveUnique`, for who holds the line. */
  async saveUniqueNow(job: NewJob, unique: UniqueKey, turn: Turn): Promise<UniqueSaved> {
    const text = placingOf(job).key ?? unique.key;
    const store = await this.#find(text, { unique: unique.key });
    return store.saveUniqueNow(job, unique, turn);
  }

  async #placeOf(job: NewJob): Promise<Store> {
    const { key, isLinked } = placingOf(job);
    if (isLinked) return this.first;
    const text = key ?? job.id;
    return this.#isSure(job, text) ? this.#storeFor(text) : this.#find(text, { id: job.id });
  }

  /** An id that was made here is nowhere else. */
  #isSure({ isOwnId = false }: NewJob, text: string): boolean {
    return isOwnId || !this.#hasMoved(text);
  }

  /** Whether it led elsewhere before. */
  #hasMoved(text: string): boolean {
    return placesOf(text, this.record).length > 1;
  }

  async #find(text: string, sought: Sought): Promise<Store> {
    const { queue, record } = this.#deps;
    const { at, mark } = await placeOf(this.#deps, { queue, record, text, sought });
    return this.#store(at, mark);
  }

  #storeFor(text: string): Store {
    const { shards, change } = this.record;
    return this.#store(shardOf(text, shards), String(change));
  }

  /** The same one each time, so that what goes there stays in order. */
  #store(at: number, mark: string): Store {
    const name = `${at} ${mark}`;
    const known = this.#stores.get(name);
    if (known) return known;
    const { queue, storeOf } = this.#deps;
    const store = storeOf(shardName(queue, at), mark);
    this.#stores.set(name, store);
    return store;
  }
}

function put(parts: Map<Store, Part>, store: Store, job: NewJob, place: number): void {
  const part = parts.get(store) ?? { jobs: [], places: [] };
  parts.set(store, part);
  part.jobs.push(job);
  part.places.push(place);
}

async function together(
  parts: ReadonlyMap<Store, Part>,
  save: (store: Store, jobs: readonly NewJob[]) => Promise<SaveAnswer[]>,
): Promise<SaveAnswer[]> {
  const answers: SaveAnswer[] = [];
  const saveOne = async ([store, { jobs, places }]: [Store, Part]): Promise<void> => {
    const told = await save(store, jobs);
    for (const [nth, place] of places.entries()) answers[place] = told[nth] ?? false;
  };
  await Promise.all([...parts].map(saveOne));
  return answers;
}
