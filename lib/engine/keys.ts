import type { Keyring } from '../keyring.ts';
import { requireWellFormed } from '../names.ts';

/** The five states of a job, as bee-queue names them. */
export const JOB_STATES = ['waiting', 'active', 'delayed', 'succeeded', 'failed'] as const;

/** One of {@link JOB_STATES}. */
export type JobState = (typeof JOB_STATES)[number];

/** bee-queue's nine keys and two channels; a stock bee-queue reads and writes these. */
const BEE_KEYS = [
  'id',
  'jobs',
  'waiting',
  'active',
  'stalling',
  'stallBlock',
  'delayed',
  'succeeded',
  'failed',
  'events',
  'earlierDelayed',
] as const;

/**
 * Our own keys beside them:
 * - `workers` sorted set, incarnations by the end of their lease.
 * - `losses` hash, by id for how many deaths of a worker a job may be to blame.
 * - `succeededOrder` list, ids newest first; `failedOrder` sorted set, ids by time of death.
 * - `keptUntil` sorted set, ended jobs that say themselves how long they stay, by when they go.
 * - `meta` hash, what is set for the queue: its pause, its limits, that it has priorities, and the last fencing number.
 * - `stats` hash, ended jobs per day.
 * - `samples` hash, by minute since the epoch how many jobs had ended and how many had not.
 * - `times` hash, by span, slot and type how long jobs took and how they ended; `timedTypes` sorted set, types that are
 *   kept by themselves there, by how busy they are; `timedVersions` hash, by version of the program how its jobs ended.
 * - `straySearch` string, which worker looks for jobs that are nowhere, for as long as it does.
 * - `cancelled` set, running jobs that were asked to stop; `cancels` channel, on which each is named.
 * - `addedLines` hash, by id lines that somebody has added to the log of a job and that are not in its record yet.
 * - `cancelReasons` hash, by id why a running job was cancelled, where somebody said so.
 * - `moved` list, what blocking moves have brought until the take behind each finds it.
 * - `claimNames` hash, by id the number of the wait that claimed a job, of those that one did.
 * - `revoked` set, `<incarnation>:<id>` of each job that was removed while it ran, until who held it has heard of it.
 * - `uniques` hash, by id the unique key that a job holds or waits for.
 * - `eventLog` stream, what happens to the jobs, for as long as somebody listens.
 * - `signals` hash, by id the signals that a job was given, and which it waits for.
 * - `caseMarks` hash, by fingerprint what somebody has said of a kind of failure, and when; `knownCases` hash, by
 *   fingerprint when an alert looked at a kind first, and up to when it has looked at all.
 * - `relayed` sorted set, rows of outboxes whose jobs are stored and that may still be in their table, by when.
 *
 * Where the queue has limits or priorities:
 * - `front` list, what came back to the head of waiting.
 * - `costs` hash, by id the cost of waiting jobs, where it is not 1.
 * - `waitingSince` hash, by id since when a job stands in a line; `aging` sorted set, lines by the time at which their
 *   next job has waited so long that it counts as one of the first priority. Both only where the queue lets jobs age.
 * - `turns` sorted set, lines whose next job may run, in their order.
 * - `pending` sorted set, the other lines by the time at which their next job may run.
 * - `rates` sorted set, keys by the time at which their bucket is full.
 * - `slots` hash, by id worker and key of a running job; `busy` hash, by key how many of its jobs run.
 *
 * Where it has batches, workflows, groups or schedules, or is being deleted:
 * - `batches` hash, by id of an unfinished member `p` (to come) or `f` (failed), and the key of its batch; `batchIndex`
 *   sorted set, batches whose last job is for this queue, by the time at which their counts go.
 * - `steps` hash, by id of the job of a step of a workflow that is not over its number there, and the key of the
 *   workflow; `flowIndex` sorted set, workflows that are kept in this queue, by the time at which they go.
 * - `handovers` hash, by queues in other slots the id of the last that was handed over to each; `handed` hash, by such
 *   queues the id of the last that was done here of what they have handed over.
 * - `groups` sorted set, groups by the time of the next look; `groupDue` channel, on which an earlier time is told.
 * - `groupRules` hash, by group when it is due and what its carriers are like.
 * - `groupOf` hash, by id the group in which a job waits.
 * - `gathered` and `gatheredBefore` hashes, by id the carrier that a job went into some minutes ago.
 * - `schedules` hash, by name what there is of a schedule; `schedulesChanged` channel.
 * - `scheduleTicks` sorted set, names by next tick; `firings` sorted set, what each tick did.
 * - `declarations` sorted set, who stands behind which schedule until when.
 * - `graves` hash, by token the deletions of the queue that are not finished, see `delete-queue.lua`.
 */
