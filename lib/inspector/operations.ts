import { JOB_STATES, type JobState } from '../engine/keys.ts';
import { ApiaryError } from '../errors.ts';
import { BULK_STATES } from './bulk-operations.ts';
import type { BulkResult, IdleState, Inspector, MovableState } from './inspector.ts';
import type { Did, JobOperation } from './job-operation.ts';
import type { JobTarget, ManyTarget } from './operation-targets.ts';

export type { JobTarget, ManyTarget } from './operation-targets.ts';

/** Every operation on a job. Pages, Arena and the HTTP API offer these, in these states, with these words. */
export const JOB_OPERATIONS = {
  retry: {
    action: 'retry',
    summary: 'Offers a failed job again, with one further attempt.',
    states: BULK_STATES.retry,
    done: 'retried',
    told: (id) => `Job ${id} will run again.`,
    answer: () => ({ retried: true }),
    run: (inspector, { queue, id }) => inspector.retry(queue, id),
    onAll: ({ bulk }, { queue, filter, perMinute }) => bulk.retry(queue, filter, { perMinute }),
  },
  promote: {
    action: 'promote',
    summary: 'Makes a delayed job due now.',
    states: BULK_STATES.promote,
    done: 'promoted',
    told: (id) => `Job ${id} is due now.`,
    answer: () => ({ promoted: true }),
    run: (inspector, { queue, id }) => inspector.promote(queue, id),
    onAll: ({ bulk }, { queue, filter }) => bulk.promote(queue, filter),
  },
  cancel: {
    action: 'cancel',
    summary: 'Ends a waiting or delayed job as cancelled; tells the handler of a running one to stop.',
    states: BULK_STATES.cancel,
    done: 'cancelled',
    leaves: 'cancelled',
    told: (id, was) =>
      was === 'active' ? `The handler of job ${id} is told to stop.` : `Job ${id} is cancelled.`,
    answer: ({ was }) => ({ cancelled: true, was }),
    run: (inspector, { queue, id, by, reason }) => inspector.cancel(queue, id, by, { reason }),
    onAll: ({ bulk }, { queue, state, by, filter, reason }: ManyTarget<'waiting' | 'delayed' | 'active'>) =>
      bulk.cancel(queue, state, { by, filter, reason }),
  },
  archive: {
    action: 'archive',
    summary: 'Makes a waiting or delayed job failed without running it.',
    states: BULK_STATES.archive,
    done: 'archived',
    told: (id) => `Job ${id} is archived: it counts as failed.`,
    answer: ({ was }) => ({ archived: true, was }),
    run: (inspector, { queue, id, by }) => inspector.archive(queue, id, by),
    onAll: ({ bulk }, { queue, state, by, filter }: ManyTarget<'waiting' | 'delayed'>) =>
      bulk.archive(queue, state, { by, filter }),
  },
  move: {
    action: 'move',
    summary: 'Moves a waiting, delayed or failed job to another queue, whole, or says why it stays.',
    states: BULK_STATES.move,
    done: 'moved',
    told: (id, _was, _added, to) => `Job ${id} is in queue ${to} now.`,
    answer: ({ was }, { to }) => ({ moved: true, was, to }),
    run: (inspector, { queue, id, by, to = '' }) => inspector.move(queue, id, { to, by }),
    onAll: ({ bulk }, { queue, state, by, filter, to = '' }: ManyTarget<MovableState>) =>
      bulk.move(queue, state, { to, by, filter }),
  },
  remove: {
    action: 'remove',
    summary: 'Removes a job wherever it is, unless it runs.',
    states: BULK_STATES.remove,
    done: 'removed',
    told: (id) => `Job ${id} is removed.`,
    ifActive: 'cancel',
    answer: ({ was: state }) => ({ removed: true, state }),
    run: (inspector, { queue, id }) => inspector.removeIdle(queue, id),
    onAll: ({ bulk }, { queue, state, filter }: ManyTarget<IdleState>) => bulk.remove(queue, state, filter),
  },
  removeAnywhere: {
    action: 'remove',
    summary: 'Removes a job wherever it is; a running one ends without effect.',
    states: JOB_STATES,
    done: 'removed',
    told: (id) => `Job ${id} is removed.`,
    answer: ({ was: state }) => ({ removed: true, state }),
    run: async (inspector, { queue, id }) => {
      const was = await inspector.remove(queue, id);
      return was === null ? { done: false, state: null } : { done: true, was };
    },
  },
  edit: {
    action: 'update data',
    summary: 'Replaces the data of a job that is not running.',
    states: BULK_STATES.remove,
    done: 'updated',
    told: (id) => `Job ${id} has new data.`,
    answer: () => ({ changed: ['data'], runAt: null }),
    run: (inspector, { queue, id, data }) => inspector.updateData(queue, id, data),
  },
  reschedule: {
    action: 'reschedule',
    summary: 'Has a waiting or delayed job start at another time.',
    states: ['waiting', 'delayed'],
    done: 'rescheduled',
    told: (id) => `Job ${id} is due at another time.`,
    answer: (_did, { runAt = null, data, priority }) => ({
      changed: named({ data, runAt, priority }),
      runAt,
    }),
    run: (inspector, { queue, id, runAt = 0, data, priority }) =>
      inspector.reschedule(queue, id, { runAt, data, priority }),
  },
  setPriority: {
    action: 'set priority',
    summary: 'Gives a waiting or delayed job another priority.',
    states: ['waiting', 'delayed'],
    done: 'given another priority',
    told: (id) => `Job ${id} has another priority.`,
    answer: (_did, { data }) => ({ changed: named({ data, priority: true }), runAt: null }),
    // Where none is said, as by a button, it is made the first.
    run: (inspector, { queue, id, priority = 0, data }) =>
      inspector.setPriority(queue, id, priority, { data }),
  },
  signal: {
    action: 'signal',
    summary: 'Gives a job that has not ended a signal with data, for its handler that waits for it, or will.',
    states: ['waiting', 'active', 'delayed'],
    done: 'signalled',
    told: (id) => `Job ${id} has the signal.`,
    answer: ({ created = false }, { signal }) => ({ signal, created }),
    run: (inspector, { queue, id, signal = '', data }) => inspector.signal(queue, id, signal, data),
  },
  log: {
    action: 'log',
    summary: 'Adds a line to the log of a job, running or not.',
    states: JOB_STATES,
    done: 'logged to',
    told: (id) => `The log of job ${id} has another line.`,
    answer: () => ({ logged: true }),
    run: (inspector, { queue, id, by, message = '', level }) =>
      inspector.log(queue, id, { by, message, level }),
  },
  rerun: {
    action: 'rerun',
    summary: 'Adds a new job with the data and options of one that has ended.',
    states: ['succeeded', 'failed'],
    done: 'run anew',
    told: (id, _was, added) => `Job ${id} is run anew as job ${added}.`,
    answer: ({ was, added }) => ({ was, added }),
    run: (inspector, { queue, id, by }) => inspector.rerun(queue, id, by),
  },
} as const satisfies Record<string, JobOperation>;

