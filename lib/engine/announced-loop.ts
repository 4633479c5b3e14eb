import type { Clock } from '../clock.ts';
import type { RedisClient } from './scripts.ts';

/** What a loop works with that sleeps until there is something to do. */
export interface AnnouncedLoopDeps {
  clock: Clock;
  /** A connection in subscriber mode, shared by all duties of the process. */
  subscriber: RedisClient;
  /** The channel on which it is announced that there is something to do earlier. */
  channel: string;
  /** Does what there is to do; resolves with how long to sleep at most, in ms. */
  look: () => Promise<number>;
  /** Told when a look failed; the loop goes on. */
  onTrouble: (error: unknown) => void;
}

/** Doubled from trouble to trouble, so that a key which nobody mends does not keep Redis and the log busy. */
const AFTER_TROUBLE_MS = { first: 1_000, most: 30_000 };

/**
 * Looks, sleeps as long as the look said, and looks again; an announcement wakes it. After trouble it looks ever less
 * often, up to half a minute apart.
 */
export class AnnouncedLoop {
  readonly #deps: AnnouncedLoopDeps;
  #nap = new AbortController();
  #stopped = false;
  /** How often looking has failed since it last went well. */
  #troubles = 0;
  #isListening = false;
  #running: Promise<void> | null = null;

  constructor(deps: AnnouncedLoopDeps) {
    this.#deps = deps;
  }

  /** Starts; harmless twice. */
  start(): void {
    if (this.#running) return;
    const { subscriber } = this.#deps;
    subscriber.on('message', this.#onMessage);
    // What was announced while the connection was away is read from Redis on the next look.
    subscriber.on('ready', this.#wake);
    this.#listen();
    this.#running = this.#run();
  }

  /** Ends; resolves when a look under way has ended. */
  async stop(): Promise<void> {
    const { subscriber, channel } = this.#deps;
    this.#stopped = true;
    subscriber.off('message', this.#onMessage);
    subscriber.off('ready', this.#wake);
    this.#wake();
    await this.#running;
    if (subscriber.status === 'ready') await subscriber.unsubscribe(channel);
  }

  /** Once it listens, the connection sees to that itself, also when it is opened anew. */
  #listen(): void {
    const { subscriber, channel, onTrouble } = this.#deps;
    this.#isListening = true;
    subscriber.subscribe(channel).catch((error) => {
      this.#isListening = false;
      if (!this.#stopped) onTrouble(error);
    });
  }

  readonly #wake = (): void => this.#nap.abort();

  readonly #onMessage = (channel: string): void => {
    // In trouble an announcement is no reason to try earlier: there may be many.
    if (channel === this.#deps.channel && this.#troubles === 0) this.#wake();
  };

  /** A time that is none, by what somebody has stored, would wake it again at once. */
  readonly #afterLook = (napMs: number): number => {
    this.#troubles = 0;
    return Number.isNaN(napMs) ? AFTER_TROUBLE_MS.first : napMs;
  };

  #afterTrouble(): number {
    return Math.min(AFTER_TROUBLE_MS.most, AFTER_TROUBLE_MS.first * 2 ** this.#troubles++);
  }

  async #run(): Promise<void> {
    const { clock, look, onTrouble } = this.#deps;
    while (!this.#stopped) {
      this.#nap = new AbortController();
      const napMs = await look().then(this.#afterLook, (error: unknown) => {
        onTrouble(error);
        return this.#afterTrouble();
      });
      if (!this.#stopped) await clock.sleep(napMs, this.#nap.signal);
      if (!this.#stopped && !this.#isListening) this.#listen();
    }
  }
}
