import { randomBytes } from 'node:crypto';
import { runScript } from '../scripts.ts';
import { type StrayDeps, type StrayPart, type StraysFound, searchStrays } from './stray-search.ts';

/** How much one look does at most. */
const MOST_STEPS = 500;
/** Of how many keys the lines are counted. */
const MOST_LINES = 1_000;
/** How many suspects are kept in mind at a time; with more jobs in lists the ids are searched in parts. */
const MOST_SUSPECTS = 50_000;
/** How long nobody else searches after a look. */
const SEARCH_MS = 150_000;

/** How a queue stands, as `count-strays.lua` says. */
interface Count {
  difference: number;
  listed: number;
  isCut: boolean;
}

/** A search under way, and what was to be explained by it. */
interface Search {
  steps: ReturnType<typeof searchStrays>;
  part: StrayPart;
  difference: number;
  placed: number;
  left: number;
}

/** What a sweeper may do at a time. */
export interface StraySweeperOptions {
  /** Steps of one look; default 500. */
  mostSteps?: number;
  /** Suspects kept in mind; default 50,000. */
  mostSuspects?: number;
}

/**
 * Finds jobs of queues that have a record and are nowhere, which no script of ours leaves, and puts them where their
 * records say: back to waiting, among the delayed, or among the ended. One count per look as long as there are as many
 * records as places; otherwise one worker at a time searches, some hundred steps a look. What a whole search could not
 * explain, such as ids without records, is not searched for again until the difference changes.
 */
export class StraySweeper {
  readonly #mostSteps: number;
  readonly #mostSuspects: number;
  readonly #name = randomBytes(9).toString('base64url');
  /** By the key of the records, as are the searches; there are as many as this worker has queues. */
  readonly #explained = new Map<string, number>();
  readonly #searches = new Map<string, Search>();

  constructor({ mostSteps = MOST_STEPS, mostSuspects = MOST_SUSPECTS }: StraySweeperOptions = {}) {
    this.#mostSteps = mostSteps;
    this.#mostSuspects = mostSuspects;
  }

  /** Looks at a queue, or goes on with the search there; resolves with the ids that were given a place. */
  async sweep(deps: StrayDeps): Promise<string[]> {
    const { jobs } = deps.keys;
    const search = this.#searches.get(jobs) ?? (await this.#begin(deps));
    if (!search || !(await this.#mayGoOn(deps))) return [];
    // A search that fails begins anew.
    this.#searches.delete(jobs);
    for (let step = 0; step < this.#mostSteps; step++) {
      const { done, value } = await search.steps.next();
      if (done) return this.#endPart(deps, search, value);
      if (value === 'rest') break;
    }
    this.#searches.set(jobs, search);
    return [];
  }

  async #begin(deps: StrayDeps): Promise<Search | null> {
    const { difference, listed, isCut } = await count(deps);
    if (!isCut && difference === (this.#explained.get(deps.keys.jobs) ?? 0)) return null;
    const part = { part: 0, parts: Math.max(1, Math.ceil(listed / this.#mostSuspects)) };
    return { steps: searchStrays(deps, part), part, difference, placed: 0, left: 0 };
  }

  /** Each other worker would find the same. */
  async #mayGoOn({ client, keys: { straySearch } }: StrayDeps): Promise<boolean> {
    if (await client.set(straySearch, this.#name, 'PX', SEARCH_MS, 'NX')) return true;
    if ((await client.get(straySearch)) !== this.#name) return false;
    await client.pexpire(straySearch, SEARCH_MS);
    return true;
  }

  async #endPart(deps: StrayDeps, search: Search, found: StraysFound): Promise<string[]> {
    const { jobs, straySearch } = deps.keys;
    const { part, parts } = search.part;
    const placed = search.placed + found.placed.length;
    const left = search.left + found.left;
    if (part + 1 < parts) {
      const next = { part: part + 1, parts };
      this.#searches.set(jobs, { ...search, part: next, steps: searchStrays(deps, next), placed, left });
      return found.placed;
    }
    // What was left alone is to be looked at again.
    if (left === 0) this.#explained.set(jobs, search.difference - placed);
    await deps.client.del(straySearch);
    return found.placed;
  }
}

async function count({ client, keys }: StrayDeps): Promise<Count> {
  const args = { mostLines: MOST_LINES };
  const [difference, listed, isCut] = await runScript(client, { script: 'count-strays', queue: keys, args });
  return { difference, listed, isCut };
}
