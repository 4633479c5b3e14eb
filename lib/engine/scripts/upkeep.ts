import type { ScriptEntry } from '../script-entry.ts';
import { count, flag, text, texts, tuple } from '../script-reply.ts';

/** What workers call for the whole queue. */
export const UPKEEP = {
  'promote-due': {
    keys: ['delayed', 'waiting', 'uniques', 'lockStart', 'jobs', 'succeeded', 'failed'],
    args: { most: 'number', lookMs: 'number' },
    calls: ['clock', 'expect', 'drain', 'lock-of', 'unlock'],
    checks: [],
    reply: tuple(count, count, count),
  },
  prune: { keys: ['jobs', 'succeeded', 'succeededOrder'], rest: 'ids', reply: count },
  'prune-failed': {
    keys: ['jobs', 'failed', 'failedOrder'],
    args: { before: 'number', kept: 'number', most: 'number' },
    reply: count,
  },
  'prune-kept': {
    keys: ['jobs', 'succeeded', 'succeededOrder', 'failed', 'failedOrder', 'keptUntil'],
    args: { near: 'number', far: 'number' },
    rest: 'noted',
    calls: ['pluck'],
    reply: tuple(count, count),
  },
  'adopt-finished': {
    keys: ['jobs', 'succeeded', 'succeededOrder', 'failed', 'failedOrder', 'keptUntil', 'losses'],
    rest: 'places',
    calls: ['clock', 'note-stay'],
    reply: count,
  },
  'count-strays': {
    keys: [
      ...(['jobs', 'waiting', 'active', 'delayed', 'succeeded', 'failed'] as const),
      ...(['front', 'moved', 'groupOf', 'turns', 'pending', 'lineStart'] as const),
    ],
    args: { mostLines: 'number' },
    calls: ['expect'],
    reply: tuple(count, count, flag),
  },
  'seek-strays': {
    keys: ['jobs', 'active', 'delayed', 'succeeded', 'failed', 'groupOf'],
    args: { cursor: 'text', most: 'number' },
    rest: 'suspects',
    reply: tuple(text, count, texts),
  },
  'place-stray': {
    keys: [
      ...(['jobs', 'waiting', 'active', 'delayed', 'earlierDelayed', 'succeeded', 'succeededOrder'] as const),
      ...([
        'failed',
        'failedOrder',
        'groupOf',
        'keptUntil',
        'workers',
        'front',
        'moved',
        'claimsStart',
        'lineStart',
      ] as const),
    ],
    args: { id: 'text', sha: 'text', place: 'text' },
    calls: ['expect', 'key-of', 'line-of', 'clock', 'delay', 'note-stay'],
    reply: flag,
  },
} as const satisfies Record<string, ScriptEntry>;
