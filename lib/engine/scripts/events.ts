import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { text } from '../script-reply.ts';

/** What writes events, as functions; whoever calls them has seen that the log is there. */
export const EVENT_PARTS = {
  tell: { args: ['eventLog', 'events'], calls: ['clock'] },
  'tell-idle': { args: ['eventLog'], calls: ['tell'] },
} as const satisfies Record<string, PartEntry>;

/** What says that events are wanted. */
export const EVENTS = {
  listen: { keys: ['eventLog'], args: { how: 'text', forMs: 'number' }, calls: ['clock'], reply: text },
} as const satisfies Record<string, ScriptEntry>;
