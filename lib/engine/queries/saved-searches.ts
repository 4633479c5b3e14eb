import { ApiaryError } from '../../errors.ts';
import { isWhole } from '../../field-checks.ts';
import { savedSearchesKey } from '../keys.ts';
import { readOwnAmong } from '../own-json.ts';
import type { RedisClient } from '../scripts.ts';

/** A search that somebody has saved. */
export interface SavedSearch {
  name: string;
  /** What was filled in, by the names of the fields. */
  fields: Readonly<Record<string, string>>;
  by: string;
  /** Epoch ms. */
  at: number;
}

/** What saved searches work with. */
export interface SavedSearchDeps {
  client: RedisClient;
  prefix: string;
}

/** How many are kept, and how long a name and all that is filled in may be, in characters. */
const MOST = 100;
const LONGEST_NAME = 80;
const LONGEST_FIELDS = 4_000;

/** Reads those that were saved, by name. */
export async function readSavedSearches({ client, prefix }: SavedSearchDeps): Promise<SavedSearch[]> {
  const texts = await client.hvals(savedSearchesKey(prefix));
  return texts
    .flatMap((text) => readSavedSearch(text) ?? [])
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Null for what another program has written there, which hides no other. */
function readSavedSearch(text: string): SavedSearch | null {
  const read = readOwnAmong<Partial<SavedSearch> | null>(text);
  if (typeof read !== 'object' || read === null) return null;
  const { name, fields, by, at } = read;
  if (typeof name !== 'string' || typeof by !== 'string' || !isWhole(at, 0)) return null;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return null;
  return Object.values(fields).every((one) => typeof one === 'string') ? { name, fields, by, at } : null;
}

/**
 * Saves a search, in the place of one of its name. Throws JOB_INVALID for a name or fields that cannot be, and
 * TOO_MANY_HELD where there are as many as may be.
 */
export async function saveSearch({ client, prefix }: SavedSearchDeps, search: SavedSearch): Promise<void> {
  const { name, fields } = search;
  const { length } = JSON.stringify(fields);
  if (name.trim() === '' || name.length > LONGEST_NAME)
    throw invalid('name', `the name of a search must be 1 to ${LONGEST_NAME} characters long`);
  if (Object.keys(fields).length === 0 || length > LONGEST_FIELDS)
    throw invalid('fields', `a search must be filled in, with at most ${LONGEST_FIELDS} characters in all`);
  const key = savedSearchesKey(prefix);
  const isNew = (await client.hset(key, name, JSON.stringify(search))) === 1;
  // Looked at afterwards: of two at once neither overlooks the other.
  if (!isNew || (await client.hlen(key)) <= MOST) return;
  await client.hdel(key, name);
  throw new ApiaryError('TOO_MANY_HELD', `${MOST} searches are saved already: remove one first`);
}

/** Removes a saved search; false where there is none of that name. */
export async function removeSavedSearch({ client, prefix }: SavedSearchDeps, name: string): Promise<boolean> {
  return (await client.hdel(savedSearchesKey(prefix), name)) === 1;
}

function invalid(path: string, message: string): ApiaryError {
  return new ApiaryError('JOB_INVALID', message, { problems: [{ path, message }] });
}
