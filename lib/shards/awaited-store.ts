import type { NewJob } from '../engine/record/new-job.ts';
import type { SaveAnswer } from '../engine/store/save-answer.ts';
import type { Store } from '../engine/store/store.ts';
import type { UniqueKey } from '../engine/unique/unique.ts';
import type { JobStore, Placing } from './job-store.ts';

/** Stores the jobs of a queue of which it is being asked whether it has shards, in the order of the calls. */
export class AwaitedStore implements JobStore {
  readonly #open: () => Promise<JobStore>;

  constructor(open: () => Promise<JobStore>) {
    this.#open = open;
  }

  async saveOne<T>(job: NewJob, answer: (created: boolean) => T, placing: Placing): Promise<T> {
    return (await this.#open()).saveOne(job, answer, placing);
  }

  async saveEach(jobs: Iterable<NewJob>, placing: Placing): Promise<SaveAnswer[]> {
    return (await this.#open()).saveEach(jobs, placing);
  }

  async saveUnique(job: NewJob, unique: UniqueKey, placing: Placing): ReturnType<Store['saveUnique']> {
    return (await this.#open()).saveUnique(job, unique, placing);
  }

  async saveGrouped(...given: Parameters<Store['saveGrouped']>): Promise<boolean[]> {
    return (await this.#open()).saveGrouped(...given);
  }
}
