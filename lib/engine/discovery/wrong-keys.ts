import { namesOf } from '../../names-of.ts';
import { KEY_TYPES, type KeyType } from '../key-types.ts';
import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';

/** What looking for wrong keys works with: a queue. */
export interface WrongKeysDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** A key that holds another type than it should. */
interface WrongKey {
  key: string;
  holds: string;
  needs: KeyType;
}

/** How many keys that have names of their own beside them are looked at, of each kind. */
const MOST_NAMED = 1_000;
const MOST_TOLD = 3;

/**
 * Says why a queue cannot be read, after it could not for `error`: which key holds what it should not, and what to do,
 * or else what the error says. Some forty commands, so for the rare case.
 */
export async function whyUnreadable(deps: WrongKeysDeps, error: unknown): Promise<string> {
  const wrong = await wrongKeys(deps).catch(() => []);
  if (wrong.length === 0) return toText(error);
  const told = wrong
    .slice(0, MOST_TOLD)
    .map(({ key, holds, needs }) => `${key} holds a ${holds} where a ${needs} belongs`);
  const more = wrong.length > MOST_TOLD ? `, and ${wrong.length - MOST_TOLD} more do so` : '';
  return `${told.join(', ')}${more}; rename or delete what does not belong there`;
}

async function wrongKeys(deps: WrongKeysDeps): Promise<WrongKey[]> {
  const fixed = namesOf(KEY_TYPES).flatMap((name): [string, KeyType][] => {
    const needs = KEY_TYPES[name];
    return needs === 'channel' || needs === 'stream' ? [] : [[deps.keys[name], needs]];
  });
  return [...(await whichAreWrong(deps.client, fixed)), ...(await wrongNamedKeys(deps))];
}

/** Of those that are listed somewhere: lines, groups, claims, batches, workflows. */
async function wrongNamedKeys({ client, keys }: WrongKeysDeps): Promise<WrongKey[]> {
  const listed = async (list: string, keyOf: (name: string) => string, needs: KeyType) => {
    const names = await client.zrange(list, 0, String(MOST_NAMED - 1)).catch(() => []);
    return names.map((name): [string, KeyType] => [keyOf(name), needs]);
  };
  const all = await Promise.all([
    listed(keys.turns, keys.line, 'list'),
    listed(keys.pending, keys.line, 'list'),
    listed(keys.groups, keys.group, 'zset'),
    listed(keys.workers, keys.claims, 'set'),
    listed(keys.batchIndex, keys.batch, 'hash'),
    listed(keys.flowIndex, keys.flow, 'hash'),
  ]);
  return whichAreWrong(client, all.flat());
}

async function whichAreWrong(
  client: RedisClient,
  expected: readonly (readonly [key: string, needs: KeyType])[],
): Promise<WrongKey[]> {
  const held = await Promise.all(expected.map(([key]) => client.type(key)));
  return expected.flatMap(([key, needs], at) => {
    const holds = held[at] ?? 'none';
    return holds === 'none' || holds === needs ? [] : [{ key, holds, needs }];
  });
}

function toText(error: unknown): string {
  return `what is stored in it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
