import { closeClient } from '../../redis/connect.ts';
import { companionClient } from '../connections.ts';
import type { RedisClient } from '../scripts.ts';

/** What the connections of a queue are made of. */
export interface QueueConnectionsDeps {
  /** For commands; the others are made like it. */
  client: RedisClient;
  /** Whether it is closed with the queue. */
  closesClient: boolean;
  /** Told of the errors of all of them. */
  onError: (error: unknown) => void;
}

/** The connections of one queue: one for commands, which may be the caller's, and up to two that it makes like it. */
export class QueueConnections {
  readonly #deps: QueueConnectionsDeps;
  #blocking: { client: RedisClient; name: string } | null = null;
  #subscriber: RedisClient | null = null;

  constructor(deps: QueueConnectionsDeps) {
    this.#deps = deps;
    deps.client.on('error', deps.onError);
    this.#allowListeners(1);
  }

  /** The connection that waits for jobs, and the name Redis lists it under. */
  get blocking(): { client: RedisClient; name: string } {
    this.#blocking ??= this.#made('blocking');
    return this.#blocking;
  }

  /** The connection in subscriber mode. */
  get subscriber(): RedisClient {
    this.#subscriber ??= this.#made('subscriber').client;
    return this.#subscriber;
  }

  /** Closes what it made, within a second, and lets go of the caller's client. */
  async close(): Promise<void> {
    const { client, closesClient, onError } = this.#deps;
    const own = [this.#blocking?.client, this.#subscriber, closesClient ? client : null];
    await Promise.all(own.map((one) => one && closeClient(one)));
    client.off('error', onError);
    this.#allowListeners(-1);
  }

  #made(role: string): { client: RedisClient; name: string } {
    const made = companionClient(this.#deps.client, role);
    made.client.on('error', this.#deps.onError);
    return made;
  }

  /** Many queues may share a client: each brings its own listener, which is no leak. Zero is without limit. */
  #allowListeners(more: number): void {
    const { client } = this.#deps;
    const most = client.getMaxListeners();
    if (most > 0) client.setMaxListeners(most + more);
  }
}
