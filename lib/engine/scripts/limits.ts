import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { count, flag, text, tuple } from '../script-reply.ts';
import { TAKE_ARGS } from './session.ts';
import { takeReply } from './take-reply.ts';

/** What limits go by, and the parts of a take under limits. */
export const LIMIT_PARTS = {
  'limits-of': { keys: ['meta'] },
  'key-of': { args: ['record'] },
  'line-of': { args: ['key', 'priority'] },
  'read-line': { args: ['line'] },
  'to-tail': {
    keys: ['turns'],
    args: ['lines', 'aged'],
    calls: ['read-line'],
    state: 'local tails = {}',
  },
  ages: {
    keys: ['lineStart', 'aging', 'waitingSince'],
    args: ['agingMs', 'lines'],
    calls: ['clock', 'read-line'],
  },
  prioritise: { args: ['meta'], calls: ['clock'] },
  'waiting-lists': {
    keys: ['waiting', 'front', 'moved', 'meta', 'lineStart'],
    args: ['record'],
    calls: ['key-of', 'line-of', 'expect'],
  },
  'look-ahead': {
    keys: ['jobs'],
    args: ['list', 'isKeyed', 'readsRecords', 'lengths'],
    calls: ['key-of', 'line-of', 'line-length'],
  },
  'line-length': { keys: ['lineStart'], args: ['key', 'lengths'], calls: ['expect'] },
  'sort-in': {
    keys: ['lineStart', 'turns', 'pending', 'costs', 'waitingSince'],
    args: ['list', 'found', 'push', 'ages', 'lengths'],
    calls: ['clock'],
  },
  'mark-slots': { keys: ['slots', 'busy'], args: ['incarnation', 'keyed'], calls: ['add'] },
} as const satisfies Record<string, PartEntry>;

/** What queues with limits call beside the others. */
export const LIMITS = {
  'take-limited': {
    keys: [
      ...(['waiting', 'moved', 'claims', 'workers', 'meta', 'front', 'turns', 'pending'] as const),
      ...(['rates', 'slots', 'busy', 'lineStart', 'costs', 'losses'] as const),
      ...(['jobs', 'succeeded', 'failed', 'aging', 'waitingSince'] as const),
    ],
    args: TAKE_ARGS,
    calls: [
      ...(['clock', 'limits-of', 'admit', 'drain', 'skim', 'hold', 'is-noted', 'add', 'expect'] as const),
      ...(['look-ahead', 'line-length', 'sort-in', 'mark-slots', 'read-line', 'to-tail', 'ages'] as const),
    ],
    // What it reads before it writes needs no check beside.
    checks: [
      ...(['waiting', 'active', 'jobs', 'claims', 'workers', 'rates', 'slots', 'busy', 'costs'] as const),
      ...(['aging', 'waitingSince'] as const),
    ],
    reply: takeReply,
  },
  free: {
    keys: ['claims', 'slots', 'busy', 'pending', 'meta'],
    rest: 'ids',
    calls: ['add', 'line-of', 'to-tail'],
    reply: count,
  },
  'sweep-slots': {
    keys: ['slots', 'busy', 'pending', 'claimsStart', 'costs', 'waitingSince', 'jobs'],
    args: { slotCursor: 'text', lineCursor: 'number', costCursor: 'text', sinceCursor: 'text' },
    calls: ['limits-of', 'expect', 'add', 'read-line', 'to-tail'],
    reply: tuple(text, count, text, text),
  },
  'put-back': {
    keys: ['waiting', 'workers', 'front', 'turns', 'pending', 'lineStart', 'aging', 'waitingSince'],
    args: { most: 'number' },
    calls: ['clock', 'expect'],
    reply: flag,
  },
} as const satisfies Record<string, ScriptEntry>;
