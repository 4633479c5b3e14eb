import { freeKey, readHolder, type UniqueHolder } from '../engine/unique/unique-holder.ts';
import { requireWellFormed } from '../names.ts';
import type { QueueRooms } from './queue-rooms.ts';

/** A unique key that a job holds, as the inspector shows it; times are epoch ms. */
export interface UniqueKeyInfo extends UniqueHolder {
  queue: string;
  key: string;
}

/** Tells who holds the unique keys of queues, and frees them; `inspector.uniqueKeys`. */
export class UniqueKeyInspector {
  readonly #rooms: Pick<QueueRooms, 'all'>;

  constructor(rooms: Pick<QueueRooms, 'all'>) {
    this.#rooms = rooms;
  }

  /** Reads which job holds a key; null when none does. */
  async holder(queue: string, key: string): Promise<UniqueKeyInfo | null> {
    requireWellFormed('key', key);
    for (const room of await this.#rooms.all(queue)) {
      const holder = await readHolder(room, key);
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
    for (const room of await this.#rooms.all(queue)) {
      const freed = await freeKey(room, key);
      if (freed !== null) return freed;
    }
    return null;
  }
}
