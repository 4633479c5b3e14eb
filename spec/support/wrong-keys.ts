import { KEY_TYPES, type KeyType } from '../../lib/engine/key-types.ts';
import { type KeyName, type QueueKeys, queueKeys } from '../../lib/engine/keys.ts';
import type { RedisClient } from '../../lib/engine/scripts.ts';
import { namesOf } from '../../lib/names-of.ts';

/** A key of a queue, of every kind that there is. */
export interface KeyOfKind {
  kind: string;
  key: string;
  /** What belongs there. */
  type: KeyType | 'stream';
}

/** The other types that a key is replaced by. */
export const REPLACEMENTS = ['string', 'list', 'hash'] as const;

/** Every key of a queue that holds something: those that it has once, and one of each kind that has names of its own. */
export function everyKey(prefix: string, queue: string): KeyOfKind[] {
  const keys = queueKeys(prefix, queue, false);
  const named: Record<NamedKey, string> = {
    claims: keys.claims('x'),
    lock: keys.lock('x'),
    line: keys.line('x'),
    batch: keys.batch('x'),
    flow: keys.flow('x'),
    handOver: keys.handOver('x'),
    group: keys.group('t:x'),
  };
  const once = namesOf(KEY_TYPES).flatMap((kind): KeyOfKind[] => {
    const type = KEY_TYPES[kind];
    return type === 'channel' ? [] : [{ kind, key: keys[kind], type }];
  });
  return [...once, ...namesOf(named).map((kind) => ({ kind, key: named[kind], type: NAMED_TYPES[kind] }))];
}

/** What belongs under the keys that have names of their own. */
const NAMED_TYPES: Readonly<Record<NamedKey, KeyType | 'stream'>> = {
  claims: 'set',
  lock: 'string',
  line: 'list',
  batch: 'hash',
  flow: 'hash',
  handOver: 'stream',
  group: 'zset',
};

/** So that a kind that is new does not compile until it is here. */
type NamedKey = Exclude<keyof QueueKeys, KeyName | 'sibling' | 'queue' | 'isTagged' | 'keyring'>;

/** Puts a value of a type under a key, whatever was there. */
export async function replaceBy(
  client: RedisClient,
  key: string,
  type: (typeof REPLACEMENTS)[number],
): Promise<void> {
  await client.del(key);
  switch (type) {
    case 'string':
      await client.set(key, 'x');
      break;
    case 'list':
      await client.rpush(key, 'x');
      break;
    case 'hash':
      await client.hset(key, 'x', 'x');
      break;
  }
}
