import { isoTime } from '../../clock.ts';
import { type GroupReason, whyGathered, whyGrouped } from '../groups/why-grouped.ts';
import type { QueueKeys } from '../keys.ts';
import { type HeldReason, whyHeld } from '../limits/holds.ts';
import { type LimitReason, whyLimited } from '../limits/why-limited.ts';
import { type AwaitsBatch, whyNotAdded } from '../links/why-batch.ts';
import { type AwaitsSteps, whyNotStarted } from '../links/why-step.ts';
import type { PauseNote } from '../record/pause-note.ts';
import type { JobOutcome } from '../record/record.ts';
import type { StoredJob } from '../record/stored-job.ts';
import { type NotFired, whyNotFired } from '../schedules/not-fired.ts';
import { runScript } from '../scripts.ts';
import { type PresenceDeps, readWorkers, type WorkerInfo } from './presence.ts';
import type { Queries } from './queries.ts';
import { type AwaitsSignals, whyAwaiting } from './why-awaiting.ts';

/** Why a job is not running, each with a sentence for people in `text`; times are epoch ms. */
export type WhyReason = HeldReason | LimitReason | GroupReason | JobReason;

type JobReason = { text: string } & (
  | { reason: 'not-found' }
  /** It is the last job of a batch that is not complete. */
  | AwaitsBatch
  /** It is the job of a step of a workflow, which comes after others. */
  | AwaitsSteps
  /** It would be the job of a tick of a schedule. */
  | NotFired
  | { reason: 'finished'; outcome: JobOutcome }
  /** It runs; `worker` is `host:pid`, both null when its worker does not say. */
  | { reason: 'running'; worker: string | null; since: number | null }
  /** Its code blocks the event loop of its worker, `at` that line of a stack; null where it is not known. */
  | { reason: 'blocking'; since: number; at: string | null }
  /** It is in active, and no live worker of Apiary holds it. */
  | { reason: 'unheld' }
  | { reason: 'paused'; by: string; since: number }
  | { reason: 'delayed'; dueInMs: number }
  /** It is delayed until a signal comes. */
  | AwaitsSignals
  /** No live worker serves its queue. */
  | { reason: 'unserved' }
  /** Live workers serve its queue, and none has a handler for its type. */
  | { reason: 'unhandled'; type: string; handled: string[] }
  /** So many jobs are served before it; `atLeast` when only so many were counted. */
  | { reason: 'queued'; ahead: number; atLeast: boolean }
  /** It was in no list and no set when it was looked for: it is just being moved, or another program lost it. */
  | { reason: 'astray' }
  /** Every worker that could run it has as many jobs as it may. */
  | { reason: 'busy'; slots: number }
);

/** What asking why works with: a queue, and where workers say who they are. */
export interface WhyDeps extends PresenceDeps {
  keys: QueueKeys;
  /** Where groups, batches, workflows and schedules of the queue are: the first of its shards, where it has some. */
  home: QueueKeys;
  queue: string;
  queries: Queries;
}

/** What is known of the workers of a queue. */
interface Crew {
  /** Those that say who they are and take jobs of it. */
  serving: WorkerInfo[];
  /** How many hold it and do not say who they are. */
  unknown: number;
  /** The incarnations of all that hold it. */
  live: string[];
  /** Redis's time. */
  now: number;
}

/** How many jobs are counted before one: so many take Redis about a millisecond. */
const MOST_COUNTED = 50_000;

/**
 * Tells why a job is not running: every reason that holds, the most important first. What it says of workers is as old
 * as their last word, up to five seconds.
 */
export async function why(deps: WhyDeps, id: string): Promise<WhyReason[]> {
  const job = await deps.queries.job(id);
  if (job === null) return whyNone(deps, id);
  if (job.group !== undefined) return whyInGroup(deps, job);
  switch (job.state) {
    case 'succeeded':
    case 'failed':
      return [finished(job, job.state)];
    case 'active':
      return whereActive(deps, id);
    case 'delayed':
      return whyDelayed(deps, job);
    case 'waiting':
      return whyWaiting(deps, job);
    default:
      return job.state satisfies never;
  }
}

