import { type FlowNode, hasJob, planOf, stateOf } from '../engine/links/flow-node.ts';
import type { StoredFlow } from '../engine/record/record.ts';
import type { SpawnedStep } from '../engine/record/spawned-step.ts';
import { drawNodes } from '../jobs/drawn-nodes.ts';
import type { DraftedJob } from '../jobs/planned-job.ts';
import { isStep, type PlannedNode, type PlannedStep, type StepGraph, tieSteps } from '../jobs/step-graph.ts';
import type { Within } from '../jobs/step-names.ts';
import type { DescribeWorkflow } from '../jobs/workflow-builder.ts';
import { planPart } from '../jobs/workflow-plan.ts';
import type { Keyring } from '../keyring.ts';

/** A sub-workflow that a step adds as it runs. */
export interface SpawnedPlan {
  /** From its gate to its join. */
  nodes: readonly PlannedNode[];
  steps: readonly PlannedStep[];
  graph: StepGraph;
}

/** What it is added to: the step that adds it, the queue of that, and by what it is encrypted. */
export interface SpawnedInto {
  parent: StoredFlow;
  own: string;
  /** Whether it has steps in other slots than that. */
  isSpread: boolean;
  keyring: Keyring | null;
}

/** Has it described, under the name that it will have in the whole workflow. Throws JOB_INVALID for what cannot be. */
export async function planSpawned(
  whole: string,
  describe: DescribeWorkflow,
  within: Within,
): Promise<SpawnedPlan> {
  const nodes = await planPart(whole, describe, within);
  return { nodes, steps: nodes.filter(isStep), graph: tieSteps(nodes) };
}

/** Writes it out, with the job of each of its steps, as the end of the step stores it. */
export function spawnedParts(
  { nodes, steps, graph }: SpawnedPlan,
  drafts: readonly DraftedJob[],
  { parent, own, isSpread, keyring }: SpawnedInto,
): SpawnedStep[] {
  const { step: _, within: __, ...rest } = parent;
  const flow = { ...rest, ...(isSpread && { isSpread }) };
  const drafted = new Map(steps.map((step, at) => [step, drafts[at]]));
  return drawNodes(nodes, graph, { flow, drafted, keyring }).map((node) => {
    const { name: whole, next } = node;
    const name = whole.slice(`${parent.step}/`.length);
    const ties = JSON.stringify({
      plan: planOf(node),
      state: stateOf(node),
      next,
      reads: hasJob(node) ? node.reads : [],
    });
    return { ...jobOf(node, own), name, ties };
  });
}

function jobOf(node: FlowNode, own: string): Omit<SpawnedStep, 'name' | 'ties'> {
  if (!hasJob(node)) return { type: '', queue: own, id: '', start: '', before: '', behind: '' };
  const { type, queue, id, start, before, behind } = node;
  return { type, queue, id, start, before, behind };
}
