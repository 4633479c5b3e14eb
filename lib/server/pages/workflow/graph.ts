import type { DrawnStep } from './drawn-steps.ts';
import { layersOf } from './step-layers.ts';

/** A place in the picture of a workflow: one step, or many that are folded into one. */
export interface GraphNode {
  /** Unique in the graph. */
  id: string;
  /** How many steps stand before these, layer by layer. */
  from: number;
  steps: readonly DrawnStep[];
}

/** What comes after what. */
export interface GraphLink {
  from: GraphNode;
  to: GraphNode;
}

/** The picture of a workflow, before anything in it has a position. */
export interface Graph {
  /** From the first to the last; each link leads to a later one. */
  layers: readonly (readonly GraphNode[])[];
  links: readonly GraphLink[];
}

type NodesByStep = ReadonlyMap<string, GraphNode>;

/** How many places a picture has at most. */
export const MOST_NODES = 200;

/**
 * Makes the graph of a workflow. Where it has more than {@link MOST_NODES} steps, its widest layers are folded into one
 * place each; where it has more layers than that, so are neighbouring layers.
 */
export function graphOf(steps: readonly DrawnStep[]): Graph {
  const layers = foldLayers(layersOf(steps));
  const nodes = new Map(layers.flat().flatMap((node) => node.steps.map(({ name }) => [name, node])));
  return { layers, links: linksOf(steps, nodes) };
}

function foldLayers(layers: readonly DrawnStep[][]): GraphNode[][] {
  const perColumn = Math.max(1, Math.ceil(layers.length / MOST_NODES));
  const columns = runsOf(layers, perColumn);
  let nodeCount = columns.reduce((sum, column) => sum + column.length, 0);
  const folded = new Set(perColumn > 1 ? columns : []);
  for (const column of columns.toSorted((one, other) => other.length - one.length)) {
    if (nodeCount <= MOST_NODES) break;
    folded.add(column);
    nodeCount -= column.length - 1;
  }
  let from = 0;
  return columns.map((column) => {
    const nodes = folded.has(column)
      ? [nodeOf(column, from)]
      : column.map((one, at) => nodeOf([one], from + at));
    from += column.length;
    return nodes;
  });
}

/** Puts so many neighbouring layers together. */
function runsOf(layers: readonly DrawnStep[][], perRun: number): DrawnStep[][] {
  return Array.from({ length: Math.ceil(layers.length / perRun) }, (_one, at) =>
    layers.slice(at * perRun, (at + 1) * perRun).flat(),
  );
}

function nodeOf(steps: readonly DrawnStep[], from: number): GraphNode {
  return { id: steps[0]?.name ?? '', from, steps };
}

function linksOf(steps: readonly DrawnStep[], nodes: NodesByStep): GraphLink[] {
  const before = new Map<GraphNode, Set<GraphNode>>();
  for (const step of steps) {
    const node = nodes.get(step.name);
    if (!node) continue;
    const all = before.get(node) ?? new Set<GraphNode>();
    before.set(node, all);
    for (const name of step.before) {
      const one = nodes.get(name);
      if (one && one !== node) all.add(one);
    }
  }
  return [...before].flatMap(([to, all]) => [...all].map((from) => ({ from, to })));
}
