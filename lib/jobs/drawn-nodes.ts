import type { FlowNode } from '../engine/links/flow-node.ts';
import type { StoredFlow } from '../engine/record/record.ts';
import type { Keyring } from '../keyring.ts';
import type { DraftedJob } from './planned-job.ts';
import { isStep, type PlannedNode, type PlannedStep, type StepGraph } from './step-graph.ts';
import { recordOfStep } from './step-record.ts';

/** What planned steps are written out with. */
export interface DrawRules {
  /** The workflow that they are of, as their records name it. */
  flow: Omit<StoredFlow, 'step' | 'within'>;
  /** The job of each step. */
  drafted: ReadonlyMap<PlannedStep, DraftedJob | undefined>;
  keyring: Keyring | null;
}

/** Writes out the nodes of a workflow, as they are stored, in their order. */
export function drawNodes(
  nodes: readonly PlannedNode[],
  graph: StepGraph,
  { flow, drafted, keyring }: DrawRules,
): FlowNode[] {
  const isRead = new Set(graph.reads.flat());
  return nodes.flatMap((node, at): FlowNode[] => {
    const { name, when, after, within } = node;
    const ties = { name, when, after, next: graph.next[at] ?? [], ...(node.isSpared && { isSpared: true }) };
    if (!isStep(node)) return ['to' in node ? { ...ties, to: node.to } : { ...ties, from: node.from }];
    const job = drafted.get(node);
    if (!job) return [];
    const own = { ...flow, step: name, ...(within.length > 0 && { within: [...within] }) };
    const { type, queue, id } = job;
    const facts = { type, queue, id, reads: graph.reads[at] ?? [], isRead: isRead.has(at) };
    return [{ ...ties, ...facts, ...recordOfStep(job, own, keyring) }];
  });
}
