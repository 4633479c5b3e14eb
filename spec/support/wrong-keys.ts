import { KEY_TYPES } from '../../lib/engine/key-types.ts';
import { type KeyName, type QueueKeys, queueKeys } from '../../lib/engine/keys.ts';
import type { RedisClient } from '../../lib/engine/scripts.ts';

/** A key of a queue, of every kind that there is. */
export interface KeyOfKind {
  kind: string;
  key: string;
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
  const once = (Object.keys(KEY_TYPES) as KeyName[]).filter((name) => KEY_TYPES[name] !== 'channel');
  return [
    ...once.map((kind) => ({ kind, key: keys[kind] })),
    ...Object.entries(named).map(([kind, key]) => ({ kind, key })),
  ];
}

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
