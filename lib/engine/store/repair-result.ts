import type { JobState } from '../keys.ts';

/** What a repair did: `done`, or why not. */
export type RepairResult = { done: true } | { done: false; state: JobState | null };

/** What a removal did: in which state the job was, or that it was spared or not there. */
export type RemovalResult = { done: true; was: JobState } | { done: false; state: 'active' | null };
