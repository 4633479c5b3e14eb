import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { type FlowNode, hasJob, type StepToSave, writeNode } from './flow-node.ts';
import type { FlowPolicy } from './flow-rules.ts';

/** A workflow to be stored. */
export interface FlowToSave {
  id: string;
  /** Where it is kept. */
  queue: string;
  policy: FlowPolicy;
  /** From when on no step starts, epoch ms; null for never. */
  deadlineAt: number | null;
  /** What tells it from another of the same id. */
  shape: string;
  /** The first has a job. */
  steps: readonly FlowNode[];
}

/** What saving works with: `keys` are those of the queue of the workflow. */
export interface FlowDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** What became of a workflow that was saved. */
export type FlowSaved =
  /** Now stored whole; `added` says how many of its steps this call stored. */
  | { outcome: 'saved'; added: number }
  /** Another workflow has the id. */
  | { outcome: 'other' }
  /** There was no room for the steps that start at once; none has started. */
  | { outcome: 'full' };

/** How many steps one call stores. */
export const STEP_CHUNK = 250;
/** How long a workflow stays once it is over, or once nobody adds to one that is not complete. */
const KEEP_MS = 86_400_000;

/**
 * Stores a workflow, from the first step to the last, some hundred per call; with the last it begins. One that was
 * begun is gone on with: steps are passed over that are stored already.
 */
export async function saveFlow({ client, keys }: FlowDeps, flow: FlowToSave): Promise<FlowSaved> {
  const { id, steps, policy, shape } = flow;
  const jobs = steps.filter(hasJob);
  const { names, reached } = queuesOf(keys, jobs);
  const jobless = steps.length - jobs.length;
  const deadlineAt = flow.deadlineAt === null ? '' : String(flow.deadlineAt);
  const shared = { id, policy, shape, deadlineAt, keepMs: KEEP_MS, jobless, names: JSON.stringify(names) };
  let added = 0;
  for (let from = 0; from < steps.length; ) {
    const chunk = steps.slice(from, chunkEnd(steps, from));
    const isLast = from + chunk.length === steps.length;
    const reply = await runScript(client, {
      script: 'save-flow',
      queue: keys,
      keys: { flow: keys.flow(id) },
      queues: reached.map((queue) => keys.sibling(queue)),
      args: { ...shared, total: steps.length, before: from, roots: isLast ? rootsOf(steps, names) : '' },
      rest: chunk.flatMap((step) => writeNode(step, names)),
    });
    if (reply.outcome === 'other' || reply.outcome === 'full') return reply;
    if (reply.outcome === 'added') added += chunk.length;
    from = Math.max(reply.stored, from + chunk.length);
  }
  return { outcome: 'saved', added };
}

/** The names of its queues, and those of them that a script reaches: what is to be done in others is handed over. */
function queuesOf(keys: QueueKeys, jobs: readonly StepToSave[]): { names: string[]; reached: string[] } {
  const queues = jobs.map(({ queue }) => queue);
  if (!keys.isTagged) return { names: [...new Set(queues)], reached: [...new Set(queues)] };
  return { names: [...new Set([keys.queue, ...queues])], reached: [keys.queue] };
}

/** Whether steps of a workflow are in other slots than it. */
export function isSpread({ isTagged, queue }: QueueKeys, { steps }: Pick<FlowToSave, 'steps'>): boolean {
  return isTagged && steps.some((step) => hasJob(step) && step.queue !== queue);
}

/** By the id of its first step a call that is sent again knows its own, so none begins with one that has no job. */
function chunkEnd(steps: readonly FlowNode[], from: number): number {
  const next = steps.findIndex((step, at) => at >= from + STEP_CHUNK && hasJob(step));
  return next < 0 ? steps.length : next;
}

function rootsOf(steps: readonly FlowNode[], names: readonly string[]): string {
  const roots = steps.flatMap((step, at) => {
    if (!hasJob(step) || step.after.length > 0) return [];
    return [[at, names.indexOf(step.queue), startsAtOnce(step.start) ? 1 : 0]];
  });
  return JSON.stringify(roots);
}

function startsAtOnce(start: string): boolean {
  return start === '' || start === '!';
}
