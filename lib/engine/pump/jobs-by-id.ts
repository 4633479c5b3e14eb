import type { ActiveJob } from './active-job.ts';

/** A power of two. */
const SHELVES = 1_024;

/**
 * Finds a job that is held by its id. Not a Map, for the reason that {@link HeldJobs} gives: jobs of one shelf are a
 * chain instead, and nothing is made anew as jobs come and go.
 */
export class JobsById {
  readonly #shelves: (ActiveJob | null)[] = new Array<ActiveJob | null>(SHELVES).fill(null);

  /** Puts a job in, and returns the one that has the same id, if there is one. */
  add(job: ActiveJob): ActiveJob | null {
    const shelf = shelfOf(job.id);
    const first = this.#shelves[shelf] ?? null;
    this.#shelves[shelf] = job;
    job.shelf = shelf;
    if (first === null) return null;
    job.behind = first;
    for (let other: ActiveJob | null = first; other; other = other.behind) {
      if (other.id === job.id) return other;
    }
    return null;
  }

  /** Takes a job out. */
  remove(job: ActiveJob): void {
    const { shelf, behind } = job;
    job.behind = null;
    let at = this.#shelves[shelf] ?? null;
    if (at === job) {
      this.#shelves[shelf] = behind;
      return;
    }
    while (at && at.behind !== job) at = at.behind;
    if (at) at.behind = behind;
  }
}

/**
 * Goes by what differs in ids that were made one after the other: their count in ours, the last characters in others.
 */
function shelfOf(id: string): number {
  const last = id.length - 1;
  const count = id.length > 12 ? id.length - 12 : 0;
  const sum = id.charCodeAt(last) + id.charCodeAt(last - 1) * 7 + id.charCodeAt(count + 3) * 37;
  return (sum + id.charCodeAt(count + 2) * 331) & (SHELVES - 1);
}
