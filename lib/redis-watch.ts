import type { Clock } from './clock.ts';
import { coerceError } from './errors.ts';
import type { Logger } from './logger.ts';
import { isReady, type RedisClient } from './redis/connect.ts';
import { doubtsAbout } from './redis/info.ts';

/** How long what was seen serves all who ask. */
const SEEN_MS = 30_000;

/** What a watch works with. */
export interface RedisWatchDeps {
  client: RedisClient;
  /** Rejects when Redis refuses what the roles need. */
  requireRights: () => Promise<void>;
  clock: Clock;
  log: Logger;
}

/**
 * Looks, whenever the connection is made and at most every 30 s when asked, whether the settings of Redis and the
 * rights of our user there are those that are needed; in the log stands what has changed.
 */
export class RedisWatch {
  readonly #deps: RedisWatchDeps;
  #doubts: { at: number; seen: Promise<string[]> } | null = null;
  #rights: { at: number; seen: Promise<void> } | null = null;
  #said = '';
  #refused = '';

  constructor(deps: RedisWatchDeps) {
    this.#deps = deps;
    deps.client.on('ready', () => this.#lookAnew());
    if (isReady(deps.client)) this.#lookAnew();
  }

  /** What of the settings may cost jobs; rejects when Redis does not answer. */
  doubts(): Promise<readonly string[]> {
    const { client, clock } = this.#deps;
    const now = clock.elapsed();
    if (!this.#doubts || now - this.#doubts.at > SEEN_MS) this.#doubts = { at: now, seen: this.#see(client) };
    return this.#doubts.seen;
  }

  /** Rejects with what is refused, or when Redis does not answer. */
  async requireRights(): Promise<void> {
    const { clock } = this.#deps;
    const now = clock.elapsed();
    if (!this.#rights || now - this.#rights.at > SEEN_MS) this.#rights = { at: now, seen: this.#tryRights() };
    const { seen } = this.#rights;
    await seen.catch((error: unknown) => {
      // What was refused may be granted the next moment.
      if (this.#rights?.seen === seen) this.#rights = null;
      throw error;
    });
  }

  #lookAnew(): void {
    this.#doubts = null;
    this.#rights = null;
    // What fails now is found again by who asks.
    this.doubts().catch(() => undefined);
    this.requireRights().catch(() => undefined);
  }

  async #see(client: RedisClient): Promise<string[]> {
    const doubts = await doubtsAbout(client);
    const all = doubts.join('; ');
    if (all !== this.#said) {
      for (const doubt of doubts) this.#deps.log.warn('Redis may lose jobs by its settings', { doubt });
    }
    this.#said = all;
    return doubts;
  }

  async #tryRights(): Promise<void> {
    try {
      await this.#deps.requireRights();
      this.#refused = '';
    } catch (thrown) {
      const error = coerceError(thrown);
      const isNews = error.message.includes('NOPERM') && error.message !== this.#refused;
      this.#refused = error.message;
      if (isNews) this.#deps.log.error('Redis refuses what is needed', { err: error });
      throw error;
    }
  }
}
