import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { count, flag, listOf, oneOf, texts } from '../script-reply.ts';

/** What stores jobs that were moved here, in this queue or another, as functions. */
export const TRANSFER_PARTS = {
  'check-arrive': { args: ['start'], calls: ['expect'] },
  arrive: {
    args: ['start', 'arrived'],
    calls: ['key-of', 'prioritise', 'delay', 'note-stay', 'tell'],
  },
} as const satisfies Record<string, PartEntry>;

/** What brings jobs and schedules from another queue. */
export const TRANSFER = {
  restore: {
    keys: [
      ...(['id', 'jobs', 'waiting', 'delayed', 'earlierDelayed', 'succeeded', 'succeededOrder'] as const),
      ...([
        'failed',
        'failedOrder',
        'keptUntil',
        'uniques',
        'lockStart',
        'eventLog',
        'meta',
        'signals',
      ] as const),
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
  move: {
    keys: [
      'jobs',
      'delayed',
      'failedOrder',
      'losses',
      'addedLines',
      'uniques',
      'batches',
      'steps',
      'signals',
      'list',
    ],
    queues: ['jobs', 'waiting', 'delayed', 'meta'],
    args: { state: 'text', farthest: 'number', nearest: 'number', to: 'text' },
    rest: 'changes',
    calls: ['expect', 'room', 'withdraw', 'check-arrive', 'arrive', 'check-hand-over', 'hand-over'],
    reply: listOf(
      oneOf('moved', 'gone', 'taken', 'full', ...(['uniques', 'batches', 'steps', 'signals'] as const)),
    ),
  },
  greet: {
    keys: ['jobs', 'waiting', 'delayed', 'meta', 'handed'],
    args: { source: 'text' },
    rest: 'ids',
    calls: ['room'],
    reply: texts,
  },
} as const satisfies Record<string, ScriptEntry>;
