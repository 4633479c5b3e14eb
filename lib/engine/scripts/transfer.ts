import type { ScriptEntry } from '../script-entry.ts';
import { count, listOf } from '../script-reply.ts';

/** What brings jobs from another queue. */
export const TRANSFER = {
  restore: {
    keys: [
      ...(['jobs', 'waiting', 'delayed', 'earlierDelayed', 'succeeded', 'succeededOrder'] as const),
      ...(['failed', 'failedOrder', 'uniques', 'lockStart', 'eventLog', 'meta'] as const),
    ],
    rest: 'parts',
    calls: [
      ...(['clock', 'expect', 'delay', 'lock-of', 'is-named', 'lock-end', 'write-lock', 'tell'] as const),
      ...(['key-of', 'prioritise'] as const),
    ],
    reply: listOf(count),
  },
} as const satisfies Record<string, ScriptEntry>;