async function whyInGroup(deps: WhyDeps, job: StoredJob): Promise<WhyReason[]> {
  const [paused, crew, grouped] = await Promise.all([
    deps.queries.paused(),
    crewOf(deps),
    whyGrouped(deps, job),
  ]);
  return [...ifPaused(paused), ...grouped, ...ifDelayed(job, crew.now), ...ifNobody(deps, job, crew)];
}

async function whyDelayed(deps: WhyDeps, job: StoredJob): Promise<WhyReason[]> {
  const [paused, crew] = await Promise.all([deps.queries.paused(), crewOf(deps)]);
  return [...ifPaused(paused), delayed(job, crew.now), ...ifNobody(deps, job, crew)];
}

async function whyWaiting(deps: WhyDeps, job: StoredJob): Promise<WhyReason[]> {
  const [paused, crew, turn] = await Promise.all([
    deps.queries.paused(),
    crewOf(deps),
    deps.queries.jobsAhead(job, MOST_COUNTED),
  ]);
  const [held, limited] = await Promise.all([
    whyHeld({ ...deps, ...crew }, job),
    whyLimited({ ...deps, ...crew }, job),
  ]);
  const nobody = ifNobody(deps, job, crew);
  return [...ifPaused(paused), ...nobody, ...held, ...limited, queued(turn), ...ifBusy(deps, job, crew)];
}

async function whyNone(deps: WhyDeps, id: string): Promise<WhyReason[]> {
  const atHome = { ...deps, keys: deps.home };
  const gathered = await whyGathered(atHome, id);
  if (gathered.length > 0) return gathered;
  const awaits = await whyNotAdded(deps, deps.queue, id);
  if (awaits) return [awaits];
  const step = await whyNotStarted(atHome, id);
  if (step) return [step];
  const notFired = await whyNotFired(atHome, id);
  const text = `queue ${deps.queue} has no such job`;
  return [{ reason: 'not-found', text }, ...(notFired ? [notFired] : [])];
}

function finished({ record }: StoredJob, state: 'succeeded' | 'failed'): WhyReason {
  const outcome = record.options.outcome ?? state;
  return { reason: 'finished', outcome, text: `it has finished: ${outcome}` };
}

async function whereActive(deps: WhyDeps, id: string): Promise<WhyReason[]> {
  const [workers, { live }] = await Promise.all([readWorkers(deps), leasesOf(deps)]);
  return [await whereRunning(deps, { id, workers, live }), ...ifBlocking(deps, id, workers)];
}

function ifBlocking({ queue }: WhyDeps, id: string, workers: readonly WorkerInfo[]): WhyReason[] {
  const found = workers.find(({ blockedBy }) => blockedBy?.queue === queue && blockedBy.id === id);
  if (found?.blockedSince === undefined) return [];
  const { blockedSince: since, blockedAt: at = null } = found;
  const text = `it blocks its worker since ${isoTime(since)}${at === null ? '' : `, at ${at}`}`;
  return [{ reason: 'blocking', since, at, text }];
}

async function whereRunning(
  deps: WhyDeps,
  { id, workers, live }: { id: string; workers: readonly WorkerInfo[]; live: readonly string[] },
): Promise<WhyReason> {
  const [found] = workers
    .flatMap(({ host, pid, running }) => running.map((one) => ({ ...one, worker: `${host}:${pid}` })))
    .filter((one) => one.queue === deps.queue && one.id === id)
    // A handler that does not stop may go on beside the next attempt.
    .sort((one, other) => other.startedAt - one.startedAt);
  if (found) {
    const { worker, startedAt: since } = found;
    return { reason: 'running', worker, since, text: `it runs in ${worker} since ${isoTime(since)}` };
  }
  const claims = await Promise.all(live.map((one) => deps.client.sismember(deps.keys.claims(one), id)));
  if (claims.includes(1)) {
    return {
      reason: 'running',
      worker: null,
      since: null,
      text: 'a live worker holds it and runs it, or is about to',
    };
  }
  const text =
    'no live worker of Apiary holds it: a stock worker runs it, or its worker died and it goes back to waiting soon';
  return { reason: 'unheld', text };
}