/** The name of an operation on a job. */
export type JobOperationName = keyof typeof JOB_OPERATIONS;

/** The name of an operation that can be done to all jobs that pass a filter. */
export type BulkOperationName = {
  [Name in JobOperationName]: (typeof JOB_OPERATIONS)[Name] extends { onAll: unknown } ? Name : never;
}[JobOperationName];

/** The same table, for who goes by names. */
const OPERATIONS: Readonly<Record<JobOperationName, JobOperation>> = JOB_OPERATIONS;

/** One that can be done to many and is not in the list of those does not compile. */
BULK_STATES satisfies Record<BulkOperationName, readonly JobState[]>;

/** Throws JOB_STATE_FORBIDS for a state of jobs that an operation is not for. */
export function requireStateFor(name: JobOperationName, state: JobState): void {
  const { states, done } = OPERATIONS[name];
  if (states.includes(state)) return;
  const message = `jobs that are ${state} cannot be ${done}; only ${oneOf(states)} ones can be`;
  throw new ApiaryError('JOB_STATE_FORBIDS', message);
}

/** Whether an operation is for jobs in a state. */
export function appliesTo(name: JobOperationName, state: JobState): boolean {
  return OPERATIONS[name].states.includes(state);
}

/** What was done to a job, as it is said to people and answered to programs. */
export interface Done extends Did {
  text: string;
  answer: object;
}

