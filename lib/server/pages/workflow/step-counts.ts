import type { StepInfo, StepState } from '../../../inspector/inspector.ts';
import { numberText } from '../../../texts.ts';
import { STEP_STATES } from './step-shape.tsx';

/** How many steps are in a state. */
export interface StepCount {
  state: StepState;
  count: number;
}

/** Counts steps by their states, those first that somebody may have to look at; states that none is in are left out. */
export function countSteps(steps: readonly Pick<StepInfo, 'state'>[]): StepCount[] {
  const counts = new Map<StepState, number>();
  for (const { state } of steps) counts.set(state, (counts.get(state) ?? 0) + 1);
  return STEP_STATES.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [{ state, count }];
  });
}

/** Says it: `2 failed, 10 succeeded`. */
export function countsText(counts: readonly StepCount[]): string {
  return counts.map(({ state, count }) => `${numberText(count)} ${state}`).join(', ');
}
