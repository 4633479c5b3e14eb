import type { WorkflowBuilder, WorkflowStep } from '../../lib/jobs/workflow-builder.ts';
import type { linkedJobs } from '../support/linked-jobs.ts';
import { expectEffects, expectResults } from './flow-told.ts';

/** Parts of a layer; steps that each begins with, and of the part within it that comes after those. */
const PARTS = 10;
const OUTER = 3;
const INNER = 2;
const STEPS = OUTER + INNER;
const WIDTH = PARTS * STEPS;

/**
 * A workflow of layers that are parts, each after the one before it, with parts within them and within those, three
 * deep. Its steps are by turns in some queues, so that each part has steps in all of them.
 */
export class NestedLayers {
  readonly #total: number;
  readonly #kinds: typeof linkedJobs;
  readonly #forMs: number;

  /** Of so many layers of 50 steps, each of which takes so long. */
  constructor(layers: number, kinds: typeof linkedJobs, forMs: number) {
    this.#total = layers * WIDTH;
    this.#kinds = kinds;
    this.#forMs = forMs;
  }

  /** How many parts it has, at all depths. */
  get parts(): number {
    return (this.#total / WIDTH) * (1 + 2 * PARTS);
  }

  /** What describes it to a producer. */
  readonly describe = ({ workflow }: WorkflowBuilder): void => {
    const layers: WorkflowStep[] = [];
    for (let from = 0; from < this.#total; from += WIDTH)
      layers.push(workflow(`layer-${from}`, this.#layer(from), { after: layers.slice(-1) }));
  };

  expectEffects(lines: readonly string[]): void {
    expectEffects(lines, this.#total);
  }

  expectResults(lines: readonly string[]): void {
    expectResults(lines, this.#total, beforeOf);
  }

  #layer(from: number) {
    return ({ workflow }: WorkflowBuilder): void => {
      for (let at = 0; at < PARTS; at++) workflow(`part-${at}`, this.#part(from + at * STEPS));
    };
  }

  #part(from: number) {
    return (builder: WorkflowBuilder): void => {
      const after = span(from, OUTER).map((n) => this.#step(builder, n));
      const describe = (inner: WorkflowBuilder): void => {
        for (const n of span(from + OUTER, INNER)) this.#step(inner, n);
      };
      builder.workflow('inner', describe, { after });
    };
  }

  #step({ job }: WorkflowBuilder, n: number): WorkflowStep {
    const kind = this.#kinds[n % this.#kinds.length];
    if (!kind) throw new Error('there is no such queue');
    return job(`s${n}`, kind, { of: 'flow', n, forMs: this.#forMs });
  }
}

/** What a step comes after, also by the parts that it is in. */
function beforeOf(n: number): number[] {
  const at = n % STEPS;
  if (at >= OUTER) return span(n - at, OUTER);
  const from = n - (n % WIDTH);
  return from === 0 ? [] : span(from - WIDTH, WIDTH);
}

function span(from: number, count: number): number[] {
  return Array.from({ length: count }, (_one, at) => from + at);
}