/**
 * Does an operation to one job; resolves with the state in which the job was, where that is known, and what is to be
 * said and answered of it. Throws JOB_NOT_FOUND, or JOB_STATE_FORBIDS that says in which state the job is and which
 * are right.
 */
export async function operate(
  inspector: Inspector,
  name: JobOperationName,
  target: JobTarget,
): Promise<Done> {
  const { run, told, answer } = OPERATIONS[name];
  const result = await run(inspector, target);
  if (!result.done) throw await refusal(inspector, { name, target, state: result.state });
  const { was, added, created } = result;
  const did = { was, added, created };
  return {
    ...did,
    text: told(target.id, was, added, target.to),
    answer: { id: target.id, ...answer(did, target) },
  };
}

/**
 * Does an operation to all jobs of one state that pass a filter, default of all states that it is for; with `dryRun` it
 * only counts them. Throws JOB_STATE_FORBIDS for a state that it is not for, and JOB_INVALID for a filter that cannot
 * be.
 */
export async function operateOnAll(
  inspector: Inspector,
  name: BulkOperationName,
  { state, dryRun = false, ...target }: Omit<ManyTarget, 'state'> & { state?: JobState; dryRun?: boolean },
): Promise<BulkResult> {
  const { states, onAll }: JobOperation = OPERATIONS[name];
  if (state !== undefined) requireStateFor(name, state);
  const sum: BulkResult & { left?: string[] } = { matched: 0, done: 0 };
  for (const one of state === undefined ? states : [state]) {
    const result = dryRun ? await look(one) : await onAll?.(inspector, { ...target, state: one });
    sum.matched += result?.matched ?? 0;
    sum.done += result?.done ?? 0;
    if (result?.left) sum.left = [...(sum.left ?? []), ...result.left];
  }
  return sum;

  async function look(one: JobState): Promise<BulkResult> {
    return { matched: await inspector.bulk.count(target.queue, one, target.filter), done: 0 };
  }
}

/**
 * Does an operation to each of many jobs that it can be done to; resolves with what is to be said of it. Throws
 * JOB_STATE_FORBIDS that names all others.
 */
export async function operateOnEach(
  inspector: Inspector,
  name: JobOperationName,
  { ids, ...target }: Omit<JobTarget, 'id' | 'page'> & { ids: readonly string[] },
): Promise<string> {
  const { run, done } = OPERATIONS[name];
  const refused: string[] = [];
  for (const id of ids) {
    const result = await run(inspector, { ...target, id });
    if (!result.done) refused.push(`${id} (${result.state ?? 'no such job'})`);
  }
  const count = ids.length - refused.length;
  if (refused.length === 0) return `${count} ${done}`;
  const message = `${count} of ${ids.length} jobs were ${done}, but not ${refused.join(', ')}`;
  throw new ApiaryError('JOB_STATE_FORBIDS', message);
}

interface Refused {
  name: JobOperationName;
  target: JobTarget;
  state: JobState | null;
}

async function refusal(inspector: Inspector, { name, target, state }: Refused): Promise<ApiaryError> {
  const { queue, id, page } = target;
  if (state === null) return new ApiaryError('JOB_NOT_FOUND', `queue ${queue} has no job ${id}`);
  const { done, states, leaves, ifActive } = OPERATIONS[name];
  if (leaves && (await inspector.job(queue, id))?.outcome === leaves)
    return new ApiaryError('JOB_STATE_FORBIDS', `job ${id} was ${done} before, and has ended`);
  const instead =
    ifActive && state === 'active' ? `${ifActive} it${page ? ` on its page, ${page}` : ''}` : null;
  const right = `only a ${oneOf(states)} job can be`;
  return new ApiaryError(
    'JOB_STATE_FORBIDS',
    `job ${id} is ${state}, so it was not ${done}; ${instead ?? right}`,
  );
}

function oneOf(states: readonly JobState[]): string {
  return [states.slice(0, -1).join(', '), ...states.slice(-1)].filter((part) => part !== '').join(' or ');
}

/** The names of what is given. */
function named(parts: Record<string, unknown>): string[] {
  return Object.keys(parts).filter((name) => parts[name] !== undefined);
}
