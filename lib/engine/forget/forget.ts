import { namesOf } from '../../names-of.ts';
import { carryWhatCan } from '../links/hand-over.ts';
import { partCursorBehind, readPartCursor } from '../part-cursor.ts';
import { forgetLines, forgetReasons, forgetSignals } from './forget-beside.ts';
import type { ForgetDeps, ForgetPart } from './forget-deps.ts';
import { forgetHanded } from './forget-handed.ts';
import { forgetJobs } from './forget-jobs.ts';
import { forgetMarks } from './forget-marks.ts';
import { forgetGathered, forgetSorted, forgetThrottles } from './forget-names.ts';
import { emptyStep, type ForgetStep, hasForgotten } from './forget-report.ts';
import { forgetSchedules } from './forget-schedules.ts';
import { forgetAudit, forgetEvents, forgetLog } from './forget-streams.ts';
import { forgetBatches, forgetFlows } from './forget-ties.ts';

/**
 * In their order: what makes jobs comes before the jobs, what is kept beside them behind them, and what is told of them
 * comes last.
 */
const PARTS = {
  schedules: forgetSchedules,
  batches: forgetBatches,
  workflows: forgetFlows,
  handed: forgetHanded,
  jobs: forgetJobs,
  signals: forgetSignals,
  lines: forgetLines,
  reasons: forgetReasons,
  throttles: forgetThrottles,
  rates: forgetSorted('rates'),
  firings: forgetSorted('firings'),
  gathered: forgetGathered('gathered'),
  gatheredBefore: forgetGathered('gatheredBefore'),
  marks: forgetMarks,
  events: forgetEvents,
  audit: forgetAudit,
} as const satisfies Record<string, ForgetPart>;

const [FIRST = 'schedules', ...OTHERS] = namesOf(PARTS);
const ORDER = [FIRST, ...OTHERS] as const;

/**
 * Who goes over several queues takes one of these rounds in all of them before the next: up to such a cursor. What one
 * queue has handed to another is there before that is looked at.
 */
export const ROUND_ENDS = ['workflows:0', 'jobs:0'] as const;

/** With this cursor all is done but the notes of the audit stream, for who looks through these once for all queues. */
export const BEFORE_AUDIT = 'audit:0';

/**
 * Removes some of what a queue keeps of a person. Each step is bounded and may be taken again, and a walk may begin
 * anew. Throws JOB_INVALID for a cursor that no step gave.
 */
export async function forgetStep(deps: ForgetDeps, cursor: string | null): Promise<ForgetStep> {
  const { part, at } = readPartCursor(cursor, ORDER);
  const step = emptyStep();
  // Results that are on their way to a workflow are looked at where they arrive.
  if (cursor === null && !deps.dryRun) await carryWhatCan(deps);
  const next = await PARTS[part](deps, at, step);
  if (part !== 'events' && hasForgotten(step)) await forgetLog(deps, step);
  return { ...step, cursor: partCursorBehind(part, next, ORDER) };
}
