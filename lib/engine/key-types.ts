import type { KeyName, QueueKeys } from './keys.ts';

/** The types of Redis that our keys have, as its command TYPE names them. */
export type KeyType = 'string' | 'hash' | 'list' | 'set' | 'zset';

/** What each key of a queue holds; a channel holds nothing, and no job depends on a stream. */
export const KEY_TYPES: Readonly<Record<KeyName, KeyType | 'channel' | 'stream'>> = {
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
  keptUntil: 'zset',
  meta: 'hash',
  stats: 'hash',
  samples: 'hash',
  times: 'hash',
  timedTypes: 'zset',
  timedVersions: 'hash',
  cancelled: 'set',
  cancels: 'channel',
  addedLines: 'hash',
  cancelReasons: 'hash',
  revoked: 'set',
  moved: 'list',
  claimNames: 'hash',
  uniques: 'hash',
  eventLog: 'stream',
  signals: 'hash',
  caseMarks: 'hash',
  knownCases: 'hash',
  relayed: 'zset',
  front: 'list',
  turns: 'zset',
  pending: 'zset',
  rates: 'zset',
  slots: 'hash',
  busy: 'hash',
  costs: 'hash',
  waitingSince: 'hash',
  aging: 'zset',
  batches: 'hash',
  batchIndex: 'zset',
  steps: 'hash',
  flowIndex: 'zset',
  handovers: 'hash',
  handed: 'hash',
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

/**
 * The type that a key of a script must have. `any`: it may be of any type. `start`: it is no key, but how the names of
 * many begin.
 */
export type ScriptKeyType = KeyType | 'channel' | 'stream' | 'any' | 'start';

/** How keys begin that a queue has many of. `lockStart` is a key too: the set of throttles has that very name. */
const START_TYPES = {
  lockStart: 'zset',
  lineStart: 'start',
  claimsStart: 'start',
  batchStart: 'start',
  flowStart: 'start',
  groupStart: 'start',
} as const satisfies Record<string, ScriptKeyType>;

/** Keys of which a queue has many, or none: who calls the script says which one is meant. */
const GIVEN_KEY_TYPES = {
  /** Any list, or hash. */
  list: 'list',
  hash: 'hash',
  /** Of the incarnation that calls. */
  claims: 'set',
  deadClaims: 'set',
  ownClaims: 'set',
  batch: 'hash',
  flow: 'hash',
  /** Of the queues with shards of a prefix, and of one of them. */
  shardRecords: 'hash',
  shardLimits: 'hash',
  shardTurn: 'hash',
  shardLock: 'string',
  presence: 'string',
  presenceIndex: 'zset',
  presenceOrder: 'string',
  other: 'any',
  otherChannel: 'channel',
} as const satisfies Record<string, ScriptKeyType>;

/** A key of a script that a queue says by itself. */
export type QueueKeyName = KeyName | keyof typeof START_TYPES;

/** A key of a script that who calls has to name. */
export type GivenKeyName = keyof typeof GIVEN_KEY_TYPES;

/** Whether who calls a script has to name the key. */
export function isGivenKey(name: ScriptKeyName): name is GivenKeyName {
  return name in GIVEN_KEY_TYPES;
}

/** What a key is called in the table of scripts, and in Lua. */
export type ScriptKeyName = QueueKeyName | GivenKeyName;

/** The type of each key that scripts are given; one that is missing is of any type. */
export const SCRIPT_KEY_TYPES: Readonly<Record<ScriptKeyName, ScriptKeyType>> = {
  ...KEY_TYPES,
  ...START_TYPES,
  ...GIVEN_KEY_TYPES,
};

const STARTS: Readonly<Record<keyof typeof START_TYPES, (keys: QueueKeys) => string>> = {
  lockStart: (keys) => keys.lock(''),
  lineStart: (keys) => keys.line(''),
  claimsStart: (keys) => keys.claims(''),
  batchStart: (keys) => keys.batch(''),
  flowStart: (keys) => keys.flow(''),
  groupStart: (keys) => keys.group(''),
};

/** The key of a queue that goes by this name in scripts. */
export function keyOfQueue(keys: QueueKeys, name: QueueKeyName): string {
  return isStart(name) ? STARTS[name](keys) : keys[name];
}

function isStart(name: QueueKeyName): name is keyof typeof STARTS {
  return name in STARTS;
}
