import fc from 'fast-check';
import type { StepRule } from '../../../lib/engine/links/flow-rules.ts';
import type { JobDefinition } from '../../../lib/jobs/define.ts';
import type { WorkflowBuilder, WorkflowStep } from '../../../lib/jobs/workflow-builder.ts';
import type { ModelStep } from './workflow-model.ts';

const queue = fc.constantFrom(0 as const, 1 as const);
const when = fc.constantFrom('succeeded' as const, 'ended' as const, 'any' as const, 'failed' as const);

/** What is described: steps, and workflows of such; `before` chooses among those that stand before it there. */
export type Described = { when: StepRule; before: number[] } & ({ queue: 0 | 1 } | { inside: Described[] });

const ties = { when, before: fc.array(fc.nat(), { maxLength: 3 }) };
/** Random graphs. */
export const graph: fc.Arbitrary<Described[]> = fc.letrec<{ node: Described; nodes: Described[] }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 2 },
    { weight: 5, arbitrary: fc.record({ ...ties, queue }) },
    { weight: 1, arbitrary: fc.record({ ...ties, inside: tie('nodes') }) },
  ),
  nodes: fc.array(tie('node'), { minLength: 1, maxLength: 6 }),
})).nodes;

/** Which of those before it a step comes after, and by which rule. */
function tiesOf({ when, before }: Described, at: number): { after: number[]; when: StepRule } {
  const after = at === 0 ? [] : [...new Set(before.map((one) => one % at))];
  return { after, when: after.length === 0 ? 'succeeded' : when };
}

/** The steps of a graph as the model has them, with their names; gates have none. */
export class Drawn {
  readonly steps: ModelStep[] = [];
  /** Those of steps and of sub-workflows. */
  readonly names: string[] = [];

  constructor(nodes: readonly Described[]) {
    this.#draw(nodes, { path: '', gate: null, isSpared: false });
  }

  #draw(
    nodes: readonly Described[],
    around: { path: string; gate: number | null; isSpared: boolean },
  ): number[] {
    const { path, gate, isSpared } = around;
    const places: number[] = [];
    for (const [nth, node] of nodes.entries()) {
      const { after: chosen, when } = tiesOf(node, nth);
      const after = chosen.length === 0 && gate !== null ? [gate] : chosen.map((one) => places[one] ?? 0);
      const name = `${path}s${nth}`;
      if ('queue' in node) {
        places.push(this.#put(name, { after, when, queue: node.queue, isSpared }));
        continue;
      }
      const from = this.steps.length;
      const own = chosen.length > 0 ? this.#put('', { after, when, queue: 0, isSpared, to: 0 }) : null;
      const inside = this.#draw(node.inside, {
        path: `${name}/`,
        gate: own ?? gate,
        isSpared: isSpared || when === 'ended' || when === 'failed',
      });
      const join = this.#put(name, { after: inside, when: 'ended', queue: 0, isSpared, from });
      if (own !== null) this.steps[own] = { ...this.#at(own), to: join };
      places.push(join);
    }
    return places;
  }

  #put(name: string, step: ModelStep): number {
    this.names.push(name);
    return this.steps.push(step) - 1;
  }

  #at(place: number): ModelStep {
    const step = this.steps[place];
    if (!step) throw new Error('there is no such step');
    return step;
  }
}

/** Describes it as a producer is told of it; these kinds of jobs are those of the two queues. */
export function describeAll(
  { job, workflow }: WorkflowBuilder,
  nodes: readonly Described[],
  kinds: readonly JobDefinition[],
): void {
  const handles: WorkflowStep[] = [];
  for (const [nth, node] of nodes.entries()) {
    const { after: places, when } = tiesOf(node, nth);
    const after = places.flatMap((one) => handles[one] ?? []);
    if ('inside' in node) {
      handles.push(workflow(`s${nth}`, (inner) => describeAll(inner, node.inside, kinds), { after, when }));
      continue;
    }
    const kind = kinds[node.queue];
    if (!kind) throw new Error('there are two queues');
    handles.push(job(`s${nth}`, kind, {}, { after, when }));
  }
}
