import type { ScriptEntry } from '../script-entry.ts';
import { count, flag, oneOf, orNull, text, texts, tuple } from '../script-reply.ts';

/** What changes jobs from outside. */
export const REPAIRS = {
  cancel: {
    keys: ['active', 'cancelled', 'cancels', 'cancelReasons'],
    args: { id: 'text', reason: 'text' },
    calls: ['drain'],
    reply: flag,
  },
  'set-pause': { keys: ['meta', 'eventLog'], args: { note: 'text' }, calls: ['tell'], reply: flag },
  swap: { keys: ['hash'], args: { field: 'text', before: 'text', after: 'text' }, reply: flag },
  promote: { keys: ['delayed', 'waiting'], args: { id: 'text' }, reply: flag },
  rewrite: {
    keys: ['jobs', 'active'],
    args: { id: 'text', before: 'text', after: 'text' },
    reply: oneOf(1, 0, -1, -2),
  },
  'add-line': {
    keys: ['jobs', 'addedLines'],
    args: { id: 'text', line: 'text', most: 'number' },
    reply: flag,
  },
  'place-lines': {
    keys: ['jobs', 'active', 'addedLines'],
    args: { id: 'text', before: 'text', after: 'text', lines: 'text' },
    reply: oneOf(1, 0, -1, -2),
  },
  'mark-case': {
    keys: ['caseMarks'],
    args: { fingerprint: 'text', mark: 'text', most: 'number' },
    calls: ['clock'],
    reply: flag,
  },
  reschedule: {
    keys: [
      ...(['jobs', 'waiting', 'moved', 'active', 'delayed', 'succeeded', 'failed'] as const),
      ...(['groupOf', 'earlierDelayed', 'meta'] as const),
    ],
    args: { id: 'text', before: 'text', after: 'text', dueAt: 'number' },
    calls: ['expect', 'waiting-lists', 'pluck', 'delay', 'key-of', 'prioritise'],
    reply: oneOf(1, 0, -1, -2),
  },
  'set-priority': {
    keys: [
      ...(['jobs', 'waiting', 'moved', 'active', 'delayed', 'succeeded', 'failed'] as const),
      ...(['groupOf', 'meta'] as const),
    ],
    args: { id: 'text', before: 'text', after: 'text' },
    calls: ['waiting-lists', 'pluck', 'prioritise'],
    reply: oneOf(1, 0, -1, -2),
  },
  retry: {
    keys: [
      ...(['failed', 'failedOrder', 'waiting', 'delayed', 'earlierDelayed', 'jobs', 'uniques'] as const),
      ...(['batches', 'steps', 'eventLog', 'meta'] as const),
    ],
    args: { id: 'text', before: 'text', after: 'text', key: 'text', ttl: 'text', dueAt: 'number' },
    calls: [
      ...(['clock', 'check-tally', 'tally', 'check-steps', 'advance', 'lock-end', 'write-lock'] as const),
      ...(['tell', 'key-of', 'prioritise', 'delay'] as const),
    ],
    reply: oneOf(1, 0, -1),
  },
  remove: {
    keys: [
      ...(['jobs', 'waiting', 'active', 'delayed', 'succeeded', 'succeededOrder', 'failed'] as const),
      ...(['failedOrder', 'stalling', 'losses', 'workers', 'cancelled', 'claimsStart', 'uniques'] as const),
      ...(['lockStart', 'batches', 'steps', 'revoked', 'claimNames', 'eventLog'] as const),
      ...(['addedLines', 'signals'] as const),
    ],
    args: { id: 'text', sparesRunning: 'flag' },
    calls: [
      ...(['waiting-lists', 'expect', 'check-tally', 'tally', 'check-steps', 'advance', 'pluck'] as const),
      ...(['unlock', 'tell', 'tell-idle'] as const),
    ],
    reply: oneOf('waiting', 'active', 'delayed', 'succeeded', 'failed', 'nowhere', 'running', ''),
  },
  withdraw: {
    keys: [
      ...(['delayed', 'succeeded', 'succeededOrder', 'failed', 'failedOrder', 'jobs', 'losses'] as const),
      ...(['uniques', 'lockStart', 'batches', 'steps', 'eventLog', 'list'] as const),
    ],
    args: { state: 'text', farthest: 'number', nearest: 'number', as: 'text', message: 'text' },
    rest: 'changes',
    calls: [
      ...(['expect', 'check-tally', 'tally', 'check-steps', 'advance', 'strike', 'pluck'] as const),
      ...(['fail', 'unlock', 'tell', 'tell-idle'] as const),
    ],
    reply: texts,
  },
  sift: {
    keys: ['list'],
    args: { anchor: 'text', guess: 'number', before: 'number', drift: 'number' },
    rest: 'marks',
    reply: orNull(tuple(count, count, text)),
  },
  // It works on whatever is there: a queue with a key that is not what it should be can be deleted all the same.
  'delete-queue': {
    keys: [
      ...(['active', 'jobs', 'waiting', 'delayed', 'succeeded', 'failed', 'workers', 'claimsStart'] as const),
      ...(['graves', 'batches', 'batchIndex', 'turns', 'pending', 'groups', 'uniques', 'lockStart'] as const),
      ...(['steps', 'flowIndex', 'handovers', 'handed'] as const),
    ],
    others: 'other',
    args: { mode: 'text', token: 'text' },
    checks: [],
    reply: tuple(oneOf('deleted', 'active', 'filled'), count),
  },
  bury: {
    keys: [
      ...([
        'graves',
        'batches',
        'batchIndex',
        'turns',
        'pending',
        'groups',
        'groupRules',
        'uniques',
      ] as const),
      ...(['batchStart', 'lineStart', 'groupStart', 'lockStart', 'steps', 'flowIndex', 'flowStart'] as const),
    ],
    args: { token: 'text', most: 'number' },
    calls: ['tally', 'advance', 'lock-of', 'is-named'],
    reply: tuple(flag, count),
  },
} as const satisfies Record<string, ScriptEntry>;
