import type { JobState } from '../keys.ts';
import type { FlowPolicy, StepRule } from './flow-rules.ts';

/**
 * Where a step is: `awaiting` those before it; where its job is; `skipped`, as it cannot start by its rule any more.
 * One whose job was removed before its end has `failed`.
 */
export type StepState = JobState | 'awaiting' | 'skipped';

/** A step of a workflow. */
export interface StepInfo {
  name: string;
  type: string;
  queue: string;
  /** Of its job, which is there once the step has started. */
  id: string;
  state: StepState;
  when: StepRule;
  /** The names of the steps that it comes after. */
  after: string[];
  /** The name of the step that has added it as it ran; null for those that were there from the start. */
  addedBy: string | null;
  /** The name of the sub-workflow that it is in; null for none. */
  within: string | null;
}

/** A workflow within another. */
export interface SubWorkflowInfo extends Pick<StepInfo, 'name' | 'when' | 'after' | 'addedBy' | 'within'> {
  /** `active` from its first step that started on; `failed` where a step of it has, once all of it has ended. */
  state: Extract<StepState, 'awaiting' | 'active' | 'succeeded' | 'failed' | 'skipped'>;
}

/** What is known of a workflow; times are epoch ms. */
export interface WorkflowSummary {
  id: string;
  /** Where it is kept; ids of workflows count per queue. */
  queue: string;
  /**
   * `adding`: not all steps are stored yet, or the producer died meanwhile; `running`: some steps have not ended. After
   * that `cancelled`, `expired` by its deadline, `failed` where some step has, and `succeeded`.
   */
  state: 'adding' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired';
  onFailure: FlowPolicy;
  /** How many steps it is to have, and how many are stored. */
  total: number;
  added: number;
  /** How many have not ended, started or not. */
  open: number;
  /** Failed for good, cancelled, or removed before they ended. */
  failed: number;
  /** Those of the failed that are kept, so that they can be retried. */
  retryable: number;
  createdAt: number;
  endedAt: number | null;
  deadlineAt: number | null;
  /** In how many ms it will be gone; null while it is not over, or could be retried. */
  goneInMs: number | null;
}

/** A workflow with its steps and with what it has within it, in the order in which they were given. */
export interface WorkflowInfo extends WorkflowSummary {
  steps: StepInfo[];
  workflows: SubWorkflowInfo[];
}

/** What is stored of a step, or of the gate or join of a sub-workflow. */
export interface StoredPlan {
  name: string;
  type: string;
  /** The place of its queue among those of the workflow. */
  queue: number;
  when: StepRule;
  after: number[];
  /** The step that has added it. */
  by?: number;
  /** Of a gate the place of its join, and of a join that of the first of its sub-workflow. */
  to?: number;
  from?: number;
}

/** A step as it is stored, or a gate or a join. */
export interface ReadStep {
  at: number;
  state: string;
  /** Of its job; '' for a gate or a join. */
  id: string;
  queue: string;
  plan: StoredPlan;
  /** The places of those that come after it. */
  next: readonly number[];
}

/** What is told of a workflow beside what it is as a whole. */
type FlowParts = Pick<WorkflowInfo, 'steps' | 'workflows'>;

/** What is known of the nodes of a workflow while they are told of, by their places. */
interface Known {
  nodes: ReadonlyMap<number, ReadStep>;
  /** The join of the sub-workflow that each is in. */
  around: ReadonlyMap<number, ReadStep>;
}

/** Tells of stored steps and sub-workflows; `states` says where the jobs of those are that have started. */
export function infoOf(nodes: readonly ReadStep[], states: ReadonlyMap<number, JobState>): FlowParts {
  const known = { nodes: new Map(nodes.map((node) => [node.at, node])), around: aroundOf(nodes) };
  const steps = nodes
    .filter(({ id }) => id !== '')
    .map(({ at, state, id, queue, plan }): StepInfo => {
      const { name, type, when } = plan;
      return { name, type, queue, id, state: stepState(state, states.get(at)), when, ...tiesOf(at, known) };
    });
  const workflows = nodes.flatMap((node) => (node.plan.from === undefined ? [] : [subWorkflow(node, known)]));
  return { steps, workflows };
}

/** The nearest sub-workflow around each: those within others end before them. */
function aroundOf(nodes: readonly ReadStep[]): Map<number, ReadStep> {
  const around = new Map<number, ReadStep>();
  for (const join of nodes) {
    const { from } = join.plan;
    if (from === undefined) continue;
    for (let at = from; at < join.at; at++) if (!around.has(at)) around.set(at, join);
  }
  for (const { at, plan } of nodes) {
    const own = plan.by === undefined || around.has(at) ? undefined : around.get(plan.by);
    if (own) around.set(at, own);
  }
  return around;
}

/** As it was described: what starts with its sub-workflow comes after nothing. */
function tiesOf(at: number, { nodes, around }: Known): Pick<StepInfo, 'after' | 'addedBy' | 'within'> {
  const { after = [], by } = nodes.get(at)?.plan ?? {};
  const named = after.flatMap((one) => {
    const plan = nodes.get(one)?.plan;
    return plan && plan.to === undefined ? [plan.name] : [];
  });
  return {
    after: named,
    addedBy: by === undefined ? null : (nodes.get(by)?.plan.name ?? null),
    within: around.get(at)?.plan.name ?? null,
  };
}

function subWorkflow(join: ReadStep, known: Known): SubWorkflowInfo {
  const { name, from = join.at } = join.plan;
  const first = known.nodes.get(from);
  // It has a gate where it comes after something.
  const gate = first?.plan.to === join.at ? first : undefined;
  const { after } = gate ? tiesOf(from, known) : { after: [] };
  const { addedBy, within } = tiesOf(join.at, known);
  return {
    name,
    state: joinState(join, known),
    when: gate?.plan.when ?? 'succeeded',
    after,
    addedBy,
    within,
  };
}

function joinState({ at, state, plan }: ReadStep, { nodes }: Known): SubWorkflowInfo['state'] {
  if (state === 's') return 'succeeded';
  if (state === 'x') return 'skipped';
  if (!state.startsWith('w')) return 'failed';
  for (let one = plan.from ?? at; one < at; one++) {
    const step = nodes.get(one);
    if (step && step.id !== '' && !/^[wx]/.test(step.state)) return 'active';
  }
  return 'awaiting';
}

function stepState(stored: string, job: JobState | undefined): StepState {
  // Behind this are its rule and how many it waits for.
  if (stored.startsWith('w')) return 'awaiting';
  if (stored === 'x') return 'skipped';
  if (stored === 's') return 'succeeded';
  // One that a stock client has just moved on is in no list; so is one that it removed, until somebody has noticed.
  return stored === 'r' ? (job ?? 'waiting') : 'failed';
}
