import type { RedisClient } from '../scripts.ts';

/** What a cancel listener works with. */
export interface CancelListenerDeps {
  /** A connection in subscriber mode. */
  subscriber: RedisClient;
  /** The channel on which cancelled jobs are named. */
  channel: string;
  /** Told the id of a job that was cancelled while some worker ran it. */
  onCancel: (id: string) => void;
  onTrouble: (error: unknown) => void;
}

/**
 * Hears at once of running jobs that were cancelled. What it misses, the look for dead workers finds within a second or
 * so: the cancelled jobs are noted in Redis too.
 */
export class CancelListener {
  readonly #deps: CancelListenerDeps;

  constructor(deps: CancelListenerDeps) {
    this.#deps = deps;
  }

  /** Starts; to be called once. It ends with its connection. */
  start(): void {
    const { subscriber, channel, onTrouble } = this.#deps;
    subscriber.on('message', this.#onMessage);
    subscriber.subscribe(channel).catch((error) => {
      if (subscriber.status !== 'end') onTrouble(error);
    });
  }

  readonly #onMessage = (channel: string, id: string): void => {
    if (channel === this.#deps.channel) this.#deps.onCancel(id);
  };
}
