import { requireWellFormed } from '../../names.ts';
import { type JobState, type QueueKeys, queueKeys } from '../keys.ts';
import { readOwn } from '../own-json.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import {
  infoOf,
  type ReadStep,
  type StoredPlan,
  type WorkflowInfo,
  type WorkflowSummary,
} from './flow-info.ts';

/** What reading workflows works with. */
export interface FlowsDeps {
  client: RedisClient;
  prefix: string;
}

/** How many steps one command reads. */
const STEPS_AT_ONCE = 300;

const HEAD = [
  ...(['id', 'policy', 'total', 'added', 'open', 'failed', 'kept', 'dropped', 'jobless'] as const),
  ...(['halted', 'createdAt', 'endedAt', 'deadlineAt', 'names'] as const),
];

type Head = Partial<Record<(typeof HEAD)[number], string>>;

/** Reads one workflow, by the queue that keeps it; null when there is none, or none any more. */
export async function readFlow(deps: FlowsDeps, queue: string, id: string): Promise<WorkflowInfo | null> {
  requireWellFormed('id', id);
  const found = await readHead(deps, queue, id);
  if (!found) return null;
  const nodes = await readNodes(deps, queue, id, found.head);
  return { ...found.summary, ...infoOf(nodes, await jobStates(deps, nodes)) };
}

/** In which order workflows are listed: by when they will be gone, those that run and could be retried being last. */
export type FlowOrder = 'goneFirst' | 'goneLast';

/** Lists the workflows that a queue keeps. */
export async function listFlows(
  deps: FlowsDeps,
  queue: string,
  { limit, order }: { limit: number; order: FlowOrder },
): Promise<WorkflowSummary[]> {
  const { flowIndex } = keysOf(deps, queue);
  const last = String(Math.max(0, limit - 1));
  const ids = await (order === 'goneFirst'
    ? deps.client.zrange(flowIndex, 0, last)
    : deps.client.zrevrange(flowIndex, 0, last));
  const found = await Promise.all(ids.map((id) => readHead(deps, queue, id)));
  return found.flatMap((one) => (one ? [one.summary] : []));
}

/** Reads the steps of a workflow; those that are not stored yet are not among them. */
export async function readSteps(deps: FlowsDeps, queue: string, id: string, head: Head): Promise<ReadStep[]> {
  return (await readNodes(deps, queue, id, head)).filter((node) => node.id !== '');
}

/** Reads them together with the gates and joins of its sub-workflows. */
export async function readNodes(deps: FlowsDeps, queue: string, id: string, head: Head): Promise<ReadStep[]> {
  const key = keysOf(deps, queue).flow(id);
  const queues = ownOr<unknown[]>(head.names ?? '[]', Array.isArray) ?? [];
  const steps: ReadStep[] = [];
  // Another program may have written any number there, and each step has fields of its own.
  const count = Math.min(Number(head.added), await deps.client.hlen(key));
  for (let from = 0; from < count; from += STEPS_AT_ONCE) {
    const to = Math.min(count, from + STEPS_AT_ONCE);
    const places = Array.from({ length: to - from }, (_one, at) => from + at);
    const names = places.flatMap((at) => [`${at}:state`, `${at}:id`, `${at}:plan`, `${at}:next`]);
    const facts = await deps.client.hmget(key, ...names);
    for (const [nth, at] of places.entries()) {
      const [state, job, written, next] = facts.slice(4 * nth, 4 * nth + 4);
      // It may have gone between two reads.
      // And one whose step runs again has gone with that.
      if (!state || typeof job !== 'string' || !written || state === 'd') continue;
      const plan = ownOr<StoredPlan>(written, (value) => isPlan(value, job !== ''));
      if (plan === null) continue;
      const of = queues[plan.queue];
      steps.push({ at, state, id: job, queue: typeof of === 'string' ? of : '', plan, next: placesIn(next) });
    }
  }
  return steps;
}

/** Reads our own JSON; null where another program has left something else there. */
function ownOr<Value>(json: string, isRight: (value: unknown) => boolean): Value | null {
  try {
    const read = readOwn<Value>(json);
    return isRight(read) ? read : null;
  } catch {
    return null;
  }
}

/** Gates and joins have no job, and no queue; the first of a sub-workflow has a place. */
function isPlan(value: unknown, hasJob: boolean): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, queue, after, from = 0 }: Partial<Record<keyof StoredPlan, unknown>> = value;
  const isPlace = Number.isInteger(from) && Number(from) >= 0;
  return (
    typeof name === 'string' && (!hasJob || typeof queue === 'number') && Array.isArray(after) && isPlace
  );
}

/** Behind the places may stand a name, after a bar. */
function placesIn(next: string | null | undefined): number[] {
  const [places = ''] = (next ?? '').split('|');
  return places === '' ? [] : places.split(',').map(Number);
}

/** Reads what is known of a workflow as a whole; null when there is none. */
export async function readHead(
  deps: FlowsDeps,
  queue: string,
  id: string,
): Promise<{ head: Head; summary: WorkflowSummary } | null> {
  const key = keysOf(deps, queue).flow(id);
  const [facts, ttlMs] = await Promise.all([deps.client.hmget(key, ...HEAD), deps.client.pttl(key)]);
  const head: Head = Object.fromEntries(
    HEAD.flatMap((name, at) => (typeof facts[at] === 'string' ? [[name, facts[at]]] : [])),
  );
  return head.id === undefined ? null : { head, summary: toSummary(queue, head, ttlMs) };
}

function toSummary(queue: string, head: Head, ttlMs: number): WorkflowSummary {
  const numberOf = (text: string | undefined): number => Number(text ?? 0);
  const timeOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
  return {
    id: head.id ?? '',
    queue,
    state: stateOf(head),
    onFailure: head.policy === 'stop' ? 'stop' : 'continue',
    total: numberOf(head.total) - numberOf(head.dropped) - numberOf(head.jobless),
    added: Math.max(0, numberOf(head.added) - numberOf(head.dropped) - numberOf(head.jobless)),
    open: numberOf(head.open),
    failed: numberOf(head.failed),
    retryable: numberOf(head.kept),
    createdAt: numberOf(head.createdAt),
    endedAt: timeOf(head.endedAt),
    deadlineAt: timeOf(head.deadlineAt),
    goneInMs: ttlMs < 0 ? null : ttlMs,
  };
}

function stateOf({ total, added, open, halted, failed }: Head): WorkflowSummary['state'] {
  if (added !== total) return 'adding';
  if (open !== '0') return 'running';
  if (halted === 'cancelled' || halted === 'expired') return halted;
  return failed === '0' ? 'succeeded' : 'failed';
}

/** Where the jobs are of those steps that have started and not ended, by their places. */
async function jobStates(deps: FlowsDeps, steps: readonly ReadStep[]): Promise<Map<number, JobState>> {
  const started = steps.filter(({ state }) => state === 'r');
  const found = new Map<number, JobState>();
  for (const queue of new Set(started.map((one) => one.queue))) {
    const ofQueue = started.filter((one) => one.queue === queue);
    const ids = ofQueue.map(({ id }) => id);
    const states = await runScript(deps.client, { script: 'state', queue: keysOf(deps, queue), rest: ids });
    for (const [nth, state] of states.entries()) {
      const step = ofQueue[nth];
      if (step && state !== '') found.set(step.at, state);
    }
  }
  return found;
}

function keysOf({ client, prefix }: FlowsDeps, queue: string): QueueKeys {
  return queueKeys(prefix, queue, client.isCluster);
}
