import type { ScriptKeyName } from './key-types.ts';

/** What a script is given, and which other files of `scripts/` are part of it. */
export interface ScriptEntry {
  /** Its keys in order. Their types are checked before anything is written. */
  readonly keys: readonly ScriptKeyName[];
  /** How many of the last of them who calls may leave out. */
  readonly optional?: number;
  /** What follows them, again and again. */
  readonly each?: readonly ScriptKeyName[];
  /** Other scripts that it calls: in it, those are functions by their names. Who is called stands before who calls. */
  readonly calls?: readonly string[];
  /** It checks its keys by itself, only those that the call will touch: each check costs a fifth of a microsecond. */
  readonly checksKeys?: true;
}

const SAVE = ['jobs', 'waiting', 'delayed', 'earlierDelayed'] as const;
const TAKE = ['waiting', 'active', 'jobs', 'claims', 'workers', 'meta', 'cancelled'] as const;
const LINES = ['front', 'turns', 'pending', 'rates', 'slots', 'busy', 'lineStart', 'costs'] as const;
const UNLOCK = ['uniques', 'delayed', 'waiting', 'earlierDelayed', 'jobs', 'succeeded', 'failed'] as const;
const UNIQUE = [...SAVE, 'active', 'succeeded', 'failed', 'losses', 'uniques', 'lockStart'] as const;
const ENDED = ['succeeded', 'succeededOrder', 'failed', 'failedOrder'] as const;
const NOTES = ['losses', 'stalling', 'stats', 'events', 'earlierDelayed', 'cancelled', 'uniques'] as const;
const HEAD = ['front', 'meta'] as const;
const SETTLE = ['active', 'jobs', 'claims', 'waiting', 'delayed', ...ENDED, ...NOTES, 'lockStart'] as const;
const PLACES = ['waiting', 'active', 'delayed', 'succeeded', 'failed'] as const;
const STRAY = ['earlierDelayed', 'claimsStart', 'lineStart'] as const;
const TALLY = ['batches', 'jobs', 'succeeded', 'failed'] as const;
const MEMBERS = ['groups', 'groupRules', 'groupOf', 'gathered', 'gatheredBefore'] as const;
const GATHER = ['jobs', 'waiting', ...MEMBERS, 'groupDue', 'groupStart'] as const;
const HELD = ['stalling', 'losses', 'workers', 'cancelled', 'claimsStart', 'uniques'] as const;
const AROUND = ['earlierDelayed', 'lockStart', 'meta', 'front', 'lineStart'] as const;
const LOCKS = ['earlierDelayed', 'uniques', 'lockStart'] as const;
const OPEN = ['active', 'jobs', 'waiting', 'delayed', 'succeeded', 'failed', 'workers'] as const;
const INDEXES = ['batches', 'batchIndex', 'turns', 'pending', 'groups', 'groupRules', 'uniques'] as const;

