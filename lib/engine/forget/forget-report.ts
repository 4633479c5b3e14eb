import { namesOf } from '../../names-of.ts';

/** What may be forgotten, each with what is counted of it. */
export const FORGET_KINDS = {
  jobs: 'jobs removed',
  parts: 'other jobs that a part was taken out of',
  schedules: 'schedules removed',
  batches: 'last jobs of batches blanked',
  steps: 'steps of workflows blanked',
  keys: 'unique keys, and other names, let go',
  events: 'event logs begun anew',
  audit: 'notes of the audit stream, runs and saved searches removed',
} as const;

/** What may have to stay, each with why. */
export const LEFT_REASONS = {
  running: 'they run',
  naming: 'the value stands where a handler, or Redis, still needs it',
  closed: 'they cannot be read here, as their key is missing',
  changed: 'they changed meanwhile',
  handed: 'they were on their way to another queue: run it again in two minutes',
} as const;

/** One of {@link FORGET_KINDS}. */
export type ForgetKind = keyof typeof FORGET_KINDS;

/** One of {@link LEFT_REASONS}. */
export type LeftReason = keyof typeof LEFT_REASONS;

/** What one step did, or would do. */
export interface ForgetStep {
  /** How many jobs and other things were looked at. */
  looked: number;
  forgotten: Record<ForgetKind, number>;
  left: Record<LeftReason, number>;
  /** Up to a hundred of the jobs and schedules that were left as they name the person, or run. */
  leftIds: string[];
  /** Where the next step goes on; null when all was looked at. */
  cursor: string | null;
}

/** How many ids of what is left a step names. */
const MOST_NAMED = 100;

/** A step in which nothing was done yet. */
export function emptyStep(): ForgetStep {
  return {
    looked: 0,
    forgotten: { jobs: 0, parts: 0, schedules: 0, batches: 0, steps: 0, keys: 0, events: 0, audit: 0 },
    left: { running: 0, naming: 0, closed: 0, changed: 0, handed: 0 },
    leftIds: [],
    cursor: null,
  };
}

/** Adds what another step did. */
export function addStep(sum: ForgetStep, step: ForgetStep): void {
  sum.looked += step.looked;
  for (const kind of namesOf(FORGET_KINDS)) sum.forgotten[kind] += step.forgotten[kind];
  for (const reason of namesOf(LEFT_REASONS)) sum.left[reason] += step.left[reason];
  sum.leftIds = [...sum.leftIds, ...step.leftIds].slice(0, MOST_NAMED);
}

/** Takes note that something has to stay. */
export function leave(step: ForgetStep, reason: LeftReason, id?: string): void {
  step.left[reason]++;
  if (id !== undefined && reason !== 'closed' && step.leftIds.length < MOST_NAMED) step.leftIds.push(id);
}

/** Whether anything was forgotten. */
export function hasForgotten({ forgotten }: ForgetStep): boolean {
  return Object.values(forgotten).some((count) => count > 0);
}
