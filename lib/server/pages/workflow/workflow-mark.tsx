import type { VNode } from 'preact';
import type { WorkflowSummary } from '../../../inspector/inspector.ts';

/** What colour a mark has by the state of a workflow; null for what is neither good nor bad. */
const TONES: Readonly<Record<WorkflowSummary['state'], 'good' | 'bad' | 'warn' | null>> = {
  adding: null,
  running: null,
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'warn',
  expired: 'warn',
};

/** The state of a workflow in a word. */
export function WorkflowMark({ state }: Pick<WorkflowSummary, 'state'>): VNode {
  return <span class={`mark ${TONES[state] ?? ''}`}>{state}</span>;
}
