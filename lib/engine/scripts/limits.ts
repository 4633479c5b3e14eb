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
  'aged-in': {
    keys: ['lineStart', 'waitingSince'],
    args: ['line', 'most', 'agingMs'],
    calls: ['clock'],
  },
  'next-lines': { keys: ['turns'], args: ['most'] },
  prioritise: { args: ['meta'], calls: ['clock'] },
  'waiting-lists': {
    keys: ['waiting', 'front', 'moved', 'meta', 'lineStart'],
    args: ['record'],
    calls: ['key-of', 'line-of', 'expect'],
  },
  'look-ahead': {
    keys: ['jobs'],
    args: ['list', 'isKeyed', 'readsRecords'],
    calls: ['key-of', 'line-of'],
  },
  place: { keys: ['lineStart'], args: ['found', 'push', 'placed'], calls: ['expect'] },
  'sort-in': {
    keys: ['lineStart', 'turns', 'pending', 'costs', 'waitingSince'],
    args: ['list', 'found', 'ages', 'placed'],
    calls: ['clock'],
  },
  'sort-out': {
    keys: ['jobs', 'rates', 'turns', 'pending', 'lineStart'],
    args: ['ids', 'now', 'lengths', 'suspect'],
    calls: ['key-of', 'line-of'],
  },
  'due-lines': { keys: ['pending'], args: ['perKey', 'heldUntil', 'most'], calls: ['clock'] },
  'holds-of': { keys: ['rates'], args: ['names'] },
  'mark-slots': { keys: ['slots', 'busy'], args: ['incarnation', 'keyed'], calls: ['add'] },
} as const satisfies Record<string, PartEntry>;

/** What queues with limits call beside the others. */
export const LIMITS = {
  'set-limits': {
    keys: [
      ...(['meta', 'front', 'turns', 'pending', 'moved', 'rates', 'slots', 'busy', 'costs'] as const),
      ...(['aging', 'waitingSince'] as const),
    ],
    args: { note: 'text', isLifted: 'flag', most: 'text' },
    // Of the others it only looks whether they are there.
    checks: ['meta'],
    reply: flag,
  },
  'take-limited': {
    keys: [
      ...(['waiting', 'moved', 'claims', 'workers', 'meta', 'front', 'turns', 'pending'] as const),
      ...(['rates', 'slots', 'busy', 'lineStart', 'costs', 'losses'] as const),
      ...(['jobs', 'succeeded', 'failed', 'aging', 'waitingSince'] as const),
    ],
    args: TAKE_ARGS,
    calls: [
      ...(['clock', 'limits-of', 'admit', 'drain', 'skim', 'hold', 'is-noted', 'expect'] as const),
      ...(['look-ahead', 'place', 'sort-in', 'mark-slots', 'read-line', 'to-tail', 'ages'] as const),
      ...(['sort-out', 'holds-of', 'due-lines', 'next-lines', 'aged-in'] as const),
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
    calls: ['line-of', 'to-tail'],
    reply: count,
  },
  'hold-back': {
    keys: ['claims', 'meta', 'rates'],
    args: { id: 'text', key: 'text', forMs: 'number' },
    calls: ['clock'],
    reply: flag,
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
