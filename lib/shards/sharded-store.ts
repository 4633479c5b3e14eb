import type { NewJob } from '../engine/record/new-job.ts';
import type { SaveAnswer } from '../engine/store/save-answer.ts';
import type { Store } from '../engine/store/store.ts';
import type { UniqueKey } from '../engine/unique/unique.ts';
import type { JobStore, Placing } from './job-store.ts';
import { shardName, shardOf } from './route.ts';
import { placesOf, type ShardRecord } from './shard-record.ts';

/** What storing over shards works with. */
export interface ShardedStoreDeps {
  queue: string;
  record: ShardRecord;
  /** What stores in one shard, by its name. */
  storeOf: (shard: string) => Store;
  /** Says whether a shard has this job, or a job that holds this unique key. */
  has: (shard: string, what: { id: string } | { unique: string }) => Promise<boolean>;
}

/**
 * Stores the jobs of a queue with shards, each in the one where its key leads; without a key its unique key, and
 * without either its id. Groups are all in the first.
 */
export class ShardedStore implements JobStore {
  readonly #deps: ShardedStoreDeps;

  constructor(deps: ShardedStoreDeps) {
    this.#deps = deps;
  }

  saveOne<T>(job: NewJob, answer: (created: boolean) => T, { key }: Placing): Promise<T> {
    // An id that was made here is nowhere else.
    if (job.isOwnId) return this.#store(key ?? job.id).saveOne(job, answer);
    return this.#placeOf(key ?? job.id, { id: job.id }).then((store) => store.saveOne(job, answer));
  }

  async saveUnique(job: NewJob, unique: UniqueKey, { key }: Placing): ReturnType<Store['saveUnique']> {
    const store = await this.#placeOf(key ?? unique.key, { unique: unique.key });
    return store.saveUnique(job, unique);
  }

  async saveEach(jobs: Iterable<NewJob>, { key }: Placing): Promise<SaveAnswer[]> {
    if (key !== null) return this.#store(key).saveEach(jobs);
    const parts = new Map<number, { jobs: NewJob[]; places: number[] }>();
    let count = 0;
    for (const job of jobs) {
      const at = shardOf(job.id, this.#deps.record.shards);
      const part = parts.get(at) ?? { jobs: [], places: [] };
      parts.set(at, part);
      part.jobs.push(job);
      part.places.push(count++);
    }
    const answers: SaveAnswer[] = [];
    const save = async ([at, part]: [number, { jobs: NewJob[]; places: number[] }]): Promise<void> => {
      const told = await this.#shard(at).saveEach(part.jobs);
      for (const [nth, place] of part.places.entries()) answers[place] = told[nth] ?? false;
    };
    await Promise.all([...parts].map(save));
    return answers;
  }

  saveGrouped(...given: Parameters<Store['saveGrouped']>): Promise<boolean[]> {
    return this.#shard(0).saveGrouped(...given);
  }

  /** Where it leads now; where it led before, while what was added then is still there. */
  async #placeOf(text: string, what: { id: string } | { unique: string }): Promise<Store> {
    const { queue, record, has } = this.#deps;
    const [now = 0, ...earlier] = placesOf(text, record);
    for (const at of earlier) if (await has(shardName(queue, at), what)) return this.#shard(at);
    return this.#shard(now);
  }

  #store(text: string): Store {
    return this.#shard(shardOf(text, this.#deps.record.shards));
  }

  #shard(at: number): Store {
    return this.#deps.storeOf(shardName(this.#deps.queue, at));
  }
}
