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
 * `workers` sorted set, incarnation by lease end; `losses` hash, how often a job's worker died;
 * `succeededOrder` list, ids newest first; `failedOrder` sorted set, ids by time of death;
 * `meta` hash, queue settings such as the pause; `stats` hash, counters per day; `samples` hash, how many
 * jobs had not ended and how many had, by minute since the epoch;
 * `straySearch` string, who looks for jobs that are nowhere, for as long as it goes on;
 * `cancelled` set, running jobs that were asked to stop; `cancels` channel, on which each is named;
 * `uniques` hash, job that holds a unique key or waits for it by id, with that key;
 * where the queue has limits: `front` list, what came back to the head of waiting; `turns` sorted set, keys whose
 * next job may run, in their order; `pending` sorted set, keys by the time at which it may; `rates` sorted set, keys by
 * the time at which their bucket is full; `slots` hash, running jobs by id, with worker and key; `busy` hash, how many
 * jobs of a key run; `costs` hash, waiting jobs that cost other than one token.
 * `batches` hash, unfinished member of a batch by id, with `p` (to come) or `f` (failed) and the key of the batch;
 * `batchIndex` sorted set, batches whose last job is for this queue, by the time at which their counts go.
 * `groups` sorted set, groups by the time of the next look; `groupRules` hash, by group when it is due and what its
 * carriers are like; `groupOf` hash, by id the group in which a job waits; `gathered` and `gatheredBefore` hashes, by id
 * the carrier that a job went into some minutes ago; `groupDue` channel, on which an earlier time is told.
 * `schedules` hash, what there is of each by its name; `scheduleTicks` sorted set, names by next tick; `firings` sorted
 * set, what each did; `declarations` sorted set, who stands behind which until when; `schedulesChanged` channel.
 */
const OWN_KEYS = [
  'workers',
  'losses',
  'succeededOrder',
  'failedOrder',
  'straySearch',
  'meta',
  'stats',
  'samples',
  'cancelled',
  'cancels',
  'uniques',
  'front',
  'turns',
  'pending',
  'rates',
  'slots',
  'busy',
  'costs',
  'batches',
  'batchIndex',
  'groups',
  'groupRules',
  'groupOf',
  'gathered',
  'gatheredBefore',
  'groupDue',
  'schedules',
  'scheduleTicks',
  'firings',
  'declarations',
  'schedulesChanged',
] as const;

/** Every key of one queue, by its short name. */
export type QueueKeys = Readonly<Record<(typeof BEE_KEYS)[number] | (typeof OWN_KEYS)[number], string>> & {
  /** The set of job ids that one incarnation of a worker holds. */
  claims(incarnation: string): string;
  /** The string that says which job holds a unique key. */
  lock(uniqueKey: string): string;
  /** The list in which the jobs of one key wait, where the queue has limits. */
  line(key: string): string;
  /** The hash that holds the counts of a batch. */
  batch(id: string): string;
  /** The keys of another queue of the same prefix. */
  sibling(queue: string): QueueKeys;
  /** The sorted set of the jobs that wait in a group, by the time from which they count, in microseconds. */
  group(group: string): string;
};

/**
 * Names the keys of a queue; the only place where a key is spelled.
 * In Redis Cluster (`tagged`) the queue's name carries the hash tag, so that all keys share one slot.
 */
export function queueKeys(prefix: string, queue: string, tagged: boolean): QueueKeys {
  const start = `${prefix}:${tagged ? `{${queue}}` : queue}:`;
  const names = [...BEE_KEYS, ...OWN_KEYS].map((name) => [name, start + name]);
  return {
    ...Object.fromEntries(names),
    claims: (incarnation: string) => `${start}claims:${incarnation}`,
    lock: (uniqueKey: string) => `${start}unique:${uniqueKey}`,
    line: (key: string) => `${start}line:${key}`,
    batch: (id: string) => `${start}batch:${id}`,
    group: (group: string) => `${start}group:${group}`,
    sibling: (other: string) => queueKeys(prefix, other, tagged),
  };
}

/** The names that a plain deletion of the queue removes; what has names of its own beside them does not go. */
export function allKeys(keys: QueueKeys): string[] {
  return [...BEE_KEYS, ...OWN_KEYS].map((name) => keys[name]);
}

/** The keys under which workers say who they are, all in one slot of a cluster. */
export interface PresenceKeys {
  /** Sorted set of workers by the time at which they count as gone. */
  readonly index: string;
  /** What one worker says of itself. */
  worker(id: string): string;
}

/** Names the keys of presence; no queue can have them, as its name has neither colon nor brace. */
export function presenceKeys(prefix: string): PresenceKeys {
  const start = `${prefix}:{:presence}:`;
  return { index: `${start}index`, worker: (id) => `${start}worker:${id}` };
}

/** Names the stream of changes that people made; no queue can have it, for the same reason. */
export function auditKey(prefix: string): string {
  return `${prefix}:{:audit}`;
}

/** A pattern that finds every lock of a queue. */
export function lockPattern(keys: QueueKeys): string {
  return `${toLiteral(keys.lock(''))}*`;
}

/** A pattern that finds a hash of each queue that has it, and what turns such a key back into the queue's name. */
export function queueDiscovery(
  prefix: string,
  hash: 'jobs' | 'schedules' = 'jobs',
): { pattern: string; nameOf(key: string): string | null } {
  const start = `${prefix}:`;
  const end = `:${hash}`;
  return {
    pattern: `${toLiteral(start)}*${end}`,
    nameOf: (key) => {
      if (!key.startsWith(start) || !key.endsWith(end)) return null;
      const name = key.slice(start.length, -end.length).replace(/^\{(.*)\}$/, '$1');
      return name === '' ? null : name;
    },
  };
}

/** Spells a name so that a pattern takes it to the letter. */
function toLiteral(name: string): string {
  return name.replace(/[*?[\]\\^]/g, '\\$&');
}
