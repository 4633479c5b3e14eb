import { AnnouncedLoop, type AnnouncedLoopDeps } from '../announced-loop.ts';
import type { Store } from '../store/store.ts';

/** What a promoter works with. */
export interface PromoterDeps extends Omit<AnnouncedLoopDeps, 'look'> {
  /** Moves what is due, and tells when more will be. */
  store: Pick<Store, 'promoteDue'>;
  /** Told how many jobs were moved, when there were any. */
  onMoved?: (count: number) => void;
}

/** Looked at this often even when nothing was announced: a connection may die without a word. */
const LOOK_MS = 5_000;
/** Looked at this often while nothing can be announced to us. */
const DEAF_LOOK_MS = 50;

/**
 * Moves the delayed jobs of one queue to waiting when they are due: sleeps until the next one, wakes for an earlier.
 */
export class Promoter {
  readonly #deps: PromoterDeps;
  readonly #loop: AnnouncedLoop;

  constructor(deps: PromoterDeps) {
    this.#deps = deps;
    this.#loop = new AnnouncedLoop({ ...deps, look: () => this.#promoteAll() });
  }

  /** Starts; harmless twice. */
  start(): void {
    this.#loop.start();
  }

  /** Ends; resolves when a move under way has ended. */
  stop(): Promise<void> {
    return this.#loop.stop();
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
