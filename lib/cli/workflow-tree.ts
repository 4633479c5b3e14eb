import type { StepInfo, SubWorkflowInfo, WorkflowInfo } from '../inspector/inspector.ts';

/** What has a line: a step, or a sub-workflow. */
export type TreeStep = StepInfo | SubWorkflowInfo;

/** A line of a tree: what stands before the step, and the step. */
export interface TreeLine {
  /** The branches that lead to it. */
  branch: string;
  step: TreeStep;
  /** The other steps that it comes after. */
  others: readonly string[];
}

/**
 * Writes a graph as a tree: each step once, below the last of those that it comes after, which must stand before it;
 * what comes after nothing, below the sub-workflow that it is in.
 */
export function treeLines(flow: Pick<WorkflowInfo, 'steps' | 'workflows'>): TreeLine[] {
  const below = new Map<string | undefined, TreeStep[]>();
  for (const step of inOrder(flow)) {
    const parent = step.after.at(-1) ?? step.within ?? step.addedBy ?? undefined;
    below.set(parent, [...(below.get(parent) ?? []), step]);
  }
  const lines: TreeLine[] = [];
  // Not by calls within calls: a chain may be a thousand steps long.
  const open = branchesOf(below.get(undefined) ?? [], '', true).reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const { step, branch, indent } = next;
    lines.push({ branch, step, others: step.after.slice(0, -1) });
    open.push(...branchesOf(below.get(step.name) ?? [], indent, false).reverse());
  }
  return lines;
}

/** Each sub-workflow stands before its first step. */
function inOrder({ steps, workflows }: Pick<WorkflowInfo, 'steps' | 'workflows'>): TreeStep[] {
  const open = new Map(workflows.map((flow) => [flow.name, flow]));
  return steps.flatMap((step) => {
    const before: TreeStep[] = [step];
    for (let flow = open.get(step.within ?? ''); flow; flow = open.get(flow.within ?? '')) {
      before.unshift(flow);
      open.delete(flow.name);
    }
    return before;
  });
}

interface Branch {
  step: TreeStep;
  branch: string;
  /** What stands before those below it. */
  indent: string;
}

function branchesOf(steps: readonly TreeStep[], indent: string, areRoots: boolean): Branch[] {
  return steps.map((step, at) => {
    if (areRoots) return { step, branch: '', indent: '' };
    const isLast = at === steps.length - 1;
    return {
      step,
      branch: `${indent}${isLast ? '└─ ' : '├─ '}`,
      indent: `${indent}${isLast ? '   ' : '│  '}`,
    };
  });
}
