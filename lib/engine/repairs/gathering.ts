import type { Found, Pace } from './find.ts';

/** So many jobs are worth a call, and so far apart in a list they may be for one. */
const ENOUGH = 50;
const WIDEST = 2_000;
const NONE: Found = { jobs: [], within: null, fresh: 0, score: null, list: null };

/** What a call on many jobs came to. */
export interface BulkResult {
  /** How many passed the filter when they were looked at. */
  matched: number;
  /** To how many of them it was done; others have moved on meanwhile. */
  done: number;
  /** The first that were left alone, and why; only where there was more to say than that they had moved on. */
  left?: readonly string[];
}

/** What gathering works with. */
export interface GatheringDeps {
  /** Says to how many of some it was done. */
  act: (found: Found) => Promise<number>;
  pace: Pace | undefined;
}

/** Gathers jobs that were found until there are enough for one call, and tells who goes along what was done. */
export class Gathering {
  readonly #deps: GatheringDeps;
  /** What it has come to so far. */
  readonly result: BulkResult = { matched: 0, done: 0 };
  /** What is gathered only is told of when it is done: who begins anew in between finds it again. */
  #told: BulkResult = { matched: 0, done: 0 };
  #last: ReadonlySet<string> = new Set();
  #gathered = NONE;
  #passed: string | null = null;

  constructor(deps: GatheringDeps) {
    this.#deps = deps;
  }

  /** Takes up what was found next, and does what there is enough of. */
  async add(found: Found): Promise<void> {
    this.result.matched += found.jobs.filter(({ id }) => !this.#last.has(id)).length;
    this.#last = new Set(found.jobs.map(({ id }) => id));
    if (isApart(this.#gathered, found)) await this.#act();
    this.#gathered = joined(this.#gathered, found);
    if (this.#gathered.jobs.length >= ENOUGH || widthOf(this.#gathered) >= WIDEST) await this.#act();
    if (this.#gathered.jobs.length === 0) this.#passed = found.score;
    await this.#tell(found.fresh);
  }

  /** Does the rest; resolves with what it has come to. */
  async end(): Promise<BulkResult> {
    if (this.#gathered.jobs.length > 0) await this.#act();
    await this.#tell(0);
    return this.result;
  }

  async #act(): Promise<void> {
    this.result.done += await this.#deps.act(this.#gathered);
    this.#gathered = NONE;
  }

  async #tell(looked: number): Promise<void> {
    const before = this.#told;
    if (this.#gathered.jobs.length === 0) this.#told = { ...this.result };
    const { matched, done } = this.#told;
    const step = { looked, matched: matched - before.matched, done: done - before.done };
    await this.#deps.pace?.({ ...step, passed: this.#passed });
  }
}

/** Jobs of two lists are not cut out together, nor those far from each other in one: what is between is read too. */
function isApart(gathered: Found, found: Found): boolean {
  if (gathered.jobs.length === 0 || found.jobs.length === 0) return false;
  return found.list !== gathered.list || widthOf(joined(gathered, found)) >= WIDEST;
}

/** A walk goes from far to near, so the later of two finds ends nearer. */
function joined(one: Found, next: Found): Found {
  if (next.jobs.length === 0) return one;
  if (one.jobs.length === 0) return next;
  const known = new Set(one.jobs.map(({ id }) => id));
  const jobs = [...one.jobs, ...next.jobs.filter(({ id }) => !known.has(id))];
  const within = one.within && next.within && { ...one.within, nearest: next.within.nearest };
  return { ...next, jobs, within, list: one.list };
}

function widthOf({ within }: Found): number {
  return within ? within.farthest - within.nearest : 0;
}
