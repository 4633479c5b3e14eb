import type { StepRule } from '../../../inspector/inspector.ts';
import type { Graph, GraphLink, GraphNode } from './graph.ts';

/** A place with its position: that of its upper left corner, in px. */
export interface PlacedNode {
  node: GraphNode;
  x: number;
  y: number;
}

/** The picture of a workflow, from left to right. Lengths are px. */
export interface GraphLayout {
  width: number;
  height: number;
  nodes: readonly PlacedNode[];
  /** The lines, those to what starts by one rule together, as the `d` of a path. */
  lines: readonly { rule: StepRule; path: string }[];
  /** How many lines there was no room for. */
  linesLeftOut: number;
}

/** How large each place is, in px. */
export const NODE_SIZE = { width: 192, height: 44 } as const;

const GAP = { x: 56, y: 12 } as const;
const MARGIN = 8;
const LANE_HEIGHT = 8;
/** Over how many layers all lines lead at most. */
const MOST_SPANS = 2_000;

/** What stands in a column: a place, or the lane on which lines of an earlier one pass by. */
interface Slot {
  source: GraphNode;
  isLane: boolean;
  /** What comes before it in the column to the left. */
  before: Slot[];
  x: number;
  y: number;
}

/** Gives each place of a graph its position, and leads the lines between them. */
export function layOut(graph: Graph): GraphLayout {
  const columnOf = new Map(graph.layers.flatMap((layer, at) => layer.map((node) => [node, at] as const)));
  const spanOf = ({ from, to }: GraphLink): number => (columnOf.get(to) ?? 0) - (columnOf.get(from) ?? 0);
  const links = shortest(graph.links, spanOf);
  const slots = new Map(graph.layers.flat().map((node) => [node, slotOf(node, false)]));
  const columns = graph.layers.map((layer) => layer.flatMap((node) => slots.get(node) ?? []));
  const ends = links.flatMap((link) => {
    const [from, to] = [slots.get(link.from), slots.get(link.to)];
    return from && to ? [{ from, to, column: columnOf.get(link.to) ?? 0 }] : [];
  });
  const paths = leadThrough(columns, ends, (slot) => columnOf.get(slot.source) ?? 0);
  const height = place(columns);
  return {
    width: 2 * MARGIN + columns.length * (NODE_SIZE.width + GAP.x) - GAP.x,
    height,
    nodes: columns.flat().flatMap(({ isLane, source, x, y }) => (isLane ? [] : [{ node: source, x, y }])),
    lines: drawLines(paths),
    linesLeftOut: graph.links.length - links.length,
  };
}

function slotOf(source: GraphNode, isLane: boolean): Slot {
  return { source, isLane, before: [], x: 0, y: 0 };
}

/** The lines that lead over the fewest layers, as many as there is room for. */
function shortest(links: readonly GraphLink[], spanOf: (link: GraphLink) => number): GraphLink[] {
  const sorted = links.toSorted((one, other) => spanOf(one) - spanOf(other));
  let spans = 0;
  const most = sorted.findIndex((link) => {
    spans += spanOf(link);
    return spans > MOST_SPANS;
  });
  return most < 0 ? sorted : sorted.slice(0, most);
}

/**
 * Puts lanes into the columns that lines pass by, one for all lines of a place; returns by which slots each line leads.
 */
function leadThrough(
  columns: Slot[][],
  ends: readonly { from: Slot; to: Slot; column: number }[],
  columnOf: (slot: Slot) => number,
): Slot[][] {
  const lanes = new Map<Slot, Slot[]>();
  return ends.map(({ from, to, column }) => {
    const way = lanes.get(from) ?? [from];
    lanes.set(from, way);
    const first = columnOf(from);
    for (let at = first + way.length; at < column; at++) {
      const lane = slotOf(from.source, true);
      lane.before.push(...way.slice(-1));
      columns[at]?.push(lane);
      way.push(lane);
    }
    const path = way.slice(0, column - first);
    to.before.push(...path.slice(-1));
    return [...path, to];
  });
}

/** Orders each column by where what comes before stands, and gives all their positions; returns the height of all. */
function place(columns: readonly Slot[][]): number {
  let height = 0;
  for (const [at, column] of columns.entries()) {
    const middle = new Map(column.map((slot) => [slot, middleOf(slot.before)]));
    column.sort((one, other) => (middle.get(one) ?? 0) - (middle.get(other) ?? 0));
    let y = MARGIN;
    for (const slot of column) {
      slot.x = MARGIN + at * (NODE_SIZE.width + GAP.x);
      slot.y = y;
      y += heightOf(slot) + GAP.y;
    }
    height = Math.max(height, y - GAP.y + MARGIN);
  }
  return height;
}

function middleOf(before: readonly Slot[]): number {
  return before.length === 0 ? 0 : before.reduce((sum, slot) => sum + lineAt(slot), 0) / before.length;
}

function heightOf({ isLane }: Slot): number {
  return isLane ? LANE_HEIGHT : NODE_SIZE.height;
}

/** At which height lines lead to it, and on from it. */
function lineAt(slot: Slot): number {
  return slot.y + heightOf(slot) / 2;
}

function drawLines(paths: readonly Slot[][]): GraphLayout['lines'] {
  const lines = new Map<StepRule, string>();
  for (const path of paths) {
    const rule = ruleOf(path.at(-1)?.source);
    lines.set(rule, (lines.get(rule) ?? '') + drawLine(path));
  }
  return [...lines].map(([rule, path]) => ({ rule, path }));
}

/** Many in one place may start by several rules: the line to them is the plain one. */
function ruleOf(node: GraphNode | undefined): StepRule {
  const [only, ...others] = node?.steps ?? [];
  return only && others.length === 0 ? only.when : 'succeeded';
}

function drawLine([from, ...rest]: readonly Slot[]): string {
  if (!from) return '';
  let [x, y] = [from.x + NODE_SIZE.width, lineAt(from)];
  let line = `M${x} ${y}`;
  for (const slot of rest) {
    const [nextX, nextY] = [slot.x, lineAt(slot)];
    const bend = (x + nextX) / 2;
    line += y === nextY ? `H${nextX}` : `C${bend} ${y} ${bend} ${nextY} ${nextX} ${nextY}`;
    [x, y] = [nextX, nextY];
    if (!slot.isLane) continue;
    x += NODE_SIZE.width;
    line += `H${x}`;
  }
  return line;
}
