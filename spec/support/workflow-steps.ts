import type { StepInfo } from '../../lib/inspector/inspector.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { type DrawnStep, drawnSteps } from '../../lib/server/pages/workflow/drawn-steps.ts';
import { QUEUE } from './monitor.ts';

/** A step as the inspector tells of it. */
export function stepInfo(name: string, facts: Partial<StepInfo> = {}): StepInfo {
  return {
    ...{ name, type: 't', queue: QUEUE, id: `id-${name}`, state: 'awaiting', when: 'succeeded' },
    ...{ after: [], addedBy: null, within: null },
    ...facts,
  };
}

/** What the steps of workflows on pages do. */
export const PageStep = defineJob<unknown>({ type: 'page.step', queue: QUEUE });

/** What is drawn of these steps. */
export function drawnOf(steps: readonly StepInfo[]): DrawnStep[] {
  return drawnSteps({ steps: [...steps], workflows: [] });
}
