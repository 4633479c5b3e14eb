import { closeClient } from '../../redis/connect.ts';
import { commandClient, companionClient, isRedisClient } from '../connections.ts';
import type { RedisClient } from '../scripts.ts';
import { isNodeRedisClient, optionsOfNodeRedis } from './node-redis.ts';
import type { QueueSettings } from './queue-settings.ts';

/** The connections of one queue: one for commands, which may be the caller's, and up to two that it makes like it. */
export class QueueConnections {
  readonly client: RedisClient;
  /** Whether the connection for commands is closed with the queue. */
  readonly closesClient: boolean;
  readonly #onError: (error: unknown) => void;
  #blocking: { client: RedisClient; name: string } | null = null;
  #subscriber: RedisClient | null = null;

  /** `onError` is told of the errors of all of them. Throws CONFIG_INVALID when `redis` cannot be used. */
  constructor({ redis = {}, quitCommandClient }: QueueSettings, onError: (error: unknown) => void) {
    const source = isNodeRedisClient(redis) ? optionsOfNodeRedis(redis) : redis;
    this.client = commandClient(source);
    // One that was opened from the options of another is ours, whatever becomes of that.
    this.closesClient = source !== redis || (quitCommandClient ?? !isRedisClient(redis));
    this.#onError = onError;
    this.client.on('error', onError);
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
    const own = [this.#blocking?.client, this.#subscriber, this.closesClient ? this.client : null];
    await Promise.all(own.map((client) => client && closeClient(client)));
    this.client.off('error', this.#onError);
    this.#allowListeners(-1);
  }

  #made(role: string): { client: RedisClient; name: string } {
    const made = companionClient(this.client, role);
    made.client.on('error', this.#onError);
    return made;
  }

  /** Many queues may share a client: each brings its own listener, which is no leak. Zero is without limit. */
  #allowListeners(more: number): void {
    const most = this.client.getMaxListeners();
    if (most > 0) this.client.setMaxListeners(most + more);
  }
}
