import type { KeyName } from './keys.ts';

/** The types of Redis that our keys have, as its command TYPE names them. */
export type KeyType = 'string' | 'hash' | 'list' | 'set' | 'zset';

/** What each key of a queue holds; a channel holds nothing. */
export const KEY_TYPES: Readonly<Record<KeyName, KeyType | 'channel'>> = {
  id: 'string',
  jobs: 'hash',
  waiting: 'list',
  active: 'list',
  stalling: 'set',
  stallBlock: 'string',
  delayed: 'zset',
  succeeded: 'set',
  failed: 'set',
  events: 'channel',
  earlierDelayed: 'channel',
  workers: 'zset',
  losses: 'hash',
  succeededOrder: 'list',
  failedOrder: 'zset',
  meta: 'hash',
  stats: 'hash',
  samples: 'hash',
  cancelled: 'set',
  cancels: 'channel',
  uniques: 'hash',
  front: 'list',
  turns: 'zset',
  pending: 'zset',
  rates: 'zset',
  slots: 'hash',
  busy: 'hash',
  costs: 'hash',
  batches: 'hash',
  batchIndex: 'zset',
  groups: 'zset',
  groupRules: 'hash',
  groupOf: 'hash',
  gathered: 'hash',
  gatheredBefore: 'hash',
  groupDue: 'channel',
  schedules: 'hash',
  scheduleTicks: 'zset',
  firings: 'zset',
  declarations: 'zset',
  schedulesChanged: 'channel',
  graves: 'hash',
  straySearch: 'string',
};

/** The type that a key of a script must have; `any` for one of any type, `start` for what the names of many keys start with. */
export type ScriptKeyType = KeyType | 'channel' | 'any' | 'start';

/** What scripts are given beside the keys that a queue has once. The set of throttles has the name that every lock starts with. */
const OTHER_KEY_TYPES = {
  list: 'list',
  claims: 'set',
  deadClaims: 'set',
  ownClaims: 'set',
  batch: 'hash',
  presence: 'string',
  presenceIndex: 'zset',
  lockStart: 'zset',
  lineStart: 'start',
  claimsStart: 'start',
  batchStart: 'start',
  groupStart: 'start',
  other: 'any',
} as const satisfies Record<string, ScriptKeyType>;

/** What a key is called in the table of scripts. */
export type ScriptKeyName = KeyName | keyof typeof OTHER_KEY_TYPES;

/** The type of each key that scripts are given; one that is missing is of any type. */
export const SCRIPT_KEY_TYPES: Readonly<Record<ScriptKeyName, ScriptKeyType>> = {
  ...KEY_TYPES,
  ...OTHER_KEY_TYPES,
};
