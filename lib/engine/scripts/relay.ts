import type { ScriptEntry } from '../script-entry.ts';
import { listOf, oneOf } from '../script-reply.ts';
import { SAVE_KEYS } from './save.ts';

/** What brings jobs from the outbox of a database. */
export const RELAY = {
  relay: {
    keys: [...SAVE_KEYS, 'meta', 'relayed'],
    args: {
      key: 'text',
      release: 'text',
      ttl: 'text',
      onConflict: 'text',
      lookMs: 'number',
      keptMs: 'number',
    },
    rest: 'rows',
    calls: ['clock', 'store', 'room', 'save-unique'],
    reply: listOf(oneOf('stored', 'existed', 'held', 'full')),
  },
} as const satisfies Record<string, ScriptEntry>;
