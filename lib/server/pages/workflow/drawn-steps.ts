import type { StepInfo, SubWorkflowInfo, WorkflowInfo } from '../../../inspector/inspector.ts';

/** What has a place in the picture of a workflow and a row in its table: a step, or a sub-workflow, by its end. */
export interface DrawnStep extends Pick<StepInfo, 'name' | 'state' | 'when' | 'after' | 'addedBy'> {
  /** Null for a sub-workflow. */
  job: Pick<StepInfo, 'id' | 'queue' | 'type'> | null;
  /** The names of all that stand right before it in the picture. */
  before: readonly string[];
}

type Known = StepInfo | SubWorkflowInfo;

/** Tells what is drawn of a workflow: the steps as it has them, each sub-workflow behind the last of its own. */
export function drawnSteps({ steps, workflows }: Pick<WorkflowInfo, 'steps' | 'workflows'>): DrawnStep[] {
  const ties = new Ties([...steps, ...workflows]);
  const drawn = steps.map(
    ({ id, queue, type, ...step }): DrawnStep => ({
      ...step,
      ...ties.of(step),
      job: { id, queue, type },
    }),
  );
  const places = new Map(steps.map(({ name }, at) => [name, at]));
  const ends = workflows.map((flow): readonly [number, DrawnStep] => {
    const own = ties.of(flow, ties.lastOf(flow));
    const last = Math.max(-1, ...ties.allOf(flow).map(({ name }) => places.get(name) ?? -1));
    return [last, { ...flow, ...own, job: null }];
  });
  return ends.toReversed().reduce((all, [at, flow]) => all.toSpliced(at + 1, 0, flow), drawn);
}

/** How steps and sub-workflows stand to each other. */
class Ties {
  readonly #byName: ReadonlyMap<string, Known>;
  readonly #within = new Map<string, Known[]>();
  readonly #added = new Map<string, Known[]>();
  /** What a step has added by itself, and not within a sub-workflow that it has added. */
  readonly #alone = new Set<Known>();
  readonly #families = new Map<string, readonly string[]>();

  constructor(all: readonly Known[]) {
    this.#byName = new Map(all.map((one) => [one.name, one]));
    for (const one of all) {
      const { within, addedBy } = one;
      const around = within === null ? undefined : this.#byName.get(within);
      if (around && around.addedBy === addedBy) push(this.#within, around.name, one);
      else if (addedBy !== null) {
        push(this.#added, addedBy, one);
        this.#alone.add(one);
      }
    }
  }

  /** What stands right before it, and by which rule it starts: as its sub-workflow does where it starts with that. */
  of(one: Pick<Known, 'name' | 'when'>, inside?: readonly Known[]): Pick<DrawnStep, 'before' | 'when'> {
    if (inside) return { before: this.#behind(inside.map(({ name }) => name)), when: one.when };
    let first = this.#byName.get(one.name);
    while (first?.after.length === 0 && !this.#alone.has(first)) first = this.#byName.get(first.within ?? '');
    if (!first) return { before: [], when: one.when };
    const { addedBy, after, when } = first;
    if (this.#alone.has(first) && addedBy !== null) return { before: [addedBy], when };
    return { before: this.#behind(after), when };
  }

  /** What of a sub-workflow nothing else of it comes after. */
  lastOf({ name }: SubWorkflowInfo): Known[] {
    const own = this.#within.get(name) ?? [];
    const named = new Set(own.flatMap(({ after }) => after));
    return own.filter((one) => !named.has(one.name));
  }

  /** All that is in a sub-workflow, however deep. */
  allOf({ name }: SubWorkflowInfo): Known[] {
    const all = [...(this.#within.get(name) ?? [])];
    for (const one of all) all.push(...(this.#within.get(one.name) ?? []));
    return all;
  }

  #behind(names: readonly string[]): string[] {
    return [...new Set(names.flatMap((name) => this.#familyOf(name)))];
  }

  /** A step, what it has added, what that has, and so on: what comes after the step waits for all. */
  #familyOf(name: string): readonly string[] {
    const known = this.#families.get(name);
    if (known) return known;
    const family = [name];
    for (const one of family) family.push(...(this.#added.get(one) ?? []).map((added) => added.name));
    this.#families.set(name, family);
    return family;
  }
}

function push(lists: Map<string, Known[]>, name: string, one: Known): void {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  list.push(one);
}
