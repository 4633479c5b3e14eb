import { expect } from 'chai';
import type { WorkflowBuilder, WorkflowStep } from '../../lib/jobs/workflow-builder.ts';
import type { linkedJobs } from '../support/linked-jobs.ts';

/** How many stand side by side. */
const WIDTH = 25;
/** The nearest results that a step is given. */
const MOST_READ = 30;

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

  /** An effect whose worker died before it was noted may be done anew; nothing else may. */
  expectEffects(lines: readonly string[]): void {
    const done = lines.filter((line) => line.startsWith('effect '));
    const began = lines.filter((line) => line.startsWith('began ')).length;
    expect(new Set(done).size, 'each effect was done').to.equal(this.#total);
    const anew = done.length - this.#total;
    expect(anew, 'and anew by attempts after a death alone').to.be.at.most(began - this.#total);
  }

  /** Each step was given the results of those before it, by every attempt. */
  expectResults(lines: readonly string[]): void {
    const read = lines.filter((line) => line.startsWith('read '));
    for (let n = 0; n < this.#total; n++) {
      const ofStep = read.filter((line) => line.startsWith(`read flow ${n} `));
      const given = ofStep.map((line) => line.split(' ')[3]);
      const expected = String(Math.min(MOST_READ, ancestorsOf(n)));
      expect(new Set(given), `step ${n}`).to.deep.equal(new Set([expected]));
    }
  }
}

function beforeOf(n: number): number[] {
  const layer = Math.floor(n / WIDTH) - 1;
  return layer < 0 ? [] : [n % WIDTH, (n + 1) % WIDTH].map((place) => layer * WIDTH + place);
}

function ancestorsOf(n: number): number {
  const found = new Set(beforeOf(n));
  for (const one of found) for (const before of beforeOf(one)) found.add(before);
  return found.size;
}