const OWN_KEYS = [
  'workers',
  'losses',
  'succeededOrder',
  'failedOrder',
  'keptUntil',
  'straySearch',
  'meta',
  'stats',
  'samples',
  'times',
  'timedTypes',
  'timedVersions',
  'cancelled',
  'cancels',
  'addedLines',
  'cancelReasons',
  'revoked',
  'moved',
  'claimNames',
  'uniques',
  'eventLog',
  'signals',
  'caseMarks',
  'knownCases',
  'relayed',
  'front',
  'turns',
  'pending',
  'rates',
  'slots',
  'busy',
  'costs',
  'waitingSince',
  'aging',
  'batches',
  'batchIndex',
  'steps',
  'flowIndex',
  'handovers',
  'handed',
  'groups',
  'groupRules',
  'groupOf',
  'gathered',
  'gatheredBefore',
  'groupDue',
  'graves',
  'schedules',
  'scheduleTicks',
  'firings',
  'declarations',
  'schedulesChanged',
] as const;

/** The short name of a key that a queue has once. */
export type KeyName = (typeof BEE_KEYS)[number] | (typeof OWN_KEYS)[number];

/** Every key of one queue, by its short name. */
export type QueueKeys = Readonly<Record<KeyName, string>> & {
  /** The name of the queue. */
  readonly queue: string;
  /** Whether it has a slot of its own, which no script of another queue reaches. */
  readonly isTagged: boolean;
  /** By what is sealed and opened what is private of its jobs; null where no keys for that were given. */
  readonly keyring: Keyring | null;
  /** The set of job ids that one incarnation of a worker holds. */
  claims(incarnation: string): string;
  /**
   * The string that says which job holds a unique key. No key is empty: under that name a sorted set has the keys of
   * throttles, by the time at which they are let go.
   */
  lock(uniqueKey: string): string;
  /** A list in which jobs of one key and priority wait, by the name of that line, see {@link lineOf}. */
  line(name: string): string;
  /** The hash that holds the counts of a batch. */
  batch(id: string): string;
  /** The hash that holds a workflow. */
  flow(id: string): string;
  /** The stream of what is handed over to a queue in another slot. */
  handOver(to: string): string;
  /** The keys of another queue of the same prefix. */
  sibling(queue: string): QueueKeys;
  /** The sorted set of the jobs that wait in a group, by the time from which they count, in microseconds. */
  group(group: string): string;
};

/**
 * Names the keys of a queue; the only place where a key is spelled.
 * In Redis Cluster (`tagged`) the queue's name carries the hash tag, so that all keys share one slot.
 */
export function queueKeys(
  prefix: string,
  queue: string,
  tagged: boolean,
  keyring: Keyring | null = null,
): QueueKeys {
  requireWellFormed('queue', queue);
  requireWellFormed('prefix', prefix);
  const start = `${prefix}:${tagged ? `{${queue}}` : queue}:`;
  const names = [...BEE_KEYS, ...OWN_KEYS].map((name) => [name, start + name]);
  return {
    ...Object.fromEntries(names),
    queue,
    isTagged: tagged,
    keyring,
    claims: (incarnation: string) => `${start}claims:${incarnation}`,
    lock: (uniqueKey: string) => `${start}unique:${uniqueKey}`,
    line: (name: string) => `${start}line:${name}`,
    batch: (id: string) => `${start}batch:${id}`,
    flow: (id: string) => `${start}flow:${id}`,
    handOver: (to: string) => `${start}handover:${to}`,
    group: (group: string) => `${start}group:${group}`,
    sibling: (other: string) => queueKeys(prefix, other, tagged, keyring),
  };
}

