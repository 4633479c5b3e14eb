import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/**
 * Goes through the slots of a queue with limits, some at a time: a slot whose job is claimed no more (its worker died,
 * it was removed or given back) is freed, and lines that wait without need get their turn.
 */
export class SlotSweep {
  #slotCursor = '0';
  #lineCursor = 0;
  #costCursor = '0';
  #sinceCursor = '0';

  /** Looks at the next some hundred. */
  async runOnce({ client, keys }: { client: RedisClient; keys: QueueKeys }): Promise<void> {
    const args = {
      slotCursor: this.#slotCursor,
      lineCursor: this.#lineCursor,
      costCursor: this.#costCursor,
      sinceCursor: this.#sinceCursor,
    };
    const cursors = await runScript(client, { script: 'sweep-slots', queue: keys, args });
    [this.#slotCursor, this.#lineCursor, this.#costCursor, this.#sinceCursor] = cursors;
  }
}
