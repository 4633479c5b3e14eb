import type { StoredOptions } from '../engine/record/record.ts';
import type { ShardBook } from '../shards/shard-book.ts';
import { refusal } from './planned-job.ts';

/** A job that goes to the first shard of its queue, as it is tied to others or fired by a schedule. */
interface FirstShardJob {
  queue: string;
  stored: Pick<StoredOptions, 'key'>;
}

/**
 * Throws JOB_INVALID where one of them has a key in a queue with shards: all jobs of a key are in one shard, and those
 * that are tied to others are all in the first. A promise where it must be asked for that; null where none has a key.
 */
export function requireUnkeyed(
  book: Pick<ShardBook, 'of'>,
  jobs: readonly FirstShardJob[],
): Promise<void> | null {
  const keyed = jobs.filter(({ stored }) => stored.key !== undefined);
  return keyed.length === 0 ? null : requireEach(book, keyed);
}

async function requireEach(book: Pick<ShardBook, 'of'>, jobs: readonly FirstShardJob[]): Promise<void> {
  for (const { queue } of jobs) {
    const record = await book.of(queue);
    if (!record) continue;
    throw refusal(
      'options.key',
      `cannot be had in ${queue}, which has ${record.shards} shards, by a job of a chain, a batch, a workflow or a ` +
        'schedule: these are all in the first shard, and all jobs of a key in one of their own; leave it out',
    );
  }
}
