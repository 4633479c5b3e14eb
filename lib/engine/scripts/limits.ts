import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { count, text, tuple } from '../script-reply.ts';
import { TAKE_ARGS } from './session.ts';
import { takeReply } from './take-reply.ts';

/** What limits go by, and the parts of a take under limits. */
export const LIMIT_PARTS = {
  'limits-of': { keys: ['meta'] },
  'key-of': { args: ['record'] },
  'waiting-lists': {
    keys: ['waiting', 'front', 'moved', 'meta', 'lineStart'],
    args: ['record'],
    calls: ['key-of', 'expect'],
  },
  'look-ahead': {
    keys: ['jobs'],
    args: ['list', 'isKeyed', 'readsRecords', 'lengths'],
    calls: ['key-of', 'line-length'],
  },
  'line-length': { keys: ['lineStart'], args: ['key', 'lengths'], calls: ['expect'] },
  'sort-in': { keys: ['lineStart', 'turns', 'pending', 'costs'], args: ['list', 'found', 'push', 'lengths'] },
  'mark-slots': { keys: ['slots', 'busy'], args: ['incarnation', 'keyed'], calls: ['add'] },
} as const satisfies Record<string, PartEntry>;

/** What queues with limits call beside the others. */
export const LIMITS = {
  'take-limited': {
    keys: [
      ...(['waiting', 'moved', 'claims', 'workers', 'meta', 'front', 'turns', 'pending'] as const),
      ...(['rates', 'slots', 'busy', 'lineStart', 'costs', 'losses'] as const),
    ],
    args: TAKE_ARGS,
    calls: [
      ...(['clock', 'limits-of', 'admit', 'drain', 'skim', 'hold', 'is-noted', 'add', 'expect'] as const),
      ...(['look-ahead', 'line-length', 'sort-in', 'mark-slots'] as const),
    ],
    // What it reads before it writes needs no check beside.
    checks: ['waiting', 'active', 'jobs', 'claims', 'workers', 'rates', 'slots', 'busy', 'costs'],
    reply: takeReply,
  },
  free: {
    keys: ['claims', 'slots', 'busy', 'turns', 'pending'],
    rest: 'ids',
    calls: ['add'],
    reply: count,
  },
  'sweep-slots': {
    keys: ['slots', 'busy', 'turns', 'pending', 'claimsStart', 'costs', 'jobs'],
    args: { slotCursor: 'text', lineCursor: 'number', costCursor: 'text' },
    calls: ['limits-of', 'expect', 'add'],
    reply: tuple(text, count, text),
  },
} as const satisfies Record<string, ScriptEntry>;
