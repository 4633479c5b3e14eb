import type { VNode } from 'preact';
import type { StepInfo, WorkflowInfo } from '../../../inspector/inspector.ts';
import { countText } from '../../../texts.ts';
import { jobAddress, workflowAddress } from '../addresses.ts';
import type { DrawnStep } from './drawn-steps.ts';
import type { GraphNode } from './graph.ts';
import { type GraphLayout, NODE_SIZE, type PlacedNode } from './graph-layout.ts';
import { countSteps, countsText } from './step-counts.ts';
import { ShapePath } from './step-shape.tsx';

/** A workflow, and where its steps are drawn. */
export interface GraphPictureProps {
  flow: WorkflowInfo;
  layout: GraphLayout;
}

/**
 * Draws a workflow from left to right, as text and without scripts. Its links are for the pointer; the table beside it
 * has all of them for the keyboard and the ear.
 */
export function GraphPicture({ flow, layout }: GraphPictureProps): VNode {
  const { width, height, nodes, lines } = layout;
  const viewBox = `0 0 ${width} ${height}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard
    <figure class="inside" tabIndex={0} aria-labelledby="graph-title">
      <p class="unseen">
        A picture of {countText(flow.steps.length, 'step')}: {countsText(countSteps(flow.steps))}. The table
        below says all that it shows.
      </p>
      <svg class="graph" width={width} height={height} viewBox={viewBox} aria-hidden="true">
        {lines.map(({ rule, path }) => (
          <path key={rule} id={`lines-${rule}`} class={`line ${rule}`} d={path} />
        ))}
        {nodes.map((placed) => (
          <Node key={placed.node.id} flow={flow} placed={placed} />
        ))}
      </svg>
    </figure>
  );
}

/** In a picture of its own, which cuts off what is too long. */
function Node({ flow, placed: { node, x, y } }: { flow: WorkflowInfo; placed: PlacedNode }): VNode {
  const { width, height } = NODE_SIZE;
  const { href, state, first, second, text } = factsOf(flow, node);
  return (
    <svg id={`node-${node.id}`} class={`node ${state}`} {...{ x, y, width, height }} aria-hidden="true">
      <a href={href} tabIndex={-1}>
        <title>{text}</title>
        <rect class="box" x={1} y={1} width={width - 2} height={height - 2} rx={6} />
        <g transform="translate(10 14)">
          <ShapePath state={state} />
        </g>
        <text class="name" x={36} y={19}>
          {first}
        </text>
        <text x={36} y={35}>
          {second}
        </text>
      </a>
    </svg>
  );
}

/** What is written in a place, and where it leads. */
interface NodeFacts {
  href: string;
  state: StepInfo['state'];
  first: string;
  second: string;
  /** All of it, for who points at it. */
  text: string;
}

function factsOf(flow: WorkflowInfo, { steps, from }: GraphNode): NodeFacts {
  const counts = countSteps(steps);
  const state = counts[0]?.state ?? 'awaiting';
  const [only, ...others] = steps;
  if (only && others.length === 0) return stepFacts(flow, only);
  const [first, all] = [countText(steps.length, 'step'), countsText(counts)];
  const second = all.length > MOST_OF_COUNTS ? `${all.slice(0, MOST_OF_COUNTS)}…` : all;
  const href = workflowAddress(flow.queue, flow.id, { from: String(from) });
  return { href, state, first, second, text: `${first}: ${all}` };
}

function stepFacts(flow: WorkflowInfo, { name, state, when, job }: DrawnStep): NodeFacts {
  const rule = when === 'succeeded' || job === null ? '' : `, when ${when}`;
  const facts = { state, first: shortened(name) };
  if (job === null) {
    const second = `${state} as a whole`;
    return {
      ...facts,
      ...{ second, href: `${workflowAddress(flow.queue, flow.id, {})}#step-${name}` },
      text: `workflow ${name}: ${second}`,
    };
  }
  const second = state + rule;
  const { queue, id, type } = job;
  return {
    ...facts,
    second,
    href: jobAddress(queue, id),
    text: `${name}: ${second}, ${type} in queue ${queue}`,
  };
}

/** So many letters of a name fit into a place, and so many of how many steps are in which state. */
const MOST_LETTERS = 18;
const MOST_OF_COUNTS = 21;

/** A name with its two ends: those of steps that others have added differ in the last letters. */
function shortened(name: string): string {
  const letters = [...name];
  if (letters.length <= MOST_LETTERS) return name;
  const half = Math.floor(MOST_LETTERS / 2);
  return `${letters.slice(0, half).join('')}…${letters.slice(1 - half).join('')}`;
}
