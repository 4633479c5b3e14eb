import type { ScriptEntry } from '../script-entry.ts';
import { count, flag, listOf } from '../script-reply.ts';

/** What brings jobs and schedules from another queue. */
export const TRANSFER = {
  restore: {
    keys: [
      ...(['id', 'jobs', 'waiting', 'delayed', 'earlierDelayed', 'succeeded', 'succeededOrder'] as const),
      ...(['failed', 'failedOrder', 'uniques', 'lockStart', 'eventLog', 'meta', 'signals'] as const),
    ],
    rest: 'parts',
    calls: [
      ...(['clock', 'expect', 'delay', 'lock-of', 'is-named', 'lock-end', 'write-lock', 'tell'] as const),
      ...(['key-of', 'prioritise', 'note-stay'] as const),
    ],
    reply: listOf(count),
  },
  'restore-schedule': {
    keys: ['schedules', 'scheduleTicks', 'schedulesChanged'],
    args: { name: 'text', schedule: 'text', tick: 'text', note: 'text', fired: 'text' },
    reply: flag,
  },
} as const satisfies Record<string, ScriptEntry>;