function ifPaused(paused: PauseNote | null): WhyReason[] {
  if (paused === null) return [];
  const { by, at } = paused;
  return [{ reason: 'paused', by, since: at, text: `its queue was paused by ${by} at ${isoTime(at)}` }];
}

function ifDelayed(job: StoredJob, now: number): WhyReason[] {
  return job.state === 'delayed' ? [delayed(job, now)] : [];
}

function delayed(job: StoredJob, now: number): WhyReason {
  const awaiting = whyAwaiting(job, now);
  if (awaiting) return awaiting;
  const { dueAt } = job;
  const dueInMs = Math.max(0, (dueAt ?? now) - now);
  const text =
    dueInMs > 0 ? `it is delayed until ${isoTime(dueAt ?? now)}` : 'it is due and about to be moved';
  return { reason: 'delayed', dueInMs, text };
}

function ifNobody({ queue }: WhyDeps, job: StoredJob, { serving, unknown }: Crew): WhyReason[] {
  if (serving.length === 0 && unknown === 0) {
    return [{ reason: 'unserved', text: `no live worker serves queue ${queue}` }];
  }
  // A worker that does not say who it is may have a handler for anything.
  if (unknown > 0 || serving.some((worker) => canRun(worker, queue, job))) return [];
  const handled = [...new Set(serving.flatMap(({ handlers }) => handlers.map(({ type }) => type)))].sort();
  const type = typeOf(queue, job);
  const text = `no live worker of queue ${queue} has a handler for type ${type}; they have: ${handled.join(', ') || 'none'}`;
  return [{ reason: 'unhandled', type, handled, text }];
}

function queued(turn: { ahead: number; atLeast: boolean } | null): WhyReason {
  if (turn === null) {
    return { reason: 'astray', text: 'it is in no list: it is just being moved, or another program lost it' };
  }
  const { ahead, atLeast } = turn;
  if (ahead === 0) return { reason: 'queued', ahead, atLeast, text: 'it is the next to be taken' };
  const text = `${atLeast ? 'more than ' : ''}${ahead} ${ahead === 1 ? 'job is' : 'jobs are'} served before it`;
  return { reason: 'queued', ahead, atLeast, text };
}

function ifBusy({ queue }: WhyDeps, job: StoredJob, { serving, unknown }: Crew): WhyReason[] {
  const able = serving.filter((worker) => canRun(worker, queue, job));
  const isFull = able.every(({ runningCount, concurrency }) => runningCount >= concurrency);
  if (able.length === 0 || unknown > 0 || !isFull) return [];
  const slots = able.reduce((sum, { concurrency }) => sum + concurrency, 0);
  return [{ reason: 'busy', slots, text: `all ${slots} slots of the workers that could run it are taken` }];
}

/** As a worker resolves it: by the type, or for a job without one by the only handler that its queue has. */
function canRun({ handlers }: WorkerInfo, queue: string, job: StoredJob): boolean {
  const type = typeOf(queue, job);
  if (handlers.some((handler) => handler.type === type)) return true;
  const isTyped = job.record.options.type !== undefined;
  return !isTyped && handlers.filter((handler) => handler.queue === queue).length === 1;
}

function typeOf(queue: string, { record }: StoredJob): string {
  return record.options.type ?? queue;
}

async function crewOf(deps: WhyDeps): Promise<Crew> {
  const [workers, { live, now }] = await Promise.all([readWorkers(deps), leasesOf(deps)]);
  const known = workers.filter(({ queues }) => queues.some(({ name }) => name === deps.queue));
  const serving = known.filter(({ status }) => status === 'running');
  return { serving, unknown: Math.max(0, live.length - known.length), live, now };
}

async function leasesOf({ client, keys }: WhyDeps): Promise<{ now: number; live: string[] }> {
  const [now, , live] = await runScript(client, { script: 'lapsed', queue: keys });
  return { now, live };
}
