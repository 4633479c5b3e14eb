import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { asList, count, oneOf, type Reply, text } from '../script-reply.ts';
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

/** What counts members of batches, as functions; the batches may be those of a queue that was deleted. */
export const LINK_PARTS = {
  'check-tally': { args: ['batches', 'members'], calls: ['expect'] },
  tally: { args: ['batches', 'what', 'members'], calls: ['clock', 'add', 'frame', 'store', 'check-tally'] },
} as const satisfies Record<string, PartEntry>;

/** What stores batches and sees to them. */
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
    calls: ['clock', 'store', 'room'],
    reply: batchReply,
  },
  'sweep-batches': {
    keys: ['batches', 'jobs', 'succeeded', 'failed'],
    rest: 'ids',
    calls: ['tally', 'check-tally'],
    reply: count,
  },
} as const satisfies Record<string, ScriptEntry>;
