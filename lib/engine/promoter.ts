import type { Clock } from '../clock.ts';
import type { RedisClient } from './scripts.ts';
import type { Store } from './store.ts';

/** What a promoter works with. */
export interface PromoterDeps {
  /** Moves what is due, and tells when more will be. */
  store: Pick<Store, 'promoteDue'>;
  clock: Clock;
  /** A connection in subscriber mode, shared by all promoters of the process. */
  subscriber: RedisClient;
  /** The channel on which an earlier due time is announced. */
  channel: string;
  onTrouble: (error: unknown) => void;
  /** Told how many jobs were moved, when there were any. */
  onMoved?: (count: number) => void;
}

/** Looked at this often even when nothing was announced: a connection may die without a word. */
const LOOK_MS = 5_000;
/** Looked at this often while nothing can be announced to us. */
const DEAF_LOOK_MS = 50;
const AFTER_TROUBLE_MS = 1_000;

/** Moves the delayed jobs of one queue to waiting when they are due: sleeps until the next one, wakes for an earlier. */
export class Promoter {
  readonly #deps: PromoterDeps;
  #nap = new AbortController();
  #stopped = false;
  #running: Promise<void> | null = null;

  constructor(deps: PromoterDeps) {
    this.#deps = deps;
  }

  /** Starts; harmless twice. */
  start(): void {
    if (this.#running) return;
    const { subscriber, channel, onTrouble } = this.#deps;
    subscriber.on('message', this.#onMessage);
    // What was announced while the connection was away is read from Redis on the next look.
    subscriber.on('ready', this.#wake);
    subscriber.subscribe(channel).catch((error) => {
      if (!this.#stopped) onTrouble(error);
    });
    this.#running = this.#run();
  }

  /** Ends; resolves when a move under way has ended. */
  async stop(): Promise<void> {
    const { subscriber, channel } = this.#deps;
    this.#stopped = true;
    subscriber.off('message', this.#onMessage);
    subscriber.off('ready', this.#wake);
    this.#wake();
    await this.#running;
    if (subscriber.status === 'ready') await subscriber.unsubscribe(channel);
  }

  readonly #wake = (): void => this.#nap.abort();

  readonly #onMessage = (channel: string): void => {
    if (channel === this.#deps.channel) this.#wake();
  };

  async #run(): Promise<void> {
    const { clock, onTrouble } = this.#deps;
    while (!this.#stopped) {
      this.#nap = new AbortController();
      const napMs = await this.#promoteAll().catch((error: unknown) => {
        onTrouble(error);
        return AFTER_TROUBLE_MS;
      });
      if (!this.#stopped) await clock.sleep(napMs, this.#nap.signal);
    }
  }

  async #promoteAll(): Promise<number> {
    const { store, subscriber, onMoved } = this.#deps;
    const { moved, nextInMs } = await store.promoteDue();
    if (moved > 0) onMoved?.(moved);
    // A full chunk means more may be due: look again at once, others get their turn in Redis in between.
    if (moved > 0 && nextInMs === 0) return 0;
    const lookMs = subscriber.status === 'ready' ? LOOK_MS : DEAF_LOOK_MS;
    return Math.min(nextInMs ?? lookMs, lookMs);
  }
}
