import type { QueueKeys } from '../../lib/engine/keys.ts';
import { type FlowSaved, saveFlow } from '../../lib/engine/links/flow.ts';
import type { FlowPolicy, StepRule } from '../../lib/engine/links/flow-rules.ts';
import { openRecord } from '../../lib/engine/record/new-job.ts';
import type { RedisClient } from '../../lib/engine/scripts.ts';

/** A step of a workflow of a spec: its job has its name for an id. */
export interface SpecStep {
  name: string;
  queue: string;
  /** The places of those that it comes after. */
  after?: readonly number[];
  when?: StepRule;
  start?: string;
}

/** Stores a workflow of these steps, each of which reads the results of those before it; by default `w`. */
export function addFlow(
  deps: { client: RedisClient; keys: QueueKeys },
  { id = 'w', queue, policy = 'continue', steps }: SpecFlow,
): Promise<FlowSaved> {
  const written = steps.map(({ name, queue: of, after = [], when = 'succeeded', start = '' }, at) => {
    const links = { flow: { id, queue, step: name } };
    const next = steps.flatMap((step, nth) => ((step.after ?? []).includes(at) ? [nth] : []));
    return {
      ...{ name, type: 'step', queue: of, id: name, when, after, next, reads: after, isRead: true, start },
      ...openRecord(JSON.stringify({ name }), { type: 'step', links }),
    };
  });
  const shape = steps.map(({ name }) => name).join();
  return saveFlow(deps, { id, queue, policy, deadlineAt: null, shape, steps: written });
}

/** A workflow of a spec. */
export interface SpecFlow {
  id?: string;
  /** Where it is kept. */
  queue: string;
  policy?: FlowPolicy;
  steps: readonly SpecStep[];
}
