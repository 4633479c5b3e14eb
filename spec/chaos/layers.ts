import type { WorkflowBuilder, WorkflowStep } from '../../lib/jobs/workflow-builder.ts';
import type { linkedJobs } from '../support/linked-jobs.ts';
import { expectEffects, expectResults } from './flow-told.ts';

/** How many stand side by side. */
const WIDTH = 25;

/** A workflow of layers of steps, by turns in some queues; each step comes after two of the layer before it. */
export class Layers {
  readonly #total: number;
  readonly #kinds: typeof linkedJobs;
  readonly #forMs: number;

  /** Of so many steps, each of which takes so long. */
  constructor(total: number, kinds: typeof linkedJobs, forMs: number) {
    this.#total = total;
    this.#kinds = kinds;
    this.#forMs = forMs;
  }

  /** What describes it to a producer. */
  readonly describe = ({ job }: WorkflowBuilder): void => {
    const steps: WorkflowStep[] = [];
    for (let n = 0; n < this.#total; n++) {
      const kind = this.#kinds[n % this.#kinds.length];
      if (!kind) throw new Error('there is no such queue');
      const [first, second] = beforeOf(n).map((one) => steps[one]);
      const after = first && second ? [first, second] : [];
      steps.push(job(`s${n}`, kind, { of: 'flow', n, forMs: this.#forMs }, { after }));
    }
  };

  expectEffects(lines: readonly string[]): void {
    expectEffects(lines, this.#total);
  }

  expectResults(lines: readonly string[]): void {
    expectResults(lines, this.#total, beforeOf);
  }
}

function beforeOf(n: number): number[] {
  const layer = Math.floor(n / WIDTH) - 1;
  return layer < 0 ? [] : [n % WIDTH, (n + 1) % WIDTH].map((place) => layer * WIDTH + place);
}
