import type { Store } from '../engine/store/store.ts';

/** By what it is told, beside its id, in which shard a job goes. */
export interface Placing {
  /** The option `key` of the job; null for none. */
  readonly key: string | null;
}

/** What stores the jobs of a queue, whether it has shards or not. */
export interface JobStore extends Pick<Store, 'saveGrouped'> {
  /** As {@link Store.saveOne}. */
  saveOne<T>(...given: [...Parameters<typeof Store.prototype.saveOne<T>>, placing: Placing]): Promise<T>;
  /** As {@link Store.saveEach}, for jobs that are placed alike. */
  saveEach(...given: [...Parameters<Store['saveEach']>, placing: Placing]): ReturnType<Store['saveEach']>;
  /** As {@link Store.saveUnique}. */
  saveUnique(
    ...given: [...Parameters<Store['saveUnique']>, placing: Placing]
  ): ReturnType<Store['saveUnique']>;
}
