import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../lib/clock.ts';
import { type QueueKeys, queueKeys } from '../../../lib/engine/keys.ts';
import type { JobRecord } from '../../../lib/engine/record/record.ts';
import { defineScripts, type RedisClient } from '../../../lib/engine/scripts.ts';
import { Session, type Taken } from '../../../lib/engine/session/session.ts';
import { Store } from '../../../lib/engine/store/store.ts';
import { KEYS, SESSIONS, STORES } from './command.ts';
import { type LossyWire, lossyWire } from './lossy-wire.ts';
import { KEPT, type Picture } from './queue-model.ts';

/** One worker's hold on the queue, with what a worker remembers beside it. */
export interface Hand {
  readonly wire: LossyWire;
  readonly session: Session;
  /** What it believes to hold. */
  readonly held: Map<string, Taken>;
  /** How many waits it has begun. */
  waits: number;
  isJoined: boolean;
  /** What the last exchange told it was revoked. */
  told: readonly string[];
}

const LEASE_MS = 60_000;
const OPTIONS = {
  leaseMs: LEASE_MS,
  judgesAfterMs: 0,
  keepSucceeded: KEPT,
  keepFailed: KEPT,
  publish: 'heard',
} as const;

/** A queue in a real Redis, with several sessions and stores on it, each on the next of the connections given. */
export class RealQueue {
  readonly keys: QueueKeys;
  readonly hands: Hand[];
  readonly stores: Store[];
  readonly #client: RedisClient;

  constructor(first: RedisClient, ...others: RedisClient[]) {
    const clients = [first, ...others];
    for (const client of clients) defineScripts(client);
    const clientOf = (at: number): RedisClient => clients[at % clients.length] ?? first;
    this.#client = first;
    this.keys = queueKeys('spec', randomUUID(), false);
    this.hands = Array.from({ length: SESSIONS }, (_, at) => newHand(lossyWire(clientOf(at)), this.keys));
    this.stores = Array.from({ length: STORES }, (_, at) => new Store(clientOf(at), this.keys));
  }

  /** What the blocking wait does when a job is there. */
  block(): Promise<string | null> {
    return this.#client.lmove(this.keys.waiting, this.keys.moved, 'RIGHT', 'LEFT');
  }

  /** What bee-queue's own look for stalled jobs does when a worker of ours was silent for too long. */
  async stall(id: string): Promise<boolean> {
    if ((await this.#client.lrem(this.keys.active, 0, id)) === 0) return false;
    await this.#client.lpush(this.keys.waiting, id);
    return true;
  }

  /** Lets the lease of an incarnation be over. */
  async lapse(incarnation: string): Promise<void> {
    await this.#client.zadd(this.keys.workers, 'XX', 1, incarnation);
  }

  /** Whether the interval between two looks for orphans is over. */
  async setOrphanInterval(isOver: boolean): Promise<void> {
    if (isOver) await this.#client.del(this.keys.stallBlock);
    else await this.#client.set(this.keys.stallBlock, '1');
  }

  /** Lets Redis forget the scripts. */
  async flushScripts(): Promise<void> {
    await this.#client.script('FLUSH');
  }

  /** Makes each failed job older than whatever fails from now on, in their order. */
  async age(failed: readonly string[]): Promise<void> {
    const scores = failed.flatMap((id, at) => [at + 1, id]);
    if (scores.length > 0) await this.#client.zadd(this.keys.failedOrder, 'XX', ...scores);
  }

  /** Reads everything; each list and set as it is, so that what is there twice or not everywhere shows. */
  async picture(): Promise<Picture & { succeededSet: string[]; failedSet: string[] }> {
    const { keys } = this;
    const [waiting, active, delayed, succeeded, failed, succeededSet, failedSet, jobs, losses, paused] =
      await Promise.all([
        this.#client.lrange(keys.waiting, 0, -1),
        this.#client.lrange(keys.active, 0, -1),
        this.#client.zrange(keys.delayed, 0, '-1'),
        this.#client.lrange(keys.succeededOrder, 0, -1),
        this.#client.zrange(keys.failedOrder, 0, '-1'),
        this.#client.smembers(keys.succeeded),
        this.#client.smembers(keys.failed),
        this.#client.hgetall(keys.jobs),
        this.#client.hgetall(keys.losses),
        this.#client.hget(keys.meta, 'paused'),
      ]);
    const [moved, claimNames] = await Promise.all([
      this.#client.lrange(keys.moved, 0, -1),
      this.#client.hgetall(keys.claimNames),
    ]);
    const uniqueKeys = Array.from({ length: KEYS }, (_, at) => `key-${at}`);
    const [workers, uniques, locks] = await Promise.all([
      this.#client.zrange(keys.workers, 0, '-1'),
      this.#client.hgetall(keys.uniques),
      this.#client.mget(uniqueKeys.map(keys.lock)),
    ]);
    const [suspects = [], revoked = [], ...claims] = await Promise.all(
      [keys.stalling, keys.revoked, ...workers.map(keys.claims)].map((key) => this.#client.smembers(key)),
    );
    return {
      waiting,
      moved,
      claimNames,
      active: active.sort(),
      delayed: delayed.sort(),
      succeeded,
      failed,
      succeededSet: succeededSet.sort(),
      failedSet: failedSet.sort(),
      jobs: mapValues(jobs, toJob),
      losses: mapValues(losses, Number),
      claims: Object.fromEntries(workers.map((worker, at) => [worker, (claims[at] ?? []).sort()])),
      suspects: suspects.sort(),
      revoked: revoked.sort(),
      isPaused: paused !== null,
      uniques,
      locks: Object.fromEntries(uniqueKeys.flatMap((key, at) => toLock(key, locks[at] ?? null))),
    };
  }

  /** Claims of incarnations that are on no list; there must be none. */
  async strayClaims(): Promise<string[]> {
    const [found, workers] = await Promise.all([
      this.#client.keys(this.keys.claims('*')),
      this.#client.zrange(this.keys.workers, 0, '-1'),
    ]);
    const known = new Set(workers.map(this.keys.claims));
    return found.filter((key) => !known.has(key));
  }
}

function newHand(wire: LossyWire, keys: QueueKeys): Hand {
  const session = new Session({ client: wire.client, keys, clock: systemClock }, OPTIONS);
  return { wire, session, held: new Map(), waits: 0, isJoined: false, told: [] };
}

function toJob(raw: string): { data: unknown; retries: number } {
  const { data, options } = JSON.parse(raw) as JobRecord;
  return { data, retries: options.retries ?? 0 };
}

function toLock(key: string, text: string | null): [string, (string | null)[]][] {
  if (text === null) return [];
  const { holder, next } = JSON.parse(text) as { holder: string; next?: { id: string } };
  return [[key, [holder, next?.id ?? null]]];
}

function mapValues<In, Out>(object: Record<string, In>, change: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}
