import { defineScripts, type RedisClient } from '../engine/scripts.ts';
import { nullLogger } from '../logger.ts';
import { closeClient, connect } from '../redis/connect.ts';
import { parseRedisUrl } from '../redis/url.ts';
import type { KitClock } from './kit-clock.ts';
import { answerTime, KIT_TIME, moveRedisTime } from './redis-time.ts';

/** How many keys are removed at a time. */
const STEP = 500;

/** The connection of a kit, over which all of it goes, and the time that Redis has for it. */
export class KitConnection {
  readonly client: RedisClient;
  readonly #prefix: string;
  readonly #clock: KitClock;
  #isCut = false;

  constructor(url: string, prefix: string, clock: KitClock) {
    this.#prefix = prefix;
    this.#clock = clock;
    this.client = connect(parseRedisUrl(url), 'requests', { log: nullLogger });
    defineScripts(this.client, KIT_TIME);
    answerTime(this.client, () => clock.now());
  }

  /** Moves the time, here and in Redis. */
  async moveTo(time: number): Promise<void> {
    await moveRedisTime(this.client, this.#prefix, time);
    this.#clock.moveTo(time);
  }

  /** Cuts it, until it is mended. */
  async cut(): Promise<void> {
    if (this.#isCut) return;
    this.#isCut = true;
    const ended = new Promise((resolve) => this.client.once('end', resolve));
    this.client.disconnect();
    await ended;
  }

  /** Connects again; harmless when it is not cut. */
  async mend(): Promise<void> {
    if (!this.#isCut) return;
    this.#isCut = false;
    await this.client.connect();
  }

  /** Removes what the kit has left in Redis, and closes. */
  async close(): Promise<void> {
    await this.mend();
    if ('scanStream' in this.client) {
      for await (const keys of this.client.scanStream({ match: `${this.#prefix}:*`, count: STEP }))
        if (keys.length > 0) await this.client.unlink(...keys);
    }
    await closeClient(this.client);
  }
}
