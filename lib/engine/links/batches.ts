import { requireWellFormed } from '../../names.ts';
import { type QueueKeys, queueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';
import type { BatchRule } from './batch.ts';

/** What is known of a batch; times are epoch ms. */
export interface BatchInfo {
  id: string;
  /** The queue of its last job; ids of batches count per queue. */
  queue: string;
  /**
   * `adding`: not all members are stored yet, or the producer died meanwhile; `running`: some members have not ended;
   * `blocked`: all have ended, and the last job waits until those that failed are retried and succeed; `done`: the
   * last job was added; `broken`: it never will be, for members that failed are gone.
   */
  state: 'adding' | 'running' | 'blocked' | 'done' | 'broken';
  when: BatchRule;
  /** How many members it is to have, and how many are stored. */
  total: number;
  added: number;
  pending: number;
  succeeded: number;
  /** Failed for good, or removed before they ended. */
  failed: number;
  /** Those of the failed that are kept, so that they can be retried. */
  retryable: number;
  /** The id of the last job, in its queue. */
  lastId: string;
  /** When that was added, or null. */
  concludedAt: number | null;
  createdAt: number;
  /** In how many ms the counts will be gone; null while the batch is not over. */
  goneInMs: number | null;
}

/** What reading batches works with. */
export interface BatchesDeps {
  client: RedisClient;
  prefix: string;
}

/** Reads batches. */
export class Batches {
  readonly #client: RedisClient;
  readonly #prefix: string;

  constructor({ client, prefix }: BatchesDeps) {
    this.#client = client;
    this.#prefix = prefix;
  }

  /** Reads one batch, by the queue of its last job; null when there is none, or none any more. */
  async get(queue: string, id: string): Promise<BatchInfo | null> {
    requireWellFormed('id', id);
    const key = this.#keys(queue).batch(id);
    const [fields, ttlMs] = await Promise.all([this.#client.hgetall(key), this.#client.pttl(key)]);
    return fields['id'] === undefined ? null : toInfo(queue, fields, ttlMs);
  }

  /**
   * Lists the batches whose last job is for a queue, up to `limit` (default 100): those that will be gone first first.
   */
  async list(queue: string, limit = 100): Promise<BatchInfo[]> {
    const ids = await this.#client.zrange(this.#keys(queue).batchIndex, 0, String(Math.max(0, limit - 1)));
    const infos = await Promise.all(ids.map((id) => this.get(queue, id)));
    return infos.filter((info) => info !== null);
  }

  #keys(queue: string): QueueKeys {
    return queueKeys(this.#prefix, queue, this.#client.isCluster);
  }
}

function toInfo(queue: string, fields: Record<string, string>, ttlMs: number): BatchInfo {
  const numberOf = (name: string): number => Number(fields[name] ?? 0);
  const [total, added] = [numberOf('total'), numberOf('added')];
  const [succeeded, failed, retryable] = [numberOf('succeeded'), numberOf('failed'), numberOf('kept')];
  const concludedAt = fields['concludedAt'] === undefined ? null : Number(fields['concludedAt']);
  const pending = added - succeeded - failed;
  return {
    id: fields['id'] ?? '',
    queue,
    state: stateOf({ isWhole: added === total, pending, retryable, concludedAt }),
    when: fields['when'] === 'ended' ? 'ended' : 'succeeded',
    total,
    added,
    pending,
    succeeded,
    failed,
    retryable,
    lastId: fields['lastId'] ?? '',
    concludedAt,
    createdAt: numberOf('createdAt'),
    goneInMs: ttlMs < 0 ? null : ttlMs,
  };
}

function stateOf(facts: {
  isWhole: boolean;
  pending: number;
  retryable: number;
  concludedAt: number | null;
}): BatchInfo['state'] {
  if (facts.concludedAt !== null) return 'done';
  if (!facts.isWhole) return 'adding';
  if (facts.pending > 0) return 'running';
  return facts.retryable > 0 ? 'blocked' : 'broken';
}
