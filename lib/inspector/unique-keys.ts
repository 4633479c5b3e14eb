import {
  freeKey,
  readHolder,
  type UniqueHolder,
  type UniqueHolderDeps,
} from '../engine/unique/unique-holder.ts';
import { requireWellFormed } from '../names.ts';

/** A unique key that a job holds, as the inspector shows it; times are epoch ms. */
export interface UniqueKeyInfo extends UniqueHolder {
  queue: string;
  key: string;
}

/** Tells who holds the unique keys of queues, and frees them; `inspector.uniqueKeys`. */
export class UniqueKeyInspector {
  readonly #room: (queue: string) => UniqueHolderDeps;

  constructor(room: (queue: string) => UniqueHolderDeps) {
    this.#room = room;
  }

  /** Reads which job holds a key; null when none does. */
  async holder(queue: string, key: string): Promise<UniqueKeyInfo | null> {
    requireWellFormed('key', key);
    const holder = await readHolder(this.#room(queue), key);
    return holder && { queue, key, ...holder };
  }

  /**
   * Lets go of a key, whatever its holder is doing, which goes on; a job that is parked behind it takes the key and may
   * start beside it. Resolves with the id of the job that held it; null when none did.
   */
  async free(queue: string, key: string): Promise<string | null> {
    requireWellFormed('key', key);
    return freeKey(this.#room(queue), key);
  }
}
