import { checkOptions, mapOption, textOption } from '../check-options.ts';
import type { Clock } from '../clock.ts';
import {
  readSavedSearches,
  removeSavedSearch,
  type SavedSearch,
  type SavedSearchDeps,
  saveSearch,
} from '../engine/queries/saved-searches.ts';

export type { SavedSearch } from '../engine/queries/saved-searches.ts';

/** What saved searches work with. */
interface SavedSearchesDeps extends SavedSearchDeps {
  clock: Clock;
}

const SEARCH = { name: textOption, fields: mapOption(textOption), by: textOption };

/** Searches that people have saved for all who look at this Redis: 100 at most; `inspector.savedSearches`. */
export class SavedSearches {
  readonly #deps: SavedSearchesDeps;

  constructor(deps: SavedSearchesDeps) {
    this.#deps = deps;
  }

  /** Lists them by name. */
  list(): Promise<SavedSearch[]> {
    return readSavedSearches(this.#deps);
  }

  /**
   * Saves one under a name of up to 80 characters, in the place of one of that name. Throws JOB_INVALID for what cannot
   * be, and TOO_MANY_HELD where there are 100.
   */
  async save(search: Omit<SavedSearch, 'at'>): Promise<void> {
    checkOptions('savedSearches.save', SEARCH, search, 'JOB_INVALID');
    await saveSearch(this.#deps, { ...search, at: this.#deps.clock.now() });
  }

  /** Removes one; false where there is none of that name. */
  async remove(name: string): Promise<boolean> {
    checkOptions('savedSearches.remove', { name: textOption }, { name }, 'JOB_INVALID');
    return removeSavedSearch(this.#deps, name);
  }
}
