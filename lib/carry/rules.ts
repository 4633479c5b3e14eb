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

/**
 * The id that a job has here. One that the library has counted gets its name in front: here other programs count as
 * well.
 */
export function carriedId(source: SourceName, id: string): string {
  return /^\d+$/.test(id) ? `${source}-${id}` : id;
}
