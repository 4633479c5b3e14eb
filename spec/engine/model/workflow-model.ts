import type { FlowPolicy, StepRule } from '../../../lib/engine/links/flow-rules.ts';

/** A step of a random workflow; those that it comes after are named by their places. */
export interface ModelStep {
  after: readonly number[];
  when: StepRule;
  /** In which of two queues. */
  queue: 0 | 1;
  /** The step that has added it. */
  by?: number;
  /** Of the gate of a sub-workflow its join, and of the join the first of the sub-workflow. */
  to?: number;
  from?: number;
  /** Whether no failure stops it. */
  isSpared?: boolean;
}

/** What a step adds: another step in this queue, or a sub-workflow. */
export type ModelAddition = 0 | 1 | 'workflow';

/**
 * The sub-workflow that steps add: a step, one for its failure, and one after both. Places count from the gate.
 */
export const ADDED_WORKFLOW: readonly ModelStep[] = [
  { after: [], when: 'succeeded', queue: 0, to: 4 },
  { after: [0], when: 'succeeded', queue: 0 },
  { after: [1], when: 'failed', queue: 1 },
  { after: [1, 2], when: 'ended', queue: 0 },
  { after: [1, 2, 3], when: 'ended', queue: 0, from: 0 },
];

/** Where a step is: awaiting, started, succeeded, failed and kept, failed and gone, skipped, gone with another. */
export type StepMark = 'w' | 'r' | 's' | 'f' | 'g' | 'x' | 'd';

/** What a workflow should be, told from its rules alone: nothing is counted here. */
export class WorkflowModel {
  readonly marks: StepMark[];
  isCancelled = false;
  readonly #steps: ModelStep[];
  readonly #policy: FlowPolicy;

  constructor(steps: readonly ModelStep[], policy: FlowPolicy) {
    this.#steps = [...steps];
    this.#policy = policy;
    this.marks = steps.map(({ after }) => (after.length === 0 ? 'r' : 'w'));
  }

  /** Whether it has a job: gates and joins have none. */
  hasJob(at: number): boolean {
    const { to, from } = this.#steps[at] ?? {};
    return to === undefined && from === undefined;
  }

  /** A step has come to this; whose turn has come by it starts. The job of one that is gone moves nothing. */
  move(at: number, to: StepMark): void {
    if (this.marks[at] === 'd') return;
    const isOffered = to === 'r';
    this.marks[at] = to;
    if (isOffered) this.isCancelled = false;
    this.#decideAll(isOffered);
  }

  /** Nothing starts any more. */
  cancel(): void {
    if (this.open === 0) return;
    this.isCancelled = true;
    this.#decideAll(false);
  }

  /** A step succeeds and adds others; returns their places. */
  spawn(at: number, additions: readonly ModelAddition[]): number[] {
    const first = this.#steps.length;
    const isSpared = this.#steps[at]?.isSpared ?? false;
    const following = this.#steps.flatMap(({ after }, n) => (after.includes(at) ? [n] : []));
    for (const addition of additions) {
      const base = this.#steps.length;
      const added = addition === 'workflow' ? ADDED_WORKFLOW : [alone(addition)];
      for (const { to, from, ...step } of added) {
        const after = step.after.length === 0 ? [at] : step.after.map((one) => base + one);
        const ends = {
          ...(to !== undefined && { to: base + to }),
          ...(from !== undefined && { from: base + from }),
        };
        this.#steps.push({ ...step, after, by: at, isSpared, ...ends });
        this.marks.push('w');
      }
      for (const n of following) {
        const step = this.#steps[n];
        if (step) this.#steps[n] = { ...step, after: [...step.after, this.#steps.length - 1] };
      }
    }
    this.move(at, 's');
    return this.#steps.flatMap((_step, n) => (n >= first ? [n] : []));
  }

