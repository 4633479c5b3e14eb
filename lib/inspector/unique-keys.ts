import {
  freeKey,
  readHolder,
  type UniqueHolder,
  type UniqueHolderDeps,
} from '../engine/unique/unique-holder.ts';
import { requireWellFormed } from '../names.ts';
import type { QueueShards } from './queue-shards.ts';

/** A unique key that a job holds, as the inspector shows it; times are epoch ms. */
export interface UniqueKeyInfo extends UniqueHolder {
  queue: string;
  key: string;
}

/** Tells who holds the unique keys of queues, and frees them; `inspector.uniqueKeys`. */
export class UniqueKeyInspector {
  readonly #room: (queue: string) => UniqueHolderDeps;
  readonly #shards: Pick<QueueShards, 'namesOf'>;

  constructor(room: (queue: string) => UniqueHolderDeps, shards: Pick<QueueShards, 'namesOf'>) {
    this.#room = room;
    this.#shards = shards;
  }

  /** Reads which job holds a key; null when none does. */
  async holder(queue: string, key: string): Promise<UniqueKeyInfo | null> {
    requireWellFormed('key', key);
    for (const shard of await this.#shards.namesOf(queue)) {
      const holder = await readHolder(this.#room(shard), key);
      if (holder) return { queue, key, ...holder };
    }
    return null;
  }

  /**
   * Lets go of a key, whatever its holder is doing, which goes on; a job that is parked behind it takes the key and may
   * start beside it. Resolves with the id of the job that held it; null when none did.
   */
  async free(queue: string, key: string): Promise<string | null> {
    requireWellFormed('key', key);
    for (const shard of await this.#shards.namesOf(queue)) {
      const freed = await freeKey(this.#room(shard), key);
      if (freed !== null) return freed;
    }
    return null;
  }
}
