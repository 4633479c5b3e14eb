import type { VNode } from 'preact';
import type { StepState } from '../../../inspector/inspector.ts';
import { namesOf } from '../../../names-of.ts';

/**
 * What stands for a state beside its word: a shape that no other has, in a square of 16. Those come first that somebody
 * may have to look at.
 */
const SHAPES: Readonly<Record<StepState, string>> = {
  // A cross, a triangle, a ring, a clock, an empty square, a tick, a bar.
  failed: 'M3 3L13 13M13 3L3 13',
  active: 'M4 2.5L13.5 8L4 13.5Z',
  waiting: 'M2.5 8A5.5 5.5 0 1 1 13.5 8A5.5 5.5 0 1 1 2.5 8Z',
  delayed: 'M2.5 8A5.5 5.5 0 1 1 13.5 8A5.5 5.5 0 1 1 2.5 8ZM8 4.5V8L10.5 9.5',
  awaiting: 'M3 3H13V13H3Z',
  succeeded: 'M2.5 8.5L6.5 12.5L13.5 4',
  skipped: 'M2.5 8H13.5',
};

/** The states of a step, those first that somebody may have to look at. */
export const STEP_STATES: readonly StepState[] = namesOf(SHAPES);

/** The shape of a state, within a picture. */
export function ShapePath({ state }: { state: StepState }): VNode {
  return <path class="shape" d={SHAPES[state]} />;
}

/** A state as its shape and its word. */
export function StepMark({ state }: { state: StepState }): VNode {
  return (
    <span class={`step-mark ${state}`}>
      <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">
        <ShapePath state={state} />
      </svg>{' '}
      {state}
    </span>
  );
}
