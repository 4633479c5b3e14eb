import type { RedisClient } from '../redis/connect.ts';

/** The libraries whose queues can be carried over. */
export const SOURCE_NAMES = ['bullmq', 'bull', 'bee-queue'] as const;

/** One of {@link SOURCE_NAMES}. */
export type SourceName = (typeof SOURCE_NAMES)[number];

/** Of which queue, and by what rules it is carried over. */
export interface CarryRules {
  /** The Redis that the other library works on. */
  client: RedisClient;
  source: SourceName;
  /** What its keys begin with. */
  prefix: string;
  /** The queue there. */
  queue: string;
  /** The queue that it becomes. */
  into: string;
  /** Names of jobs there, and the types that they become; others stay as they are. */
  types: ReadonlyMap<string, string>;
  /** Epoch ms. */
  now: number;
}

/** What the keys of a library begin with, unless told otherwise there. */
export const USUAL_PREFIXES: Readonly<Record<SourceName, string>> = {
  bullmq: 'bull',
  bull: 'bull',
  'bee-queue': 'bq',
};

/**
 * The id that a job has here. One that the library has counted gets in front what its key has, as other programs count
 * here as well: the prefix, and the queue where others may come to the same one.
 */
export function carriedId({ prefix, queue, into }: CarryRules, id: string): string {
  if (!/^\d+$/.test(id)) return id;
  return queue === into ? `${prefix}-${id}` : `${prefix}:${queue}-${id}`;
}
