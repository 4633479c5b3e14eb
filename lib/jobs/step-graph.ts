import type { FlowPolicy, StepRule } from '../engine/links/flow-rules.ts';
import type { PlannedJob } from './planned-job.ts';
import { refusal } from './planned-job.ts';
import { type Within, wholeName } from './step-names.ts';

/** What stands in the graph of a planned workflow; others are named by their places. */
interface PlannedTies {
  /** In the whole workflow: behind those of the sub-workflows that it is in, with slashes between. */
  readonly name: string;
  readonly within: Within;
  readonly when: StepRule;
  readonly after: readonly number[];
  /** Whether no failure stops it. */
  readonly isSpared: boolean;
}

/** A step of a workflow that is to be added. */
export interface PlannedStep extends PlannedTies, PlannedJob {
  /** Those whose results it asked for by itself. */
  readonly reads: readonly number[];
}

/** What a sub-workflow begins with, and where that ends; absent for one that comes after nothing. */
export interface PlannedGate extends PlannedTies {
  readonly to: number;
}

/** What a sub-workflow ends with, and where that begins. */
export interface PlannedJoin extends PlannedTies {
  readonly from: number;
}

/** A step, or one of the two ends of a sub-workflow. */
export type PlannedNode = PlannedStep | PlannedGate | PlannedJoin;

/** How a workflow goes on when a step of it fails. */
export type FailurePolicy = FlowPolicy;

/** What ties the steps of a workflow, by their places. */
export interface StepGraph {
  readonly next: readonly (readonly number[])[];
  readonly reads: readonly (readonly number[])[];
}

/** How many steps a workflow has at most, a sub-workflow counting as two, and how often they may name each other. */
export const MOST_STEPS = 1_000;
export const MOST_TIES = 20_000;
/** How deep workflows may be within each other. */
export const MOST_DEPTH = 10;

/** Up to how many results a step is given more than it names. */
const MOST_READ = 30;

/** Whether it is a step. */
export function isStep(node: PlannedNode | undefined): node is PlannedStep {
  return node !== undefined && 'definition' in node;
}

/** The same, each step having the options of its job among these, which are in their order. */
export function withOptionsOf(nodes: readonly PlannedNode[], jobs: readonly PlannedJob[]): PlannedNode[] {
  const rest = jobs.values();
  return nodes.map((node) =>
    isStep(node) ? { ...node, options: rest.next().value?.options ?? node.options } : node,
  );
}

/**
 * Ties the steps of a workflow. Throws JOB_INVALID for too many ties, and where a step reads one that does not come
 * before it, or is of another type than its definition says.
 */
export function tieSteps(nodes: readonly PlannedNode[]): StepGraph {
  const ties = nodes.reduce((sum, { after }) => sum + after.length, 0);
  if (ties > MOST_TIES)
    throw refusal(
      'steps',
      `name each other in after ${ties} times, and at most ${MOST_TIES} can be; put a step between`,
    );
  const next: number[][] = nodes.map(() => []);
  for (const [at, { after }] of nodes.entries()) for (const before of after) next[before]?.push(at);
  const places = new Map(nodes.flatMap((node, at) => (isStep(node) ? [[node.name, at]] : [])));
  return { next, reads: nodes.map((node) => (isStep(node) ? readsOf(node, { nodes, places }) : [])) };
}

interface Placed {
  nodes: readonly PlannedNode[];
  /** Those of the steps, by their names. */
  places: ReadonlyMap<string, number>;
}

/** What a step is given: what it names, and then the nearest of those before it. */
function readsOf(step: PlannedStep, placed: Placed): readonly number[] {
  const { nodes } = placed;
  const named = [...step.reads, ...declaredReads(step, placed)];
  if (named.length > 0) requireBefore(step, nodes, named);
  const seen = new Set([...named, ...step.after]);
  const reads = new Set([...seen].filter((at) => isStep(nodes[at])));
  for (const at of seen) {
    if (reads.size >= MOST_READ) break;
    for (const before of nearest(nodes[at])) {
      if (reads.size >= MOST_READ) break;
      seen.add(before);
      if (isStep(nodes[before])) reads.add(before);
    }
  }
  return [...reads];
}

/** Of a sub-workflow the last steps first, as they are the nearest. */
function nearest(node: PlannedNode | undefined): readonly number[] {
  if (!node) return [];
  return 'from' in node ? node.after.toReversed() : node.after;
}

/** The steps whose results the definition asks for, by their names where the step stands. */
function declaredReads(step: PlannedStep, { nodes, places }: Placed): number[] {
  const { reads } = step.definition;
  return Object.entries(reads ?? {}).map(([name, definition]) => {
    const at = places.get(wholeName(step.within, name) ?? '') ?? -1;
    const wanted = Reflect.get(Object(definition), 'type');
    const node = nodes[at];
    const found = isStep(node) ? node.definition.type : undefined;
    if (found === wanted) return at;
    const what = found === undefined ? 'there is none' : `that is of type ${found}`;
    throw refusal(
      `steps.${step.name}`,
      `reads the result of a step ${name} of type ${wanted}, as its definition says, and ${what}`,
    );
  });
}

function requireBefore(step: PlannedStep, nodes: readonly PlannedNode[], named: readonly number[]): void {
  const before = new Set(step.after);
  for (const at of before) for (const one of nodes[at]?.after ?? []) before.add(one);
  const stray = named.find((at) => !before.has(at));
  if (stray !== undefined)
    throw refusal(
      `steps.${step.name}`,
      `reads the result of ${nodes[stray]?.name}, which does not come before it; say so in after`,
    );
}
