import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { count, flag, groupsOf, oneOf, orNull, text, texts, tuple } from '../script-reply.ts';
import { SAVE_KEYS } from './save.ts';
import { takeReply } from './take-reply.ts';

/** What every take is told. */
export const TAKE_ARGS = {
  incarnation: 'text',
  leaseMs: 'number',
  wanted: 'number',
  joins: 'flag',
  maySuspect: 'flag',
  claimName: 'text',
} as const;

/** What every settle is told. */
export const SETTLE_ARGS = {
  keepSucceeded: 'number',
  keepFailed: 'number',
  publishing: 'text',
  attemptCount: 'number',
  plainCount: 'number',
  lockCount: 'number',
  nameCount: 'number',
} as const;

const SETTLE = { args: SETTLE_ARGS, rest: 'parts', checks: [], reply: texts } as const;
const BOTH = {
  keys: ['claims'],
  args: { ...TAKE_ARGS, ...SETTLE_ARGS },
  rest: 'parts',
  checks: [],
  known: ['active', 'jobs', 'claims'],
  reply: tuple(texts, takeReply),
} as const;
const LINKED_QUEUES = { queues: SAVE_KEYS } as const;

/** What takes and settles call, as functions. */
export const SESSION_PARTS = {
  admit: {
    keys: ['workers', 'meta', 'revoked'],
    args: ['incarnation', 'joins'],
    calls: ['clock', 'is-noted'],
  },
  hold: {
    keys: ['active', 'jobs', 'claims', 'cancelled', 'claimNames', 'eventLog'],
    args: ['ids', 'claimName'],
    calls: ['is-noted', 'tell'],
  },
  skim: { keys: ['losses'], args: ['list', 'most', 'maySuspect', 'looked'] },
  'is-noted': {
    keys: ['cancelled', 'losses', 'stalling', 'revoked', 'claimNames', 'eventLog'],
    state: 'local hasNotes, isHeard = nil, false',
  },
  'forget-revoked': { keys: ['revoked'], args: ['incarnation'] },
} as const satisfies Record<string, PartEntry>;

/** What workers call for the jobs that they hold. */
export const SESSION = {
  take: {
    keys: ['waiting', 'claims', 'workers', 'losses'],
    args: TAKE_ARGS,
    calls: ['admit', 'drain', 'skim', 'hold', 'is-noted'],
    checks: ['active', 'jobs', 'claims'],
    reply: takeReply,
  },
  settle: {
    ...SETTLE,
    keys: [
      ...(['active', 'jobs', 'claims', 'waiting', 'delayed', 'earlierDelayed', 'succeeded'] as const),
      ...(['succeededOrder', 'failed', 'failedOrder', 'losses', 'stalling', 'cancelled'] as const),
      ...(['stats', 'events', 'uniques', 'lockStart', 'claimNames', 'keptUntil'] as const),
    ],
    calls: [
      ...(['clock', 'is-noted', 'expect', 'head', 'strike', 'event-of', 'delay', 'count-ended'] as const),
      ...(['unlock', 'tell', 'tell-idle'] as const),
    ],
  },
  'settle-linked': {
    ...SETTLE,
    ...LINKED_QUEUES,
    keys: [
      ...(['claims', 'batches', 'steps', 'claimNames', 'eventLog', 'jobs', 'waiting', 'delayed'] as const),
      ...(['active', 'succeeded', 'failed', 'losses', 'meta', 'uniques', 'lockStart', 'signals'] as const),
    ],
    calls: [
      ...(['settle', 'store', 'check-tally', 'tally', 'expect', 'tell-idle'] as const),
      ...(['check-steps', 'check-hand-over', 'advance', 'save-unique', 'note-wait'] as const),
    ],
  },
  'pick-up': {
    keys: ['moved', 'waiting', 'claims'],
    args: TAKE_ARGS,
    checks: [],
    roles: { takeJobs: 'take' },
    reply: orNull(takeReply),
  },
  // Both transitions in one round trip.
  'settle-and-take': {
    ...BOTH,
    file: 'exchange',
    calls: ['clock'],
    roles: { endAttempts: 'settle', takeJobs: 'take' },
  },
  'settle-linked-and-take': {
    ...BOTH,
    ...LINKED_QUEUES,
    file: 'exchange',
    calls: ['clock'],
    roles: { endAttempts: 'settle-linked', takeJobs: 'take' },
  },
  'settle-and-take-limited': {
    ...BOTH,
    file: 'exchange-limited',
    calls: ['clock'],
    roles: { endAttempts: 'settle', freeSlots: 'free', takeJobs: 'take-limited' },
  },
  'settle-linked-and-take-limited': {
    ...BOTH,
    ...LINKED_QUEUES,
    file: 'exchange-limited',
    calls: ['clock'],
    roles: { endAttempts: 'settle-linked', freeSlots: 'free', takeJobs: 'take-limited' },
  },
  renew: {
    keys: ['workers', 'claims', 'stalling'],
    args: { incarnation: 'text', leaseMs: 'number', joins: 'flag' },
    rest: 'ids',
    calls: ['clock', 'drain'],
    // A stalling that is no set is no reason to lose the lease.
    checks: [],
    reply: tuple(oneOf('ok', 'burnt'), count, texts, texts),
  },
  release: { keys: ['active', 'claims', 'claimNames'], rest: 'ids', calls: ['head'], reply: count },
  leave: {
    keys: ['workers', 'claims'],
    args: { incarnation: 'text' },
    calls: ['forget-revoked'],
    reply: flag,
  },
  lapsed: {
    keys: ['workers', 'cancelled', 'moved', 'waiting', 'cancelReasons'],
    calls: ['clock'],
    checks: [],
    reply: tuple(count, groupsOf(text, count), texts, texts, groupsOf(text, text)),
  },
  recover: {
    keys: ['workers', 'deadClaims', 'active', 'losses', 'jobs', 'ownClaims', 'revoked', 'claimNames'],
    args: { dead: 'text', hasEnded: 'flag', limit: 'number', own: 'text', most: 'number' },
    calls: ['clock', 'head', 'add', 'forget-revoked'],
    reply: orNull(tuple(texts, groupsOf(text, orNull(text)))),
  },
  orphans: {
    keys: ['stallBlock', 'stalling', 'waiting', 'active', 'workers'],
    others: 'claims',
    args: { intervalMs: 'number', afresh: 'flag' },
    rest: 'incarnations',
    calls: ['drain'],
    reply: tuple(orNull(texts), count),
  },
  progress: {
    keys: ['claims', 'jobs', 'events', 'eventLog'],
    args: { id: 'text', record: 'text', message: 'text' },
    calls: ['drain', 'tell'],
    reply: flag,
  },
  fence: {
    keys: ['claims', 'meta'],
    args: { id: 'text' },
    calls: ['clock', 'count-of', 'drain'],
    reply: count,
  },
} as const satisfies Record<string, ScriptEntry>;
