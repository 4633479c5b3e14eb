import { messageOf } from '../error-facts.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { LeftWhy } from './remarks.ts';

/** What was read, or why it was not. */
export type Read<Value> = { found: Value } | { why: LeftWhy };

/** Some fields of a hash; one that is not there is missing. */
export type HashOf<Field extends string> = Partial<Record<Field, string>>;

/** What is read of hashes. */
export interface HashRule<Field extends string> {
  readonly fields: readonly Field[];
  /** Those that applications fill, so that they may be of any size: they are measured first. */
  readonly large: readonly Field[];
}

/** More than that is not read into memory, in bytes. */
const LARGEST = 16 * 1_048_576;
/** About so much is read at a time, in bytes. */
const AT_ONCE = 500_000;

/** Reads fields of hashes, and nothing else of them, whatever stands there. */
export function readHashes<Item, Field extends string>(
  client: RedisClient,
  { fields, large }: HashRule<Field>,
  items: readonly (readonly [item: Item, key: string])[],
): AsyncGenerator<[item: Item, read: Read<HashOf<Field>>]> {
  return readSized(items, {
    measure: async (key) => {
      const sizes = await Promise.all(large.map((field) => client.hstrlen(key, field)));
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    read: async (key) => toHash(fields, await client.hmget(key, ...fields)),
  });
}

/** Reads fields of one hash, each for an item. */
export function readFields<Item extends { id: string }>(
  client: RedisClient,
  hash: string,
  items: readonly Item[],
): AsyncGenerator<[item: Item, read: Read<string>]> {
  const named = items.map((item) => [item, item.id] as const);
  return readSized(named, {
    measure: (field) => client.hstrlen(hash, field),
    read: (field) => client.hget(hash, field),
  });
}

/** Reads as many at a time as are small, and none that is huge. */
async function* readSized<Item, Value>(
  items: readonly (readonly [item: Item, name: string])[],
  { measure, read }: { measure(name: string): Promise<number>; read(name: string): Promise<Value | null> },
): AsyncGenerator<[item: Item, read: Read<Value>]> {
  const sizes = await Promise.all(items.map(([, name]) => guarded(measure(name))));
  const readOne = async (name: string, size: Read<number> | undefined): Promise<Read<Value>> => {
    if (size === undefined || 'why' in size) return size ?? { why: 'gone' };
    return size.found > LARGEST ? { why: 'large' } : guarded(read(name));
  };
  for (let from = 0, to = 0; from < items.length; from = to) {
    for (let bytes = 0; to < items.length && bytes < AT_ONCE; to++) bytes += countOf(sizes[to]);
    const some = items.slice(from, to);
    const found = await Promise.all(some.map(([, name], at) => readOne(name, sizes[from + at])));
    for (const [at, [item]] of some.entries()) yield [item, found[at] ?? { why: 'gone' }];
  }
}

function countOf(size: Read<number> | undefined): number {
  return size !== undefined && 'found' in size && size.found <= LARGEST ? size.found : 0;
}

async function guarded<Value>(reading: Promise<Value | null>): Promise<Read<Value>> {
  try {
    const value = await reading;
    return value === null ? { why: 'gone' } : { found: value };
  } catch (error) {
    return { why: wrongTypeOr(error) };
  }
}

function toHash<Field extends string>(
  fields: readonly Field[],
  values: readonly (string | null)[],
): HashOf<Field> | null {
  const found: HashOf<Field> = {};
  for (const [at, field] of fields.entries()) {
    const value = values[at];
    if (typeof value === 'string') found[field] = value;
  }
  return Object.keys(found).length === 0 ? null : found;
}

/** Says that a key is of another type; throws any other error. */
export function wrongTypeOr(error: unknown): 'key' {
  if (messageOf(error).startsWith('WRONGTYPE')) return 'key';
  throw error;
}
