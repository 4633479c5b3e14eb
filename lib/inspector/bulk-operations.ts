import type { JobState } from '../engine/keys.ts';
import { MOVABLE_STATES } from '../engine/transfer/move-jobs.ts';
import { namesOf } from '../names-of.ts';

/**
 * The operations that can be done to all jobs that pass a filter, in the order in which they are offered, each with the
 * states of the jobs that it is for.
 */
export const BULK_STATES = {
  retry: ['failed'],
  promote: ['delayed'],
  cancel: ['waiting', 'delayed', 'active'],
  archive: ['waiting', 'delayed'],
  move: MOVABLE_STATES,
  // Its handler would not be stopped by removing one that runs, and nobody would see any more that it runs.
  remove: ['waiting', 'delayed', 'succeeded', 'failed'],
} as const satisfies Record<string, readonly JobState[]>;

/** The name of one of them. */
export type BulkName = keyof typeof BULK_STATES;

/** Their names. */
export const BULK_NAMES: readonly BulkName[] = namesOf(BULK_STATES);

/** Whether a text is one of their names. */
export function isBulkName(name: string): name is BulkName {
  return Object.hasOwn(BULK_STATES, name);
}

/** The states of the jobs that one of them is for. */
export function statesFor(name: BulkName): readonly JobState[] {
  return BULK_STATES[name];
}
