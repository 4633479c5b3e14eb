import type { JobOperationName } from '../../inspector/operations.ts';

/** A key, as the terminal's escape sequences name it: a character, or one of these words. */
export type Key = string;

/** The operations on an open job, by their keys. */
export const JOB_KEYS = {
  r: 'retry',
  n: 'promote',
  c: 'cancel',
  a: 'archive',
  x: 'remove',
} as const satisfies Record<string, JobOperationName>;

/** A key of {@link JOB_KEYS}. */
export type JobKey = keyof typeof JOB_KEYS;

/** Every key and what it does, as `?` and the documents tell it. */
export const TOP_KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['Up Down k j', 'move by a line'],
  ['PgUp PgDn', 'move by a page; Home and End to the first and the last'],
  ['Tab 1 2 3 4', 'go to the queues, what runs, the failures, the workers'],
  ['/', 'show only queues with a text in their names; Esc shows all again'],
  ['o', 'open a job by its id, or by its queue and its id'],
  ['Enter', 'open the job of a line, with its timeline and why it does not run'],
  ['p', 'pause the queue, or let it go on'],
  ['r', 'retry failed jobs: all of a line of the failures, or the one that is open'],
  ['c', 'cancel the job that runs, or that is open'],
  ['n a x', 'of an open job: make it due now, archive it, remove it'],
  ['Space', 'look at Redis now'],
  ['Ctrl-L', 'draw the screen anew'],
  ['Ctrl-Z', 'suspend; fg goes on'],
  ['q Esc', 'go back; q ends the view, as Ctrl-C does anywhere'],
];

/** Whether a key is one of {@link JOB_KEYS}. */
export function isJobKey(key: Key): key is JobKey {
  return Object.hasOwn(JOB_KEYS, key);
}
