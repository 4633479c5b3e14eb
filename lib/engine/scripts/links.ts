import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { asList, count, flag, listOf, oneOf, type Reply, text } from '../script-reply.ts';
import { SAVE_KEYS } from './save.ts';

/**
 * What became of members that were to be stored: how many are stored now, and the id of the last job of their batch.
 */
export type BatchReply =
  | { outcome: 'added' | 'existed'; stored: number; lastId: string }
  /** The batch of that id is another one, or gone. */
  | { outcome: 'other' }
  /** A queue has no room for all of these. */
  | { outcome: 'full' };

const readOutcome = oneOf('added', 'existed', 'other', 'full');

const batchReply: Reply<BatchReply> = (reply) => {
  const [word, stored, lastId] = asList(reply);
  const outcome = readOutcome(word);
  return outcome === 'other' || outcome === 'full'
    ? { outcome }
    : { outcome, stored: count(stored), lastId: text(lastId) };
};

/** What became of steps that were to be stored, and how many of their workflow are stored now. */
export type FlowReply =
  | { outcome: 'added' | 'existed'; stored: number }
  /** The workflow of that id is another one. */
  | { outcome: 'other' }
  /** A queue has no room for all that start at once. */
  | { outcome: 'full' };

const flowReply: Reply<FlowReply> = (reply) => {
  const [word, stored] = asList(reply);
  const outcome = readOutcome(word);
  return outcome === 'other' || outcome === 'full' ? { outcome } : { outcome, stored: count(stored) };
};

/**
 * What counts members of batches and carries workflows on, as functions; batches and steps may be those of a queue that
 * was deleted.
 */
export const LINK_PARTS = {
  'check-tally': { args: ['batches', 'members'], calls: ['expect'] },
  tally: {
    args: ['batches', 'what', 'members'],
    calls: ['clock', 'add', 'count-of', 'frame', 'store', 'check-tally'],
  },
  became: { keys: ['jobs', 'succeeded', 'failed'], args: ['id'] },
  'have-room': { args: ['queues', 'wanted'], calls: ['room'] },
  keep: { args: ['key', 'index', 'id', 'keepMs'], calls: ['clock'] },
  'hand-over': { args: ['start', 'to', 'fields'] },
  'check-hand-over': { args: ['start', 'to'], calls: ['expect'] },
  'tell-home': { args: ['steps', 'one', 'entry'], calls: ['hand-over'] },
  'check-flow': { args: ['flow'], calls: ['expect', 'check-hand-over', 'count-of'] },
  'check-steps': { args: ['steps', 'ids'], calls: ['check-flow', 'check-hand-over'] },
  advance: {
    args: ['steps', 'ends'],
    calls: [
      ...(['clock', 'add', 'open-flow', 'pass-on', 'recount-steps', 'release-steps'] as const),
      ...(['spawn-steps', 'tell-home'] as const),
    ],
  },
  'open-flow': { args: ['key'], calls: ['clock', 'count-of'] },
  'pass-on': { args: ['flow', 'ended', 'skipped'], calls: ['count-of'] },
  'spawn-steps': { args: ['flow', 'n', 'spawned'], calls: ['add'] },
  'recount-steps': { args: ['key', 'total', 'isStopped'] },
  'release-steps': { args: ['flows'], calls: ['clock', 'store', 'hand-over'] },
} as const satisfies Record<string, PartEntry>;

/** What stores batches and workflows and sees to them. */
export const LINKS = {
  'save-batch': {
    keys: ['batch', 'batchIndex', ...SAVE_KEYS],
    queues: [...SAVE_KEYS, 'batches', 'meta'],
    args: {
      id: 'text',
      total: 'number',
      before: 'number',
      when: 'text',
      keepMs: 'number',
      lastId: 'text',
      lastData: 'text',
      lastHead: 'text',
      lastTail: 'text',
      lastStart: 'text',
    },
    rest: 'members',
    calls: ['clock', 'store', 'have-room', 'keep'],
    reply: batchReply,
  },
  'sweep-batches': {
    keys: ['batches'],
    rest: 'ids',
    calls: ['tally', 'check-tally', 'became'],
    reply: count,
  },
  'save-flow': {
    keys: ['flow', 'flowIndex'],
    queues: [...SAVE_KEYS, 'steps', 'meta'],
    args: {
      id: 'text',
      total: 'number',
      jobless: 'number',
      before: 'number',
      policy: 'text',
      deadlineAt: 'text',
      keepMs: 'number',
      names: 'text',
      shape: 'text',
      roots: 'text',
    },
    rest: 'parts',
    calls: ['clock', 'have-room', 'keep', 'release-steps', 'check-hand-over'],
    reply: flowReply,
  },
  'cancel-flow': {
    keys: ['flow', 'steps'],
    calls: ['check-flow', 'count-of', 'drain', 'advance'],
    reply: listOf(count),
  },
  'rerun-flow': {
    keys: ['flow', 'steps'],
    rest: 'parts',
    calls: ['check-flow', 'advance'],
    reply: oneOf('done', 'open', 'changed', 'none'),
  },
  'sweep-steps': {
    keys: ['steps'],
    rest: 'ids',
    calls: ['check-steps', 'advance', 'became'],
    reply: count,
  },
  receive: {
    keys: [...SAVE_KEYS, 'steps', 'handed'],
    args: { source: 'text', from: 'text' },
    rest: 'parts',
    calls: ['drain', 'store', 'check-flow', 'check-hand-over', 'advance', 'check-arrive', 'arrive'],
    reply: text,
  },
  'drop-handed': {
    keys: ['handovers', 'other'],
    args: { to: 'text', last: 'text' },
    reply: flag,
  },
} as const satisfies Record<string, ScriptEntry>;
