import type { VNode } from 'preact';
import type { JobInfo, JobOutcome, JobState } from '../../inspector/inspector.ts';

/** What colour a mark has by what it says of a job; null for that of all that is neither good nor bad. */
const TONES: Readonly<Record<JobState | JobOutcome, 'good' | 'bad' | 'warn' | null>> = {
  waiting: null,
  active: null,
  delayed: null,
  succeeded: 'good',
  failed: 'bad',
  discarded: 'bad',
  lost: 'bad',
  cancelled: 'warn',
  expired: 'warn',
};

/** The state of a job in a word, or how it ended. */
export function JobMark({ job: { state, outcome } }: { job: Pick<JobInfo, 'state' | 'outcome'> }): VNode {
  const word = outcome ?? state;
  // Other programs write records too, with any outcome.
  return <span class={`mark ${TONES[word] ?? ''}`}>{word}</span>;
}
