import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { count, oneOf, orNull, text, tuple } from '../script-reply.ts';

/** What settling calls for jobs that wait for signals, as functions. */
export const SIGNAL_PARTS = {
  'signals-of': { keys: ['signals'], args: ['id', 'born'] },
  'note-wait': {
    keys: ['signals', 'delayed', 'waiting'],
    args: ['id', 'told'],
    calls: ['signals-of'],
  },
} as const satisfies Record<string, PartEntry>;

/** What gives jobs signals, and looks at them. */
export const SIGNALS = {
  signal: {
    keys: ['jobs', 'succeeded', 'failed', 'groupOf', 'signals', 'delayed', 'waiting', 'eventLog'],
    args: {
      id: 'text',
      name: 'text',
      born: 'text',
      token: 'text',
      data: 'text',
      mostNames: 'number',
      mostBytes: 'number',
    },
    calls: ['clock', 'signals-of', 'tell'],
    reply: oneOf('created', 'known', 'none', 'ended', 'grouped', 'changed', 'many', 'long'),
  },
  'read-signals': {
    keys: ['signals'],
    args: { id: 'text' },
    calls: ['clock'],
    checks: [],
    reply: tuple(count, orNull(text)),
  },
  'sweep-signals': {
    keys: ['signals', 'jobs', 'succeeded'],
    args: { cursor: 'text', most: 'number' },
    reply: tuple(text, count, count),
  },
} as const satisfies Record<string, ScriptEntry>;
