import { ApiaryError } from '../errors.ts';

/** A place in a walk over the shards of a queue: which one, and where in it; null at its begin. */
export interface ShardPlace {
  shard: number;
  at: string | null;
}

const CURSOR = /^(\d{1,2})\/(.*)$/s;

/** Reads a cursor; one that names no shard is of the first, so that of a queue without shards is as it ever was. */
export function readShardCursor(cursor: string | null): ShardPlace {
  if (cursor === null) return { shard: 0, at: null };
  const [, shard, at] = CURSOR.exec(cursor) ?? [];
  return shard === undefined ? { shard: 0, at: cursor } : { shard: Number(shard), at: at || null };
}

/** The cursor behind a step in a shard, which is at its end where `at` is null; null behind the last. */
export function shardCursorBehind({ shard, at }: ShardPlace, count: number): string | null {
  if (at !== null) return shard === 0 ? at : `${shard}/${at}`;
  return shard + 1 < count ? `${shard + 1}/` : null;
}

/** Of these the one that a cursor names. Throws JOB_INVALID where there is none. */
export function shardAt<One>(shards: readonly One[], { shard }: ShardPlace): One {
  const found = shards[shard];
  if (found !== undefined) return found;
  const message = 'cursor must be one that a step of this queue gave';
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'cursor', message }] });
}