/** Every script by the name of its file in `scripts/`. */
export const SCRIPTS = {
  // What others call, and what they check with.
  admit: { keys: ['active', 'claims', 'workers', 'meta'] },
  // What lets a script go on when Redis is full.
  drain: { keys: ['other'] },
  hold: { keys: ['active', 'jobs', 'claims', 'cancelled'] },
  skim: { keys: ['list', 'losses'] },
  'limits-of': { keys: ['meta'] },
  'key-of': { keys: [] },
  frame: { keys: [] },
  'marks-of': { keys: [] },
  pluck: { keys: ['list'] },
  'lock-of': { keys: [] },
  'name-throttle': { keys: ['lockStart'] },
  unlock: { keys: [...UNLOCK, 'lockStart'], calls: ['name-throttle', 'lock-of'] },
  save: { keys: SAVE, calls: ['frame'], checksKeys: true },
  'check-tally': { keys: TALLY },
  tally: { keys: TALLY, calls: ['save', 'check-tally'] },
  gather: { keys: GATHER, calls: ['frame'] },
  census: { keys: ['jobs', 'succeeded', 'failed', 'stats'] },

  // What workers call.
  take: { keys: [...TAKE, 'losses'], calls: ['admit', 'drain', 'skim', 'hold'] },
  'take-limited': {
    keys: [...TAKE, ...LINES, 'losses'],
    calls: ['limits-of', 'key-of', 'admit', 'drain', 'skim', 'hold'],
  },
  settle: { keys: [...SETTLE, ...HEAD], optional: 2, calls: ['unlock'], checksKeys: true },
  'settle-linked': {
    keys: [...SETTLE, ...HEAD],
    optional: 2,
    each: ['other'],
    calls: ['settle', 'save', 'check-tally', 'tally'],
    checksKeys: true,
  },
  // A stalling that is no set is no reason to lose the lease.
  renew: { keys: ['workers', 'claims', 'other'], calls: ['drain'] },
  release: { keys: ['active', 'waiting', 'claims', ...HEAD], optional: 2 },
  leave: { keys: ['workers', 'claims'] },
  lapsed: { keys: ['workers', 'cancelled'] },
  recover: {
    keys: ['workers', 'deadClaims', 'active', 'waiting', 'losses', 'jobs', 'ownClaims', ...HEAD],
    optional: 2,
  },
  orphans: {
    keys: ['stallBlock', 'stalling', 'waiting', 'active', 'workers'],
    each: ['claims'],
    calls: ['drain'],
  },
  progress: { keys: ['claims', 'jobs', 'events'], calls: ['drain'] },
  fence: { keys: ['claims', 'meta'], calls: ['drain'] },
  'split-group': { keys: ['claims', 'jobs', 'failed', 'failedOrder', 'stats', 'events'], calls: ['drain'] },
  free: { keys: ['claims', 'slots', 'busy', 'turns', 'pending'] },
  'sweep-slots': {
    keys: ['slots', 'busy', 'turns', 'pending', 'meta', 'claimsStart', 'costs', 'jobs'],
    calls: ['limits-of'],
  },
  promote: {
    keys: ['delayed', 'waiting', 'uniques', 'earlierDelayed', 'jobs', 'succeeded', 'failed', 'lockStart'],
    calls: ['drain', 'unlock', 'lock-of'],
  },
  sample: { keys: ['samples', 'jobs', 'succeeded', 'failed', 'stats'], calls: ['census'] },
  prune: { keys: ['jobs', 'succeeded', 'succeededOrder'] },
  'prune-failed': { keys: ['jobs', 'failed', 'failedOrder'] },
  'adopt-finished': { keys: ENDED },
  announce: { keys: ['presence', 'presenceIndex'] },
  'count-strays': {
    keys: ['jobs', ...PLACES, 'front', 'groupOf', 'turns', 'pending', 'lineStart'],
  },
  'seek-strays': { keys: ['jobs', 'active', 'delayed', 'succeeded', 'failed', 'groupOf'] },
  'place-stray': {
    keys: ['jobs', 'waiting', 'active', 'delayed', ...ENDED, 'groupOf', 'workers', 'front', ...STRAY],
    calls: ['key-of'],
  },

  // What adds jobs.
  'save-unique': { keys: UNIQUE, calls: ['unlock', 'name-throttle', 'lock-of', 'pluck', 'frame'] },
  'save-batch': { keys: ['batch', 'batchIndex', ...SAVE], each: [...SAVE, 'batches'], calls: ['save'] },
  'join-group': { keys: GATHER, calls: ['gather', 'frame'] },
  'schedule-fire': {
    keys: ['schedules', 'scheduleTicks', 'firings', ...UNIQUE],
    calls: ['marks-of', 'save', 'save-unique'],
  },

  // What looks at jobs and changes them from outside.
  state: { keys: [...PLACES, 'jobs'] },
  ended: { keys: ['jobs', 'succeeded', 'failed'] },
  cancel: { keys: ['active', 'cancelled', 'cancels'], calls: ['drain'] },
  raise: { keys: ['delayed', 'waiting'] },
  rewrite: { keys: ['jobs', 'active'] },
  retry: {
    keys: ['failed', 'failedOrder', 'waiting', 'jobs', 'uniques', 'lockStart', 'batches'],
    calls: ['check-tally', 'tally'],
  },
  remove: {
    keys: ['jobs', 'waiting', 'active', 'delayed', ...ENDED, ...HELD, ...AROUND, 'batches'],
    calls: ['unlock', 'check-tally', 'tally', 'pluck', 'key-of'],
  },
  withdraw: {
    keys: ['waiting', 'delayed', ...ENDED, 'jobs', 'losses', 'events', ...LOCKS, 'batches', 'stats', 'list'],
    optional: 1,
    calls: ['unlock', 'check-tally', 'tally', 'pluck'],
  },
  sift: { keys: ['list'] },
  rights: { keys: ['other', 'cancels'] },
  'leave-group': { keys: [...GATHER, 'failed', 'failedOrder', 'events', 'stats'], calls: ['gather'] },
  'raise-member': { keys: GATHER, calls: ['gather'] },
  'fire-groups': { keys: GATHER, calls: ['drain', 'gather'] },
  // It works on whatever is there: a queue with a key that is not what it should be can be deleted all the same.
  'delete-queue': { keys: [...OPEN, 'claimsStart', 'graves'], each: ['other'], checksKeys: true },
  bury: {
    keys: ['graves', ...INDEXES, 'batchStart', 'lineStart', 'groupStart', 'lockStart'],
    calls: ['check-tally', 'tally', 'lock-of'],
  },

  // Schedules.
  'schedule-put': {
    keys: ['schedules', 'scheduleTicks', 'declarations', 'schedulesChanged'],
    calls: ['marks-of'],
  },
  'schedule-pause': { keys: ['schedules', 'scheduleTicks'] },
  'schedule-resume': { keys: ['schedules', 'scheduleTicks', 'schedulesChanged'], calls: ['marks-of'] },
  'schedule-remove': { keys: ['schedules', 'scheduleTicks', 'firings', 'declarations'] },
  'schedule-due': { keys: ['schedules', 'scheduleTicks'] },
} as const satisfies Record<string, ScriptEntry>;
