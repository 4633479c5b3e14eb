import { ApiaryError, type ErrorCode } from '../../errors.ts';
import { requireName } from '../../names.ts';
import type { JobState, QueueKeys } from '../keys.ts';
import { listsOfJob } from '../limits/lines.ts';
import { carryAll, carryWhatCan, doneOf } from '../links/hand-over.ts';
import { isBefore } from '../links/hand-over-id.ts';
import { parseRecord } from '../record/record.ts';
import type { Candidate, Stretch } from '../repairs/withdraw.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { readStates } from '../store/states.ts';
import { type MoveOrder, recordElsewhere, TIES, targetOf } from './moved-record.ts';

/** The queue that jobs are moved out of. */
export interface MoveDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** The states whose jobs can be moved: what runs belongs to its worker, and what has succeeded has nothing to do. */
export const MOVABLE_STATES = ['waiting', 'delayed', 'failed'] as const;

/** One of {@link MOVABLE_STATES}. */
export type MovableState = (typeof MOVABLE_STATES)[number];

/** Jobs of one state, found together. */
export interface Leaving {
  state: MovableState;
  jobs: readonly Candidate[];
  /** Where they are in a long list; unknown, each is searched for. */
  within: Stretch | null;
  /** The list in which waiting ones are; default that of bee-queue. */
  list?: string | null;
}

/** A job that stays where it is, and why. */
export interface Kept {
  id: string;
  code: ErrorCode;
  why: string;
}

/** What moving some did; of those in neither list nothing was found where it was looked for. */
export interface MoveSome {
  moved: readonly string[];
  kept: readonly Kept[];
}

/** What moving one job did: in which state it was, or is. */
export type MoveResult = { done: true; was: MovableState } | { done: false; state: JobState | null };

/** Throws JOB_INVALID for what can be the name of no queue, and for the queue in which the jobs are. */
export function requireOtherQueue(queue: string, to: unknown): asserts to is string {
  requireName('to', to);
  if (to !== queue) return;
  const message = `to must be another queue: the jobs are in ${queue}`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'to', message }] });
}

/**
 * Moves jobs of one state to another queue, whole or not at all: each that would break a tie, whose id is another job's
 * there, or for which there is no room stays. In a cluster it rejects where they are on their way and cannot arrive
 * yet: the workers of both queues go on with that, and so does whoever moves jobs out of this one next.
 */
export async function moveJobs(deps: MoveDeps, leaving: Leaving, order: MoveOrder): Promise<MoveSome> {
  const kept: Kept[] = [];
  const ready = leaving.jobs.flatMap((job) => readyOf(deps.keys, job, { order, kept }));
  const asked = deps.keys.isTagged ? await allowed(deps, leaving.state, { ready, order, kept }) : ready;
  if (asked.length === 0) return { moved: [], kept };
  const words = await send(deps, leaving, { order, ready: asked });
  if (deps.keys.isTagged) await arriveAt(deps, order.to);
  const moved: string[] = [];
  for (const [at, word] of words.entries()) {
    const id = asked[at]?.id ?? '';
    if (word === 'moved') moved.push(id);
    else if (word !== 'gone') kept.push({ id, ...REASONS[word](order.to) });
  }
  return { moved, kept };
}

/** Moves one job; throws why it stays, where it is in a state to be moved. */
export async function moveJob(deps: MoveDeps, id: string, order: MoveOrder): Promise<MoveResult> {
  // What an earlier call has left on the way.
  await carryWhatCan(deps);
  for (let tried = 1; ; tried++) {
    const [[state = null], raw] = await Promise.all([
      readStates(deps.client, deps.keys, [id]),
      deps.client.hget(deps.keys.jobs, id),
    ]);
    if (raw === null || state === null) return { done: false, state: null };
    if (!isMovable(state)) return { done: false, state };
    const to = await targetOf({ id, raw }, order);
    const lists = state === 'waiting' ? await listsOfJob(deps, parseRecord(raw)) : [null];
    for (const list of lists) {
      const leaving = { state, jobs: [{ id, raw }], within: null, list };
      const { moved, kept } = await moveJobs(deps, leaving, { ...order, to });
      if (moved.length > 0) return { done: true, was: state };
      for (const { code, why } of kept) throw new ApiaryError(code, `job ${id} stays in its queue: ${why}`);
    }
    if (tried === TRIES) return { done: false, state };
  }
}

