import type { StepRule } from './flow-rules.ts';

/** What stands in the graph of a workflow; others are named by their places. */
export interface NodeTies {
  /** Of the gate and the join of a sub-workflow the name of that. */
  name: string;
  when: StepRule;
  after: readonly number[];
  next: readonly number[];
  /** Whether it is within a sub-workflow that is to make up for a failure, which no failure stops. */
  isSpared?: boolean;
}

/** A step to be stored. */
export interface StepToSave extends NodeTies {
  type: string;
  queue: string;
  /** Of its job. */
  id: string;
  /** Whose results it is given. */
  reads: readonly number[];
  /** Whether another step is given its result. */
  isRead: boolean;
  /** As `save.lua` takes it. */
  start: string;
  /** Its record, in two parts: what is known only when it starts is written between. */
  before: string;
  behind: string;
}

/**
 * The beginning of a sub-workflow, which comes before its first steps, and where that ends. One that comes after
 * nothing has none.
 */
export interface Gate extends NodeTies {
  to: number;
}

/** The end of a sub-workflow, which comes after all of its steps, and where that begins. */
export interface Join extends NodeTies {
  from: number;
}

/** A step, or one of the two ends of a sub-workflow, which have no job. */
export type FlowNode = StepToSave | Gate | Join;

/** Whether it is a step. */
export function hasJob(node: FlowNode): node is StepToSave {
  return 'id' in node;
}

/** Writes it as `save-flow.lua` takes it, where the workflow has these queues. */
export function writeNode(node: FlowNode, names: readonly string[]): (string | number)[] {
  const next = node.next.join();
  if (!hasJob(node)) {
    const go = 'to' in node ? `>${node.to}` : '';
    return [0, '', JSON.stringify(planOf(node)), stateOf(node), `${next}|`, go, '', ''];
  }
  const { name, type, queue, id, reads, isRead, start, before, behind } = node;
  const at = names.indexOf(queue);
  const plan = { ...planOf(node), type, queue: at };
  const [following, go] = [`${next}|${isRead ? name : ''}`, `${at}|${start}|${reads.join()}`];
  return [at, id, JSON.stringify(plan), stateOf(node), following, go, before, behind];
}

/** What never changes of it but its job, as it is stored. */
export function planOf(node: FlowNode): Record<string, unknown> {
  const { name, when, after, isSpared } = node;
  const ends = 'to' in node ? { to: node.to } : 'from' in node ? { from: node.from } : {};
  return { name, when, after, ...(isSpared && { spared: true }), ...ends };
}

/** The letters of the rules, see `advance.lua`; the second is that of what no failure stops. */
const LETTERS: Readonly<Record<StepRule, readonly [string, string]>> = {
  succeeded: ['s', 't'],
  any: ['a', 'b'],
  ended: ['e', 'e'],
  failed: ['f', 'f'],
};

/** Its state while it waits for all that it comes after. */
export function stateOf(node: FlowNode): string {
  const { when, after, isSpared } = node;
  const letter = LETTERS[when][isSpared ? 1 : 0];
  const own = 'from' in node ? 'j' : 'to' in node ? letter.toUpperCase() : letter;
  return `w${own}${after.length}`;
}
