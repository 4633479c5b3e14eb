import type { PartEntry } from '../script-entry.ts';

/** What scripts of every duty call. */
export const SHARED_PARTS = {
  expect: { args: ['command', 'key'], state: 'local seen = {}' },
  add: { args: ['key', 'field', 'by'] },
  'count-of': { args: ['text', 'most'] },
  clock: { args: ['unit'], state: 'local micros = nil' },
  drain: { args: ['command', 'key'] },
  strike: { args: ['set', 'ids'] },
  pluck: { args: ['list', 'id'] },
  delay: { args: ['delayed', 'earlierDelayed', 'places'] },
  head: { keys: ['waiting', 'front', 'meta'] },
  'is-over': { keys: ['jobs', 'succeeded', 'failed'], args: ['id'] },
  'event-of': { args: ['id', 'event', 'data'] },
  'count-ended': { keys: ['stats'], args: ['state', 'number'], calls: ['add', 'clock'] },
  'note-stay': { args: ['keptUntil', 'id', 'record', 'state'], calls: ['clock'] },
  fail: {
    keys: ['jobs', 'failed', 'failedOrder', 'keptUntil', 'events', 'eventLog'],
    args: ['as', 'ends'],
    calls: ['clock', 'event-of', 'count-ended', 'note-stay', 'tell'],
  },
} as const satisfies Record<string, PartEntry>;
