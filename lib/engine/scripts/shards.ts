import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { count, flag, orNull, type Reply, text, tuple } from '../script-reply.ts';

/** What those call that look at the parts of limits. */
export const SHARD_PARTS = {
  'count-held': { keys: ['workers', 'claimsStart'], calls: ['expect'] },
} as const satisfies Record<string, PartEntry>;

/** What a look at a part finds, or the number of a later turn that has looked. */
const partReply: Reply<number | [note: string, most: string, held: number, ready: number]> = (reply) =>
  typeof reply === 'number' ? reply : tuple(text, text, count, count)(reply);

/** What changes the shards of a queue, and shares its limits among them. */
export const SHARDS = {
  'lock-record': {
    keys: ['shardLock', 'shardTurn'],
    args: { token: 'text', lockMs: 'number' },
    reply: orNull(count),
  },
  'raise-change': {
    keys: ['shardLock', 'shardTurn'],
    args: { token: 'text', change: 'number' },
    reply: flag,
  },
  'renew-lock': { keys: ['shardLock'], args: { token: 'text', lockMs: 'number' }, reply: flag },
  'write-record': {
    keys: ['shardLock', 'shardRecords', 'otherChannel'],
    args: { queue: 'text', token: 'text', lockMs: 'number', record: 'text' },
    reply: flag,
  },
  'tell-shards': {
    keys: ['meta'],
    args: { change: 'number', text: 'text', restores: 'flag' },
    reply: flag,
  },
  'begin-turn': {
    keys: ['shardTurn', 'shardRecords', 'shardLimits'],
    args: { queue: 'text', holder: 'text', leaseMs: 'number', takes: 'flag', above: 'number', note: 'text' },
    calls: ['clock'],
    reply: orNull(tuple(count, count, text, text, text)),
  },
  'keep-parts': {
    keys: ['shardTurn'],
    args: { turn: 'number', parts: 'text', releases: 'flag' },
    reply: flag,
  },
  'look-at-part': {
    keys: ['meta', 'waiting', 'front', 'moved', 'turns', 'lineStart', 'rates'],
    args: { turn: 'number', most: 'number' },
    calls: ['limits-of', 'count-held', 'expect', 'clock'],
    reply: partReply,
  },
  'set-part': {
    keys: ['meta', 'rates'],
    args: {
      ...({ turn: 'number', note: 'text', isLifted: 'flag', most: 'text' } as const),
      ...({ burst: 'number', intervalMs: 'number', given: 'number' } as const),
    },
    calls: ['limits-of', 'count-held', 'set-limits', 'clock'],
    checks: ['meta', 'rates', 'workers'],
    reply: orNull(tuple(count, text)),
  },
} as const satisfies Record<string, ScriptEntry>;
