import { STEP_RULES } from '../engine/links/flow-rules.ts';
import { describeValue } from '../error-facts.ts';
import { isName, NAME_RULE } from '../names.ts';
import { unknownAmong } from '../nearest.ts';
import { requireList, requireObject } from '../require-given.ts';
import { jobFor, refusal } from './planned-job.ts';
import { MOST_DEPTH, MOST_STEPS, type PlannedNode } from './step-graph.ts';
import type { Within } from './step-names.ts';
import type {
  DescribePart,
  StepOptions,
  StepTies,
  WorkflowBuilder,
  WorkflowStep,
} from './workflow-builder.ts';

/** Where a workflow stands that is being described. */
export interface ScopeFacts {
  within: Within;
  /** Whether no failure stops what is in it. */
  isSpared: boolean;
  /** The place of what its first steps come after; null for nothing. */
  gate: number | null;
}

/** When a step or a sub-workflow starts, by the places of others. */
interface ReadTies {
  after: number[];
  when: NonNullable<StepTies['when']>;
}

/** A workflow or sub-workflow that is being described: its own names, and its nodes among those of the whole. */
export class WorkflowScope {
  readonly #nodes: PlannedNode[];
  readonly #facts: ScopeFacts;
  readonly #places = new Map<unknown, number>();
  readonly #names = new Set<string>();
  #isAround = false;
  #hasEnded = false;

  constructor(nodes: PlannedNode[], facts: ScopeFacts) {
    this.#nodes = nodes;
    this.#facts = facts;
  }

  /** What adds to it. */
  get builder(): WorkflowBuilder {
    return {
      job: (name, definition, data, options) => this.#job(name, { definition, data }, options),
      workflow: (name, describe, options) => this.#workflow(name, describe, options),
    };
  }

  /** Ends the description; returns the places of what is in it. Throws JOB_INVALID where there is nothing. */
  end(): number[] {
    this.#hasEnded = true;
    const inside = [...this.#places.values()];
    const path = this.#pathOf('steps');
    if (inside.length === 0) throw refusal(path, 'must not be empty: call job(…) for each step');
    return inside;
  }

  #job(
    name: string,
    { definition, data }: { definition: Parameters<WorkflowBuilder['job']>[1]; data: unknown },
    options: StepOptions = {},
  ): WorkflowStep {
    const whole = this.#requireNew(name);
    const path = `steps.${whole}`;
    const { after, when, reads, ...own } = requireObject('job', 'options', options);
    const ties = this.#readTies(path, { after, when });
    const places = this.#placesOf(path, 'reads', reads);
    const { within, isSpared } = this.#facts;
    const job = jobFor(definition, data, own);
    return this.#put(name, { ...job, ...this.#entered(ties), name: whole, within, isSpared, reads: places });
  }

  #workflow(name: string, describe: DescribePart, options: StepTies = {}): WorkflowStep {
    const whole = this.#requireNew(name);
    const path = `steps.${whole}`;
    const { after, when, ...others } = requireObject('workflow', 'options', options);
    for (const other of Object.keys(others))
      throw refusal(`${path}.${other}`, `is ${unknownAmong(other, ['after', 'when'])}`);
    if (typeof describe !== 'function')
      throw refusal(path, `must be described by a function, not by ${describeValue(describe)}`);
    if (this.#facts.within.length === MOST_DEPTH)
      throw refusal(path, `is nested too deep: at most ${MOST_DEPTH} workflows may be within each other`);
    const from = this.#nodes.length;
    try {
      return this.#describe(name, { whole, describe, ties: this.#readTies(path, { after, when }) });
    } catch (error) {
      // Whoever goes on after this has it without what was described of it.
      this.#nodes.length = from;
      throw error;
    } finally {
      this.#isAround = false;
    }
  }

