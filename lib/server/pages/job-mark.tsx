import type { VNode } from 'preact';
import type { JobInfo } from '../../inspector/inspector.ts';

/** The state of a job in a word, or how it ended. */
export function JobMark({ job: { state, outcome } }: { job: Pick<JobInfo, 'state' | 'outcome'> }): VNode {
  const word = outcome ?? state;
  return <span class={`mark ${word}`}>{word}</span>;
}