  /**
   * A step runs again, or a sub-workflow by its join, with all that come after it; false when one of them runs, or it
   * has not started.
   */
  rerun(at: number): boolean {
    const again = new Set(this.#within(at));
    const hasStarted = [...again].some((n) => this.hasJob(n) && !['w', 'x'].includes(this.marks[n] ?? ''));
    for (const one of again)
      for (const [n, { after }] of this.#steps.entries()) if (after.includes(one)) again.add(n);
    if (!hasStarted) return false;
    if ([...again].some((n) => this.marks[n] === 'r')) return false;
    for (const n of again) {
      const step = this.#steps[n];
      const isGone = step?.by !== undefined && again.has(step.by);
      this.marks[n] = isGone ? 'd' : 'w';
      // Else it would come after what that step adds anew.
      if (isGone) this.#steps[n] = { ...step, after: [] };
    }
    this.isCancelled = false;
    this.#decideAll(true);
    return true;
  }

  /** It, or of a join all of the sub-workflow but its gate. */
  #within(at: number): number[] {
    const { from = at } = this.#steps[at] ?? {};
    const all = Array.from({ length: at - from + 1 }, (_one, n) => from + n);
    return all.filter((n) => this.#steps[n]?.to !== at);
  }

  /** How many steps are so; gates and joins do not count. */
  #count(...marks: readonly StepMark[]): number {
    return this.marks.filter((mark, n) => marks.includes(mark) && this.hasJob(n)).length;
  }

  get open(): number {
    return this.#count('w', 'r');
  }

  get failed(): number {
    return this.#count('f', 'g');
  }

  get retryable(): number {
    return this.#count('f');
  }

  get state(): string {
    if (this.open > 0) return 'running';
    if (this.isCancelled) return 'cancelled';
    return this.failed > 0 ? 'failed' : 'succeeded';
  }

  /** Until nothing changes any more. What was skipped has its turn only after an offer. */
  #decideAll(isOffered: boolean): void {
    for (const [at, mark] of this.marks.entries()) {
      const isJoin = this.#steps[at]?.from !== undefined;
      if (isOffered && mark !== 'd' && (mark === 'x' || isJoin)) this.marks[at] = 'w';
    }
    for (let hasChanged = true; hasChanged; ) {
      hasChanged = false;
      for (const [at, mark] of this.marks.entries()) {
        if (mark !== 'w') continue;
        this.marks[at] = this.#verdict(at);
        hasChanged ||= this.marks[at] !== 'w';
      }
    }
  }

  #verdict(at: number): StepMark {
    const { to, from, isSpared, ...step } = this.#steps[at] ?? { after: [], when: 'succeeded', queue: 0 };
    const { after, when } = step;
    const before = after.map((one) => this.marks[one] ?? 'w').filter((mark) => mark !== 'd');
    const isOpen = before.some((mark) => mark === 'w' || mark === 'r');
    const hasSucceeded = before.some((mark) => mark === 's');
    const hasFailed = before.some((mark) => mark === 'f' || mark === 'g');
    if (from !== undefined) return isOpen ? 'w' : hasFailed ? 'g' : hasSucceeded ? 's' : 'x';
    if (this.isCancelled || this.#isShutOut(at)) return 'x';
    const stops = this.#policy === 'stop' && this.failed > 0 && !isSpared;
    if (stops && (when === 'succeeded' || when === 'any')) return 'x';
    const starts = to === undefined ? 'r' : 's';
    if (when === 'ended') return isOpen ? 'w' : starts;
    if (when === 'succeeded') return hasFailed || before.includes('x') ? 'x' : isOpen ? 'w' : starts;
    const isMet = when === 'any' ? hasSucceeded : hasFailed;
    return isMet ? starts : isOpen ? 'w' : 'x';
  }

  /** Whether a sub-workflow around it does not begin. */
  #isShutOut(at: number): boolean {
    return this.#steps.some(
      ({ to }, gate) => to !== undefined && gate < at && at < to && this.marks[gate] === 'x',
    );
  }
}

function alone(queue: 0 | 1): ModelStep {
  return { after: [], when: 'succeeded', queue };
}
