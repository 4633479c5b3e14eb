import type { ScriptEntry } from '../script-entry.ts';
import { count, listOf } from '../script-reply.ts';
import { SAVE_KEYS } from './save.ts';

/** What brings jobs from another queue. */
export const TRANSFER = {
  restore: {
    keys: [...SAVE_KEYS, 'succeeded', 'succeededOrder', 'failed', 'failedOrder', 'uniques', 'lockStart'],
    rest: 'parts',
    calls: ['clock', 'expect', 'delay', 'lock-of', 'is-named', 'lock-end', 'write-lock', 'tell'],
    reply: listOf(count),
  },
} as const satisfies Record<string, ScriptEntry>;
