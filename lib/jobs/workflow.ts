import { createHash } from 'node:crypto';
import type { FlowNode } from '../engine/links/flow-node.ts';
import { FLOW_POLICIES } from '../engine/links/flow-rules.ts';
import { readFlow } from '../engine/links/flows.ts';
import { makeJobId } from '../engine/record/record.ts';
import { fullQueue } from '../engine/store/save-answer.ts';
import { ApiaryError, type FieldProblem } from '../errors.ts';
import { fieldCheck, invalidFields } from '../field-checks.ts';
import type { Keyring } from '../keyring.ts';
import { isLabel, LABEL_RULE } from '../names.ts';
import { unknownAmong } from '../nearest.ts';
import { requireObject } from '../require-given.ts';
import { drawNodes } from './drawn-nodes.ts';
import { checkTime, toTime } from './option-checks.ts';
import {
  type CheckedJob,
  checkData,
  type DraftedJob,
  draft,
  type LinkedAddress,
  type LinkingDeps,
  sending,
} from './planned-job.ts';
import {
  type FailurePolicy,
  isStep,
  type PlannedNode,
  type PlannedStep,
  type StepGraph,
  tieSteps,
} from './step-graph.ts';
import type { AddWarning } from './worker-check.ts';

/** What may be said of a workflow as a whole. */
export interface WorkflowOptions {
  /** Your own; counts in the queue of the first step. Default: a unique one. */
  id?: string | undefined;
  /**
   * What the failure of a step does to the others. `continue`, the default: nothing but what their rules say. `stop`:
   * no step starts any more that waits for a success.
   */
  onFailure?: FailurePolicy | undefined;
  /**
   * From then on no step starts, and a step that runs is aborted; as `runAt` says a time. Default never.
   */
  deadlineAt?: number | string | Date | undefined;
}

/** The answer to an added workflow. */
export interface AddedWorkflow {
  id: string;
  /** The queue that keeps it: that of the first step. */
  queue: string;
  /** False when all of it was there already. */
  created: boolean;
  /** The jobs of its steps, by their names; those that come after others are not there yet. */
  jobs: Record<string, LinkedAddress>;
  /** As those of a single job, of all that was given. */
  warnings?: readonly AddWarning[];
}

/** What adding workflows works with. */
export interface WorkflowDeps extends LinkingDeps {
  prefix: string;
}

/** The same, with all that was left out. */
interface Settled {
  id: string;
  onFailure: FailurePolicy;
  deadlineAt: number | null;
}

/** Adds a workflow of planned steps. */
export async function addWorkflow(
  deps: WorkflowDeps,
  nodes: readonly PlannedNode[],
  options: WorkflowOptions,
): Promise<AddedWorkflow> {
  const settled = settle(options, deps.clock.now());
  const steps = nodes.filter(isStep);
  const graph = tieSteps(nodes);
  const checked: CheckedJob[] = [];
  for (const step of steps) {
    const checking = checkData(step, deps.maxDataBytes);
    checked.push(checking instanceof Promise ? await checking : checking);
  }
  return sending(checked, (traced) => {
    const drafts = draftSteps(deps, steps, traced);
    return store(deps, { nodes, steps, drafts, graph, settled });
  });
}

const OPTION_NAMES = ['id', 'onFailure', 'deadlineAt'] as const satisfies (keyof WorkflowOptions)[];

function settle(options: WorkflowOptions, now: number): Settled {
  const given = requireObject('addWorkflow', 'options', options);
  const { id = makeJobId(now), onFailure = 'continue', deadlineAt } = given;
  const problems: FieldProblem[] = [];
  const check = fieldCheck(problems);
  for (const name of Object.keys(given))
    check(
      name,
      OPTION_NAMES.some((one) => one === name),
      `is ${unknownAmong(name, OPTION_NAMES)}`,
    );
  check('id', isLabel(id), `must be ${LABEL_RULE}`);
  check('onFailure', FLOW_POLICIES.includes(onFailure), `must be one of ${FLOW_POLICIES.join(', ')}`);
  const time = toTime(deadlineAt);
  checkTime(check, 'deadlineAt', time);
  if (problems.length > 0) throw invalidFields('options of the workflow are', problems);
  return { id, onFailure, deadlineAt: time ?? null };
}

