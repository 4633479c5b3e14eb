import { presenceKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { toOrder, type WorkerOrder } from './worker-order.ts';

/**
 * What a worker is doing: `running` takes jobs, `paused` takes none until it is resumed, `quiet` takes none any more
 * and lets those that run end, `stopping` has told them to stop.
 */
export type WorkerStatus = 'running' | 'paused' | 'quiet' | 'stopping';

/** Which of the processes it is, from 1 on, that a parent has started to run jobs on one host. */
export interface SwarmPlace {
  number: number;
  of: number;
  /** The pid of the parent. */
  parent: number;
}

/** A job whose code blocks the event loop of its worker. */
export interface BlockingJob {
  queue: string;
  id: string;
  type: string;
  attempt: number;
}

/** A live worker as it last spoke of itself; it does so every five seconds. Times are epoch ms. */
export interface WorkerInfo {
  /** Made anew at every start. */
  id: string;
  host: string;
  pid: number;
  /** Its place among the processes of its parent; left out for one that is nobody's. */
  swarm?: SwarmPlace;
  /** Of Apiary. */
  version: string;
  /** Of the program whose handlers it runs; left out where that is not said. */
  appVersion?: string;
  startedAt: number;
  queues: { name: string; weight: number }[];
  /** Whether it serves its queues strictly in that order instead of by weight. */
  strict: boolean;
  /** Jobs in flight at most. */
  concurrency: number;
  status: WorkerStatus;
  /** Since when a handler blocks its event loop, if one does for over three seconds; a thread says so in its place. */
  blockedSince?: number;
  /** Which job does so. Left out where that is not known for sure: then it is one of what runs, as a rule. */
  blockedBy?: BlockingJob;
  /** Where in the code, as a line of a stack: `hash (file:///app/report.js:12:5)`. Left out where it is not known. */
  blockedAt?: string;
  /**
   * The types it can run, each with the queue that its definition names, and a fingerprint of the JSON Schema of its
   * data where the library of the schema can write one.
   */
  handlers: { type: string; queue: string; fingerprint?: string }[];
  /** How many slots are taken. */
  runningCount: number;
  /**
   * 200 jobs at most; first those whose handlers go on although they did not stop in time and have no slot any more.
   */
  running: {
    queue: string;
    id: string;
    type: string;
    startedAt: number;
    /** When its handler was told to stop, if it goes on half a minute later. */
    stuckSince?: number;
  }[];
}

/** What presence works with. */
export interface PresenceDeps {
  client: RedisClient;
  prefix: string;
}

/** How long a worker counts as alive that says nothing any more. */
export const PRESENCE_TTL_MS = 15_000;

/**
 * Says that a worker is alive, and how it is; holds for 15 s unless `ttlMs` says otherwise. Resolves with what it is
 * told to be, or null.
 */
export async function announce(
  { client, prefix }: PresenceDeps,
  info: WorkerInfo,
  ttlMs = PRESENCE_TTL_MS,
): Promise<WorkerOrder | null> {
  const keys = presenceKeys(prefix);
  const presence = {
    presence: keys.worker(info.id),
    presenceIndex: keys.index,
    presenceOrder: keys.order(info.id),
  };
  const args = { worker: info.id, says: JSON.stringify(info), forMs: ttlMs };
  return toOrder(await runScript(client, { script: 'announce', keys: presence, args }));
}

/** Takes back what a worker has said of itself. */
export async function takeLeave({ client, prefix }: PresenceDeps, id: string): Promise<void> {
  const keys = presenceKeys(prefix);
  await Promise.all([
    client.del(keys.worker(id), keys.schemas(id), keys.order(id), keys.lanes(id)),
    client.zrem(keys.index, id),
  ]);
}

/** Reads the live workers, the one that started first first, and drops from the index those that are gone. */
export async function readWorkers(deps: PresenceDeps): Promise<WorkerInfo[]> {
  const { workers, gone } = await lookAtWorkers(deps);
  if (gone.length > 0) await deps.client.zrem(presenceKeys(deps.prefix).index, ...gone);
  return workers.sort((one, other) => one.startedAt - other.startedAt || one.id.localeCompare(other.id));
}

/** Reads the live workers, in no order, and the ids of those that are gone; it changes nothing. */
export async function lookAtWorkers({
  client,
  prefix,
}: PresenceDeps): Promise<{ workers: WorkerInfo[]; gone: string[] }> {
  const keys = presenceKeys(prefix);
  const ids = await client.zrange(keys.index, 0, '-1');
  if (ids.length === 0) return { workers: [], gone: [] };
  const texts = await client.mget(...ids.map(keys.worker));
  const gone = ids.filter((_id, at) => texts[at] === null);
  return { workers: texts.flatMap((text) => (text === null ? [] : parseWorker(text))), gone };
}

/** What another version says in another shape is passed over. */
function parseWorker(text: string): WorkerInfo[] {
  const value = parseSaid(text);
  return isWorkerInfo(value) ? [value] : [];
}

/** Reads what a worker has said of itself; null for what is no JSON, whoever wrote it. */
export function parseSaid(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isWorkerInfo(value: unknown): value is WorkerInfo {
  if (typeof value !== 'object' || value === null) return false;
  const lists = ['queues', 'handlers', 'running'].map((name) => Reflect.get(value, name));
  const hasFacts = 'host' in value && 'startedAt' in value && 'status' in value;
  return hasFacts && lists.every(Array.isArray) && 'handlers' in value && areHandled(value.handlers);
}

function areHandled(handlers: unknown): boolean {
  if (!Array.isArray(handlers)) return false;
  return handlers.every((one: unknown) => {
    if (typeof one !== 'object' || one === null) return false;
    return 'type' in one && typeof one.type === 'string' && 'queue' in one && typeof one.queue === 'string';
  });
}
