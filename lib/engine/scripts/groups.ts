import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { count, flag, listOf, oneOf, tuple } from '../script-reply.ts';

/** What every change of a group ends with. */
export const GROUP_PARTS = {
  gather: {
    keys: [
      ...(['jobs', 'waiting', 'groups', 'groupRules', 'groupOf'] as const),
      ...(['gathered', 'gatheredBefore', 'groupDue', 'groupStart', 'eventLog', 'meta'] as const),
    ],
    args: ['isForced', 'base', 'most', 'group'],
    calls: ['expect', 'clock', 'frame', 'tell', 'prioritise'],
  },
} as const satisfies Record<string, PartEntry>;

/** What lets jobs wait together. */
export const GROUPS = {
  'join-group': {
    keys: ['jobs', 'groupRules', 'groupOf', 'gathered', 'gatheredBefore', 'groupStart', 'eventLog'],
    args: { group: 'text', rule: 'text', start: 'text', base: 'text' },
    rest: 'members',
    calls: ['clock', 'expect', 'gather', 'tell'],
    reply: listOf(flag),
  },
  'leave-group': {
    keys: ['jobs', 'groupOf', 'groupStart', 'failed', 'eventLog'],
    args: { id: 'text', base: 'text', before: 'text', after: 'text', message: 'text', as: 'text' },
    calls: ['expect', 'clock', 'fail', 'gather', 'tell'],
    reply: oneOf('waiting', 'delayed', '', 'changed'),
  },
  'promote-member': {
    keys: ['groupOf', 'groupStart'],
    args: { id: 'text', base: 'text' },
    calls: ['expect', 'clock', 'gather'],
    reply: flag,
  },
  'fire-groups': {
    keys: [
      ...(['groups', 'groupStart', 'jobs', 'waiting', 'groupRules', 'groupOf', 'gathered'] as const),
      'gatheredBefore',
    ],
    args: { named: 'text', base: 'text', mostGroups: 'number', most: 'number' },
    calls: ['clock', 'expect', 'drain', 'gather'],
    checks: [],
    reply: tuple(count, count, count, count),
  },
  'split-group': {
    keys: ['claims', 'jobs'],
    args: { carrier: 'text', rest: 'text', isKept: 'flag' },
    rest: 'members',
    calls: ['drain', 'fail'],
    reply: flag,
  },
} as const satisfies Record<string, ScriptEntry>;