/** The priority of a job that says none; 0 comes first, 9 last. */
export const DEFAULT_PRIORITY = 4;

/** The last of the priorities. */
export const LOWEST_PRIORITY = 9;

/** Names the line of a key, '' for none, and a priority, as `line-of.lua` does: no key has a control character. */
export function lineOf(key: string, priority: number): string {
  return priority === DEFAULT_PRIORITY ? key : `\u0001${priority}${key}`;
}

/** The key of a line by its name; '' where its jobs have none. */
export function keyOfLine(name: string): string {
  return name.startsWith('\u0001') ? name.slice(2) : name;
}

/**
 * The keys that a queue has once, each with a name of its own. Claims, locks, lines, batches, workflows and groups
 * are not of them: `workers` and {@link indexKeys} tell which of those there are.
 */
export function allKeys(keys: QueueKeys): string[] {
  return [...BEE_KEYS, ...OWN_KEYS].map((name) => keys[name]);
}

/**
 * The keys that say which locks, lines, batches, workflows and groups there are, and which jobs are in batches and
 * workflows of any queue.
 */
export function indexKeys(keys: QueueKeys): string[] {
  const { batches, batchIndex, steps, flowIndex, turns, pending, groups, uniques } = keys;
  return [batches, batchIndex, steps, flowIndex, turns, pending, groups, uniques, keys.lock('')];
}

/** The keys under which workers say who they are, all in one slot of a cluster. */
export interface PresenceKeys {
  /** Sorted set of workers by the time at which they count as gone. */
  readonly index: string;
  /** What one worker says of itself. */
  worker(id: string): string;
  /** What JSON Schemas it checks data against. */
  schemas(id: string): string;
  /** What it is told to be, until it has had time to hear of that. */
  order(id: string): string;
  /** What its slots did in the last minutes, where somebody has asked for it. */
  lanes(id: string): string;
  /** The channel on which those are named that are told something. */
  readonly orders: string;
}

/** Names the keys of presence; no queue can have them, as its name has neither colon nor brace. */
export function presenceKeys(prefix: string): PresenceKeys {
  const start = `${prefix}:{:presence}:`;
  return {
    index: `${start}index`,
    worker: (id) => `${start}worker:${id}`,
    schemas: (id) => `${start}schemas:${id}`,
    order: (id) => `${start}order:${id}`,
    lanes: (id) => `${start}lanes:${id}`,
    orders: `${start}orders`,
  };
}

/** Names the stream of changes that people made; no queue can have it, for the same reason. */
export function auditKey(prefix: string): string {
  return `${prefix}:{:audit}`;
}

/** Names what says how much of it is kept; in the slot of the stream. */
export function auditKeepKey(prefix: string): string {
  return `${auditKey(prefix)}:keep`;
}

/** Names the list of those who have signed in to the monitor; no queue can have it, for the same reason. */
export function sessionsKey(prefix: string): string {
  return `${prefix}:{:sessions}`;
}

/** Names what is kept of one of them, by the digest of its secret. */
export function sessionKey(prefix: string, digest: string): string {
  return `${sessionsKey(prefix)}:${digest}`;
}

/** Names the hash of runs that change many jobs; no queue can have it, for the same reason. */
export function bulkRunsKey(prefix: string): string {
  return `${prefix}:{:bulk-runs}`;
}

/** Names the hash of searches that people have saved; no queue can have it, for the same reason. */
export function savedSearchesKey(prefix: string): string {
  return `${prefix}:{:searches}`;
}

/** Names the hash of what is told of as wrong; no queue can have it, for the same reason. */
export function alertsKey(prefix: string): string {
  return `${prefix}:{:alerts}`;
}

/** Names what the user's rights are tried on; no queue can have it, for the same reason. */
export function rightsKeys(prefix: string): { probe: string; channel: string } {
  const start = `${prefix}:{:rights}:`;
  return { probe: `${start}probe`, channel: `${start}channel` };
}