function draftSteps(
  { clock, addedBy, keyring }: WorkflowDeps,
  steps: readonly PlannedStep[],
  checked: readonly CheckedJob[],
): DraftedJob[] {
  const now = clock.now();
  return checked.map((job, at) => draft(job, { now, path: `steps.${steps[at]?.name}`, addedBy, keyring }));
}

interface WrittenWorkflow {
  nodes: readonly PlannedNode[];
  /** Those of them that are steps, and the job of each. */
  steps: readonly PlannedStep[];
  drafts: readonly DraftedJob[];
  graph: StepGraph;
  settled: Settled;
}

async function store(deps: WorkflowDeps, workflow: WrittenWorkflow): Promise<AddedWorkflow> {
  const { nodes, steps, drafts, settled } = workflow;
  const { id, onFailure: policy, deadlineAt } = settled;
  const queue = drafts[0]?.queue ?? '';
  const isSpread = deps.client.isCluster && drafts.some((job) => job.queue !== queue);
  const written = writeSteps(workflow, { home: queue, isSpread, keyring: deps.keyring });
  const flow = { id, queue, policy, deadlineAt, shape: shapeOf(nodes), steps: written };
  const saved = await deps.storeOf(queue).saveFlow(flow, deps.lookForShards(drafts));
  if (saved.outcome === 'full') throw fullQueue();
  if (saved.outcome === 'other')
    throw new ApiaryError(
      'JOB_EXISTS',
      `queue ${queue} has another workflow ${id}, or lost this one meanwhile`,
    );
  const isWhole = saved.added === nodes.length;
  const jobs = isWhole
    ? steps.map(({ name }, at) => [name, addressOf(drafts[at])] as const)
    : await storedJobs(deps, queue, id);
  if (saved.added > 0) tellStarted(deps, workflow);
  return { id, queue, created: saved.added > 0, jobs: Object.fromEntries(jobs) };
}

/** An earlier call has stored some of them, under ids of its own. */
async function storedJobs(
  deps: WorkflowDeps,
  queue: string,
  id: string,
): Promise<(readonly [string, LinkedAddress])[]> {
  const flow = await readFlow(deps, queue, id);
  return (flow?.steps ?? []).map((step) => [step.name, addressOf(step)] as const);
}

function tellStarted({ onCreated }: WorkflowDeps, { steps, drafts }: WrittenWorkflow): void {
  for (const [at, { after }] of steps.entries()) {
    const job = drafts[at];
    if (!job || after.length > 0) continue;
    onCreated({ ...addressOf(job), created: true, state: job.start === '' ? 'waiting' : 'delayed' });
  }
}

function addressOf(job: LinkedAddress | undefined): LinkedAddress {
  return { id: job?.id ?? '', queue: job?.queue ?? '', type: job?.type ?? '' };
}

function writeSteps(
  { nodes, steps, drafts, graph, settled }: WrittenWorkflow,
  { home, isSpread, keyring }: { home: string; isSpread: boolean; keyring: Keyring | null },
): FlowNode[] {
  const until = settled.deadlineAt === null ? {} : { deadlineAt: settled.deadlineAt };
  const flow = { id: settled.id, queue: home, ...until, ...(isSpread && { isSpread }) };
  const drafted = new Map(steps.map((step, at) => [step, drafts[at]]));
  return drawNodes(nodes, graph, { flow, drafted, keyring });
}

/** What tells a workflow from another: its steps, and how they are tied. */
function shapeOf(nodes: readonly PlannedNode[]): string {
  const shape = nodes.map((node) => {
    const { name, when, after } = node;
    return isStep(node)
      ? [name, node.definition.type, node.definition.queue, when, after]
      : [name, when, after, 'to' in node ? { to: node.to } : { from: node.from }];
  });
  return createHash('sha256').update(JSON.stringify(shape)).digest('base64url');
}
