import type { StoredOptions } from '../engine/record/record.ts';
import type { ShardRecord } from '../shards/shard-record.ts';
import { refusal } from './planned-job.ts';

/** What knows the shards of queues. */
export interface ShardsAsked {
  /** The shards of a queue as it tells them now; null where it has none. */
  ask(queue: string): Promise<ShardRecord | null>;
}

/** A job that goes to the first shard of its queue, as it is tied to others or fired by a schedule. */
interface FirstShardJob {
  queue: string;
  stored: Pick<StoredOptions, 'key'>;
}

/**
 * What looks whether one of them has a key in a queue with shards, and throws JOB_INVALID then: all jobs of a key are
 * in one shard, and those that are tied to others are all in the first. Null where none has a key: nothing is asked.
 */
export function lookForShards(
  stores: ShardsAsked,
  jobs: readonly FirstShardJob[],
): (() => Promise<void>) | null {
  const queues = new Set(jobs.filter(({ stored }) => stored.key !== undefined).map(({ queue }) => queue));
  return queues.size === 0 ? null : () => requireUnsharded(stores, queues);
}

async function requireUnsharded(stores: ShardsAsked, queues: ReadonlySet<string>): Promise<void> {
  for (const queue of queues) {
    const record = await stores.ask(queue);
    if (!record) continue;
    throw refusal(
      'options.key',
      `cannot be had in ${queue}, which has ${record.shards} shards, by a job of a chain, a batch, a workflow or a ` +
        'schedule: these are all in the first shard, and all jobs of a key in one of their own; leave it out',
    );
  }
}
