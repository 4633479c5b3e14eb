import type { VNode } from 'preact';
import type { CaseState } from '../../../inspector/inspector.ts';

/** The look of each state; one that is open has no mark, as all are until somebody says otherwise. */
const LOOKS: Readonly<Record<CaseState, 'quiet' | 'good' | 'bad' | null>> = {
  open: null,
  ignored: 'quiet',
  resolved: 'good',
  reopened: 'bad',
};

/** How a kind of failure stands, where somebody has said something of it. */
export function CaseMarkNote({ state }: { state: CaseState }): VNode | null {
  const look = LOOKS[state];
  return look === null ? null : <span class={`mark ${look}`}>{state}</span>;
}
