import type { VNode } from 'preact';
import type { WorkflowInfo } from '../../../inspector/inspector.ts';
import { countText, numberText } from '../../../texts.ts';
import { workflowAddress } from '../addresses.ts';
import { drawnSteps } from './drawn-steps.ts';
import { graphOf, MOST_NODES } from './graph.ts';
import { type GraphLayout, layOut } from './graph-layout.ts';
import { GraphPicture } from './graph-picture.tsx';
import { countSteps } from './step-counts.ts';
import { StepMark } from './step-shape.tsx';

/** The graph of a workflow as a picture, with how many steps are in which state. */
export function GraphSection({ flow }: { flow: WorkflowInfo }): VNode {
  const drawn = drawnSteps(flow);
  const layout = layOut(graphOf(drawn));
  return (
    <section aria-labelledby="graph-title">
      <h2 id="graph-title">Graph</h2>
      <StateCounts flow={flow} />
      <GraphPicture flow={flow} layout={layout} />
      <Remarks layout={layout} stepCount={drawn.length} />
    </section>
  );
}

function StateCounts({ flow: { queue, id, steps } }: { flow: WorkflowInfo }): VNode {
  return (
    <ul class="plain legend inside" aria-label="Steps by state">
      {countSteps(steps).map(({ state, count }) => (
        <li key={state}>
          <a href={workflowAddress(queue, id, { state })}>
            {numberText(count)} <StepMark state={state} />
          </a>
        </li>
      ))}
    </ul>
  );
}

/** What is not drawn as it is, of a graph that is too large for that. */
function Remarks({ layout, stepCount }: { layout: GraphLayout; stepCount: number }): VNode {
  const { nodes, linesLeftOut } = layout;
  return (
    <>
      {nodes.length < stepCount && (
        <p class="muted">
          These are {countText(stepCount, 'step')}, of which up to {MOST_NODES} are drawn one by one. Others
          are folded, with all that stand side by side in one place, which leads to their rows in the table.
        </p>
      )}
      {linesLeftOut > 0 && (
        <p class="muted">
          There was no room for {countText(linesLeftOut, 'line')}; the table says what each step comes after.
        </p>
      )}
    </>
  );
}
