import type { PartEntry, ScriptEntry } from '../script-entry.ts';
import { asList, count, flag, groupsOf, oneOf, type Reply, text, tuple } from '../script-reply.ts';

/**
 * What became of each tick that was fired, with the job that was stored or is in the way; null when another was first.
 */
export type FireReply = [outcome: 'fired' | 'overlap' | 'unique' | 'exists', jobId: string][] | null;

const readWord = oneOf('done', 'passed');
const readOutcomes = groupsOf(oneOf('fired', 'overlap', 'unique', 'exists'), text);

const fireReply: Reply<FireReply> = (reply) => {
  const [word, ...outcomes] = asList(reply);
  return readWord(word) === 'done' ? readOutcomes(outcomes) : null;
};

/** What is known of a stored schedule, as a function. */
export const SCHEDULE_PARTS = {
  'marks-of': { args: ['schedule'] },
  'is-spent': { keys: ['schedules'], args: ['name', 'limit'], calls: ['count-of'] },
} as const satisfies Record<string, PartEntry>;

/** What keeps schedules and fires them. */
export const SCHEDULES = {
  'schedule-put': {
    keys: ['schedules', 'scheduleTicks', 'declarations', 'schedulesChanged'],
    args: { name: 'text', schedule: 'text', tick: 'text', limit: 'text', how: 'text', ttl: 'number' },
    calls: ['clock', 'marks-of', 'is-spent'],
    reply: oneOf('created', 'replaced', 'unchanged', 'outvoted', 'absent'),
  },
  'schedule-pause': {
    keys: ['schedules', 'scheduleTicks'],
    args: { name: 'text', note: 'text' },
    reply: oneOf('paused', 'unchanged', 'absent'),
  },
  'schedule-resume': {
    keys: ['schedules', 'scheduleTicks', 'schedulesChanged'],
    args: { name: 'text', fingerprint: 'text', tick: 'text', limit: 'text' },
    calls: ['marks-of', 'is-spent'],
    reply: oneOf('resumed', 'unchanged', 'changed', 'absent'),
  },
  'schedule-remove': {
    keys: ['schedules', 'scheduleTicks', 'firings', 'declarations'],
    args: { name: 'text', ttl: 'number' },
    calls: ['clock'],
    reply: flag,
  },
  'schedule-due': {
    keys: ['schedules', 'scheduleTicks'],
    args: { most: 'number' },
    calls: ['clock'],
    // What it reads before it writes needs no check beside.
    checks: [],
    reply: tuple(count, text, groupsOf(text, text, text)),
  },
  'schedule-fire': {
    keys: [
      'schedules',
      'scheduleTicks',
      'firings',
      'jobs',
      'waiting',
      'delayed',
      'earlierDelayed',
      'eventLog',
      'lockStart',
    ],
    args: {
      name: 'text',
      fingerprint: 'text',
      tick: 'text',
      nextTick: 'text',
      overlap: 'text',
      limit: 'text',
      kept: 'number',
      missed: 'text',
      key: 'text',
      release: 'text',
      ttl: 'text',
      onConflict: 'text',
      lookMs: 'number',
    },
    rest: 'ticks',
    calls: ['expect', 'count-of', 'marks-of', 'clock', 'is-over', 'store', 'save-unique'],
    reply: fireReply,
  },
} as const satisfies Record<string, ScriptEntry>;
