import type { ScriptEntry } from '../script-entry.ts';
import { count } from '../script-reply.ts';

/** What workers leave of how long jobs took. */
export const TIMES = {
  'keep-times': {
    keys: ['times', 'timedTypes', 'timedVersions'],
    args: {
      spans: 'text',
      version: 'text',
      mostTypes: 'number',
      mostSlowest: 'number',
      mostVersions: 'number',
      keptMs: 'number',
    },
    rest: 'rows',
    calls: ['clock'],
    reply: count,
  },
} as const satisfies Record<string, ScriptEntry>;
