import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { asList, count, oneOf, orNull, type Reply, text, tuple } from '../script-reply.ts';
import { SAVE_KEYS } from './save.ts';

/** What became of a job that was added under a unique key. */
export type UniqueReply =
  /** Stored; `delayed` also where it is parked until the holder of the key has ended. */
  | { outcome: 'created'; id: string; state: 'waiting' | 'delayed' }
  /** Not stored: its own id was taken. */
  | { outcome: 'existed'; id: string }
  /** Not stored: the job named holds the key. */
  | { outcome: 'held'; id: string }
  /** Not stored by itself: the job named has its data and options now. */
  | { outcome: 'replaced'; id: string }
  /** Not stored: too many jobs wait. */
  | { outcome: 'full'; id: string };

const readOutcome = oneOf('created', 'existed', 'held', 'replaced', 'full');
const readState = oneOf('waiting', 'delayed');

const uniqueReply: Reply<UniqueReply> = (reply) => {
  const [word, id, state] = asList(reply);
  const outcome = readOutcome(word);
  return outcome === 'created'
    ? { outcome, id: text(id), state: readState(state) }
    : { outcome, id: text(id) };
};

/** What is known of the locks of unique keys, as functions. */
export const UNIQUE_PARTS = {
  'lock-of': { keys: ['lockStart'], args: ['key'] },
  'is-named': { keys: ['uniques', 'lockStart'], args: ['key', 'lock'] },
  'lock-end': { args: ['from', 'ttl'] },
  'write-lock': { keys: ['lockStart'], args: ['key', 'lock', 'mode'], calls: ['clock', 'name-throttle'] },
  'name-throttle': { keys: ['lockStart'], args: ['key', 'endsAt'], calls: ['clock'] },
} as const satisfies Record<string, PartEntry>;

/** What stores jobs under unique keys, and lets go of those. */
export const UNIQUE = {
  'save-unique': {
    keys: [...SAVE_KEYS, 'meta', 'active', 'losses', 'uniques', 'lockStart'],
    args: {
      id: 'text',
      record: 'text',
      start: 'text',
      key: 'text',
      release: 'text',
      ttl: 'text',
      onConflict: 'text',
      lookMs: 'number',
      isBounded: 'flag',
      mark: 'text',
    },
    calls: [
      ...(['expect', 'clock', 'is-over', 'lock-of', 'is-named', 'lock-end', 'write-lock'] as const),
      ...(['delay', 'pluck', 'unlock', 'tell', 'room', 'waiting-lists', 'key-of'] as const),
      ...(['line-of', 'prioritise', 'elsewhere'] as const),
    ],
    reply: uniqueReply,
  },
  'holder-of': {
    keys: ['jobs', 'succeeded', 'failed', 'uniques', 'lockStart'],
    args: { key: 'text' },
    calls: ['expect', 'lock-of', 'is-named', 'is-over'],
    reply: orNull(tuple(text, oneOf('end', 'ttl'), text, text)),
  },
  'free-key': {
    keys: ['uniques', 'lockStart'],
    args: { key: 'text' },
    calls: ['expect', 'lock-of', 'is-named', 'unlock'],
    reply: orNull(text),
  },
  unlock: {
    keys: ['uniques', 'delayed', 'waiting', 'earlierDelayed', 'lockStart'],
    args: { why: 'text' },
    rest: 'holders',
    calls: ['clock', 'expect', 'is-over', 'lock-of', 'lock-end', 'write-lock', 'delay'],
    reply: count,
  },
} as const satisfies Record<string, ScriptEntry>;
