import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';

/** What an incarnation was told is revoked, until it has said that it heard: then Redis may forget it. */
export class Revocations {
  readonly #client: RedisClient;
  readonly #keys: QueueKeys;
  #ids: readonly string[] = [];
  /** How many exchanges are under way. */
  #underWay = 0;

  constructor({ client, keys }: { client: RedisClient; keys: QueueKeys }) {
    this.#client = client;
    this.#keys = keys;
  }

  /** Keeps what the last take told. */
  note(ids: readonly string[]): void {
    this.#ids = ids;
  }

  /**
   * Makes an exchange of an incarnation. Says ahead of it that what was revoked is dropped, but not while another one
   * is under way: that may settle what was dropped, and be sent again when another job is held under that id.
   */
  async during<T>(incarnation: string, exchange: () => Promise<T>): Promise<T> {
    if (this.#underWay === 0) this.#sayHeard(incarnation);
    this.#underWay++;
    try {
      return await exchange();
    } finally {
      this.#underWay--;
    }
  }

  #sayHeard(incarnation: string): void {
    if (this.#ids.length === 0) return;
    const heard = this.#ids.map((id) => `${incarnation}:${id}`);
    this.#ids = [];
    // If it fails, the next take says the same again.
    this.#client.srem(this.#keys.revoked, ...heard).catch(() => {});
  }
}
