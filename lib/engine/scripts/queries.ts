import type { ScriptEntry } from '../script-entry.ts';
import { count, flag, groupsOf, listOf, oneOf, text, texts, tuple } from '../script-reply.ts';

/** What looks at jobs and workers, and what workers leave for those who look. */
export const QUERIES = {
  state: {
    keys: ['waiting', 'active', 'delayed', 'succeeded', 'failed', 'jobs'],
    rest: 'ids',
    reply: listOf(oneOf('waiting', 'active', 'delayed', 'succeeded', 'failed', '')),
  },
  ended: {
    keys: ['jobs', 'succeeded', 'failed'],
    rest: 'ids',
    reply: groupsOf(oneOf('succeeded', 'failed', 'open', ''), text),
  },
  'read-lists': { keys: [], others: 'waiting', calls: ['expect'], checks: [], reply: groupsOf(count, text) },
  census: {
    keys: ['jobs', 'succeeded', 'failed', 'stats'],
    calls: ['clock', 'count-of', 'expect'],
    // What it counts needs no check beside.
    checks: [],
    reply: tuple(count, count, count, count, count, count),
  },
  sample: {
    keys: ['samples', 'jobs', 'stats'],
    args: { keptMinutes: 'number' },
    calls: ['census'],
    reply: flag,
  },
  rights: { keys: ['other', 'otherChannel'], args: { value: 'text' }, reply: texts },
  announce: {
    keys: ['presence', 'presenceIndex', 'presenceOrder'],
    args: { worker: 'text', says: 'text', forMs: 'number' },
    calls: ['clock'],
    reply: text,
  },
} as const satisfies Record<string, ScriptEntry>;