  #describe(
    name: string,
    { whole, describe, ties }: { whole: string; describe: DescribePart; ties: ReadTies },
  ): WorkflowStep {
    const { within, isSpared } = this.#facts;
    const isMakingUp = isSpared || ties.when === 'ended' || ties.when === 'failed';
    const gate = { ...this.#entered(ties), name: whole, within, isSpared };
    const from = this.#nodes.length;
    const hasGate = ties.after.length > 0;
    if (hasGate) this.#nodes.push({ ...gate, to: from });
    const inside = {
      within: [...within, whole],
      isSpared: isMakingUp,
      gate: hasGate ? from : this.#facts.gate,
    };
    const scope = new WorkflowScope(this.#nodes, inside);
    this.#isAround = true;
    refusePromise(`steps.${whole}`, describe(scope.builder));
    const after = scope.end();
    if (hasGate) this.#nodes[from] = { ...gate, to: this.#nodes.length };
    return this.#put(name, { name: whole, within, isSpared, when: 'ended', after, from });
  }

  /** What comes after nothing comes after the gate of what it is in. */
  #entered({ after, when }: ReadTies): ReadTies {
    const { gate } = this.#facts;
    return { after: after.length === 0 && gate !== null ? [gate] : after, when };
  }

  #put(name: string, node: PlannedNode): WorkflowStep {
    if (this.#nodes.length >= MOST_STEPS) throw refusal('steps', `must be ${MOST_STEPS} at most`);
    const step: WorkflowStep = Object.freeze({ name });
    this.#places.set(step, this.#nodes.length);
    this.#names.add(name);
    this.#nodes.push(node);
    return step;
  }

  /** The name that it has in the whole workflow. */
  #requireNew(name: unknown): string {
    if (this.#hasEnded) throw refusal('steps', 'cannot be added to a workflow that was described already');
    if (this.#isAround)
      throw refusal('steps', 'of a sub-workflow are added by what its own function is given, not by another');
    if (!isStepName(name))
      throw refusal(
        'steps',
        `must each have a name of ${NAME_RULE}, nor with a slash, a quote or a backslash, not ${describeValue(name)}`,
      );
    const whole = this.#pathOf(name);
    if (this.#names.has(name))
      throw refusal(`steps.${whole}`, 'is there twice: each step has a name of its own');
    return whole;
  }

  #pathOf(name: string): string {
    const around = this.#facts.within.at(-1);
    return around === undefined ? name : `${around}/${name}`;
  }

  #readTies(path: string, { after, when = 'succeeded' }: StepTies): ReadTies {
    if (!STEP_RULES.includes(when))
      throw refusal(`${path}.when`, `is ${unknownAmong(String(when), STEP_RULES)}`);
    const places = this.#placesOf(path, 'after', after);
    if (when !== 'succeeded' && places.length === 0)
      throw refusal(`${path}.when`, `is ${when}, and there is no step in after that it could be about`);
    return { after: places, when };
  }

  #placesOf(path: string, field: 'after' | 'reads', steps: readonly WorkflowStep[] | undefined): number[] {
    if (steps === undefined) return [];
    requireList(`${path}.${field}`, 'what job(…) of the same workflow returned', steps);
    const places = steps.map((step) => {
      const at = this.#places.get(step);
      if (at !== undefined) return at;
      throw refusal(
        `${path}.${field}`,
        `must be what job(…) of the same workflow returned before, not ${describeValue(step)}`,
      );
    });
    return [...new Set(places)];
  }
}

/** Throws JOB_INVALID where an async function has described a part: nobody would wait for it. */
export function refusePromise(path: string, returned: unknown): void {
  if (!(returned instanceof Promise)) return;
  returned.catch(() => undefined);
  throw refusal(path, 'must be described at once, and not by an async function: get what it needs before');
}

/**
 * Whether a value may be the name of a step: it is that of a property, and is written into JSON as it is. A slash parts
 * the name of a step from that of the sub-workflow that it is in, or of the step that adds it, so no two get the same.
 */
export function isStepName(value: unknown): value is string {
  return isName(value) && !/["\\/]/.test(value) && value !== '__proto__';
}