/** How often a job is looked at again that moved or changed meanwhile. */
const TRIES = 5;

function isMovable(state: JobState): state is MovableState {
  return MOVABLE_STATES.some((one) => one === state);
}

/** A job with the record that it had and that which it is to have. */
interface Ready {
  id: string;
  before: string;
  after: string;
}

/** What goes along with a call, and those that stay. */
interface Sorting {
  order: MoveOrder;
  kept: Kept[];
}

function readyOf(keys: QueueKeys, { id, raw }: Candidate, { order, kept }: Sorting): Ready[] {
  if (raw === null) return [];
  try {
    return [{ id, before: raw, after: recordElsewhere(keys, { id, raw }, order) }];
  } catch (error) {
    if (!(error instanceof ApiaryError)) throw error;
    kept.push({ id, code: error.code, why: error.message });
    return [];
  }
}

/** Asks in a queue of another slot which of them may come. */
async function allowed(
  { client, keys }: MoveDeps,
  state: MovableState,
  { ready, order, kept }: Sorting & { ready: readonly Ready[] },
): Promise<Ready[]> {
  const call = { script: 'greet', queue: keys.sibling(order.to), args: { source: keys.queue } } as const;
  const [room = '', ...taken] = await runScript(client, { ...call, rest: ready.map(({ id }) => id) });
  const known = new Set(taken);
  const free = ready.filter(({ id }) => !known.has(id));
  const most = state === 'waiting' && room !== '' ? Math.max(0, Number(room)) : free.length;
  for (const id of known) kept.push({ id, ...REASONS.taken(order.to) });
  for (const { id } of free.slice(most)) kept.push({ id, ...REASONS.full(order.to) });
  return free.slice(0, most);
}

function send(
  { client, keys }: MoveDeps,
  { state, within, list }: Leaving,
  { order: { to }, ready }: { order: MoveOrder; ready: readonly Ready[] },
) {
  const { farthest, nearest } = within ?? { farthest: 0, nearest: 0 };
  return runScript(client, {
    script: 'move',
    queue: keys,
    queues: keys.isTagged ? [] : [keys.sibling(to)],
    keys: { list: list ?? keys.waiting },
    args: { state, farthest, nearest, to },
    rest: ready.flatMap(({ id, before, after }) => [id, before, after]),
  });
}

/** Carries what has left to a queue in another slot. Trouble with any other queue is none of this call. */
async function arriveAt(deps: MoveDeps, to: string): Promise<void> {
  try {
    await carryAll(deps);
  } catch (error) {
    const last = (await deps.client.hget(deps.keys.handovers, to)) ?? '';
    if (isBefore(await doneOf(deps, to), last)) throw error;
  }
}

type Reason = (to: string) => Omit<Kept, 'id'>;

const tied =
  (why: string): Reason =>
  () => ({ code: 'JOB_TIED', why: `it ${why}` });

/** Why a job stays, by the word of the script. */
const REASONS = {
  taken: (to) => ({ code: 'JOB_EXISTS', why: `queue ${to} has another job of that id` }),
  full: (to) => ({ code: 'QUEUE_FULL', why: `as many jobs wait in queue ${to} as may` }),
  uniques: tied(TIES.unique),
  batches: tied(TIES.batch),
  steps: tied(TIES.workflow),
  signals: tied(TIES.signals),
} satisfies Record<string, Reason>;
