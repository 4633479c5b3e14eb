import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';
import type { PlannedNode } from './step-graph.ts';
import type { Within } from './step-names.ts';
import type { DescribeWorkflow } from './workflow-builder.ts';
import { WorkflowScope } from './workflow-scope.ts';

/** Has a workflow described. Throws JOB_INVALID for what cannot be. */
export async function planWorkflow(describe: DescribeWorkflow): Promise<readonly PlannedNode[]> {
  requireDescribing('addWorkflow', describe);
  const nodes: PlannedNode[] = [];
  const scope = new WorkflowScope(nodes, { within: [], isSpared: false, gate: null });
  await describe(scope.builder);
  scope.end();
  return nodes;
}

/**
 * Has a sub-workflow described that a step adds as it runs, from its gate to its join; its name is that in the whole
 * workflow. Throws JOB_INVALID for what cannot be.
 */
export async function planPart(
  name: string,
  describe: DescribeWorkflow,
  within: Within,
): Promise<readonly PlannedNode[]> {
  requireDescribing('spawnWorkflow', describe);
  const ties = { name, within, isSpared: false, after: [] } as const;
  const gate = { ...ties, when: 'succeeded' as const, to: 0 };
  const nodes: PlannedNode[] = [gate];
  const scope = new WorkflowScope(nodes, { within: [...within, name], isSpared: false, gate: 0 });
  await describe(scope.builder);
  nodes[0] = { ...gate, to: nodes.length };
  nodes.push({ ...ties, when: 'ended', after: scope.end(), from: 0 });
  return nodes;
}

/** Throws JOB_INVALID unless a call was given a function that describes a workflow. */
export function requireDescribing(call: string, describe: unknown): asserts describe is DescribeWorkflow {
  if (typeof describe === 'function') return;
  const what = 'a function that describes the workflow by job(name, definition, data, options)';
  throw new ApiaryError('JOB_INVALID', `${call} takes ${what}, not ${describeValue(describe)}`);
}
