import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { count, listOf } from '../script-reply.ts';

/** The keys by which new jobs are stored. */
export const SAVE_KEYS = ['jobs', 'waiting', 'delayed', 'earlierDelayed', 'eventLog'] as const;

/** What stores new jobs, in this queue or another, as functions. */
export const SAVE_PARTS = {
  frame: { args: ['ending'] },
  elsewhere: { args: ['meta', 'mark'] },
  room: { args: ['meta', 'jobs', 'waiting', 'delayed'] },
  store: { args: [...SAVE_KEYS, 'room'], rest: 'groups', calls: ['clock', 'delay', 'tell', 'prioritise'] },
} as const satisfies Record<string, PartEntry>;

/** What stores new jobs. */
export const SAVE = {
  save: {
    keys: [...SAVE_KEYS, 'meta'],
    rest: 'groups',
    calls: ['store', 'room', 'elsewhere'],
    checks: [],
    reply: listOf(count),
  },
} as const satisfies Record<string, ScriptEntry>;
