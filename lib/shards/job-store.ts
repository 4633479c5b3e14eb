import type { Store } from '../engine/store/store.ts';

/** What stores the jobs of a queue, whether it has shards or not. */
export interface JobStore extends Pick<Store, 'saveGrouped'> {
  /** As {@link Store.saveOne}; `key` is that of the job, or null. */
  saveOne<T>(
    ...given: [...Parameters<typeof Store.prototype.saveOne<T>>, placed: { key: string | null }]
  ): Promise<T>;
  /** As {@link Store.saveEach}, for jobs of one key, or of none. */
  saveEach(
    ...given: [...Parameters<Store['saveEach']>, placed: { key: string | null }]
  ): ReturnType<Store['saveEach']>;
  /** As {@link Store.saveUnique}. */
  saveUnique(
    ...given: [...Parameters<Store['saveUnique']>, placed: { key: string | null }]
  ): ReturnType<Store['saveUnique']>;
}
