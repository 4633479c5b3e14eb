/** The keys that say which queues of a prefix have shards, all in one slot of a cluster. */
export interface ShardKeys {
  /** The hash of what is said of each queue with shards. */
  readonly records: string;
  /** The hash of the limits of queues with shards, as they were set for the whole. */
  readonly limits: string;
  /** The channel on which a queue is told whose shards have changed. */
  readonly changed: string;
  /** The lock of who changes those of a queue. */
  lock(queue: string): string;
  /** The hash of which turn at the limits of a queue is the last, and which change of its shards. */
  turn(queue: string): string;
}

/** Names them; no queue can have them, as its name has neither colon nor brace. */
export function shardKeys(prefix: string): ShardKeys {
  const records = `${prefix}:{:shards}`;
  const limits = `${records}:limits`;
  return {
    ...{ records, limits, changed: `${records}:changed` },
    lock: (queue) => `${records}:lock:${queue}`,
    turn: (queue) => `${records}:turn:${queue}`,
  };
}
