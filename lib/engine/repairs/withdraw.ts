import { groupOfMember, leaveGroup } from '../groups/groups.ts';
import type { JobState, QueueKeys } from '../keys.ts';
import { listsOfJob } from '../limits/lines.ts';
import { parseRecord, rewriteRecord, unreadableRecord } from '../record/record.ts';
import { ERROR_TEXT_KEPT, ERRORS_KEPT } from '../record/settlement.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { readStates } from '../store/states.ts';

/** What withdrawing works with: a queue. */
export interface WithdrawDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** A state whose jobs can be taken out by hand; what runs belongs to its worker. */
export type IdleState = Exclude<JobState, 'active'>;

/** A job to be taken out, and its record as it was read; null where nobody looked. */
export interface Candidate {
  id: string;
  raw: string | null;
}

/** Where in their list the candidates are, counted from its right end, the last of all being 1. */
export interface Stretch {
  farthest: number;
  nearest: number;
}

/** Who ends jobs by hand, when (epoch ms), and why, where they say so. */
export interface EndNote {
  by: string;
  at: number;
  reason?: string;
  /** Default `discarded`: archived. */
  as?: 'discarded' | 'cancelled';
}

/** Which jobs are to be removed. */
export interface RemoveOrder {
  state: IdleState;
  jobs: readonly Candidate[];
  /** Where they are in a long list; unknown, each is searched for. */
  within: Stretch | null;
  /** The list in which waiting jobs are; default that of bee-queue. */
  list?: string | null;
}

/** Which jobs are to become failed by hand. */
export interface ArchiveOrder extends RemoveOrder {
  state: 'waiting' | 'delayed';
  note: EndNote;
}

/** What taking out one job did: in which state it was, or is. */
export type WithdrawResult =
  | { done: true; was: 'waiting' | 'delayed' }
  | { done: false; state: JobState | null };

/** Nothing is known of where in the list a job is. */
const ANYWHERE: Stretch = { farthest: 0, nearest: 0 };

/** How often a job is looked at again that moved or changed while it was being archived. */
const ARCHIVE_TRIES = 5;

/** Removes jobs from one state; resolves with how many were still in it. */
export async function removeFromState(deps: WithdrawDeps, order: RemoveOrder): Promise<number> {
  const changes = order.jobs.map(({ id }): Change => [id, '', '']);
  return withdraw(deps, order, { as: 'failed', message: '', changes });
}

/**
 * Makes waiting or delayed jobs failed, with the outcome of the note and an error that says who did it; resolves with
 * how many were still there as they had been read.
 */
export async function archiveIdle(deps: WithdrawDeps, order: ArchiveOrder): Promise<number> {
  const { note } = order;
  const changes = order.jobs.map(({ id, raw }): Change => [id, raw ?? '', archived(raw, note)]);
  return withdraw(deps, order, { as: eventOf(note), message: textOf(note), changes });
}

/** Makes one waiting or delayed job failed; says in which other state it is otherwise. */
export async function archiveJob(deps: WithdrawDeps, id: string, note: EndNote): Promise<WithdrawResult> {
  for (let tried = 1; ; tried++) {
    const [[state = null], raw] = await Promise.all([
      readStates(deps.client, deps.keys, [id]),
      deps.client.hget(deps.keys.jobs, id),
    ]);
    if (raw === null) return { done: false, state: null };
    if (state !== 'waiting' && state !== 'delayed') return { done: false, state };
    const was = await archiveMember(deps, { id, raw }, note);
    if (was) return { done: true, was };
    for (const list of state === 'waiting' ? await listsOfJob(deps, parseRecord(raw)) : [null]) {
      const order = { state, jobs: [{ id, raw }], within: null, list, note };
      if ((await archiveIdle(deps, order)) === 1) return { done: true, was: state };
    }
    if (tried === ARCHIVE_TRIES) return { done: false, state };
  }
}

/** Makes a job failed that waits in a group; null when it is none such as it was read. */
async function archiveMember(
  deps: WithdrawDeps,
  { id, raw }: { id: string; raw: string },
  note: EndNote,
): Promise<'waiting' | 'delayed' | null> {
  const options = parseRecord(raw)?.options;
  if (!options || groupOfMember(options) === null) return null;
  const failed = { before: raw, after: archived(raw, note), message: textOf(note) };
  const left = await leaveGroup(deps, { id, as: eventOf(note), ...failed });
  return left === 'none' || left === 'changed' ? null : left;
}

/** A job, its record as read, and the record to store; both empty to remove it. */
type Change = [id: string, before: string, after: string];

async function withdraw(
  { client, keys }: WithdrawDeps,
  { state, within, list }: RemoveOrder,
  { as, message, changes }: { as: EndEvent; message: string; changes: readonly Change[] },
): Promise<number> {
  if (changes.length === 0) return 0;
  const { farthest, nearest } = within ?? ANYWHERE;
  const taken = await runScript(client, {
    script: 'withdraw',
    queue: keys,
    keys: { list: list ?? keys.waiting },
    args: { state, farthest, nearest, as, message: JSON.stringify(message) },
    rest: changes.flat(),
  });
  return taken.length;
}

/** The record of a job as it is once archived: no attempt was made, so nothing else of it changes. */
function archived(raw: string | null, note: EndNote): string {
  const read = parseRecord(raw ?? '');
  const record = read ?? unreadableRecord(raw, note.at);
  const { options } = record;
  const message = textOf(note);
  const { name } = WORDS[note.as ?? 'discarded'];
  const error = { name, message, at: note.at, attempt: options.run?.[0] ?? 0 };
  options.errors = [error, ...(options.errors ?? [])].slice(0, ERRORS_KEPT);
  options.stacktraces = [message, ...(options.stacktraces ?? [])].slice(0, ERRORS_KEPT);
  options.outcome = note.as ?? 'discarded';
  record.status = 'failed';
  return rewriteRecord(read && raw, record);
}

/** What is told of a job that becomes failed by hand. */
type EndEvent = 'failed' | 'cancelled';

function eventOf({ as }: EndNote): EndEvent {
  return as === 'cancelled' ? as : 'failed';
}

function textOf({ by, reason, as = 'discarded' }: EndNote): string {
  const why = reason === undefined ? '' : `: ${reason}`;
  return `${WORDS[as].verb} by ${by}${why}`.slice(0, ERROR_TEXT_KEPT);
}

const WORDS = {
  discarded: { name: 'Archived', verb: 'archived' },
  cancelled: { name: 'Cancelled', verb: 'cancelled' },
} as const;
