import type { Clock } from '../../../clock.ts';
import type { LiveFollower } from './live-follower.ts';
import { type FreshPage, freshMessage, type LiveMessage, staleMessage } from './live-message.ts';

/** What following one page works with. */
export interface LivePageDeps {
  clock: Clock;
  /** Reads the page; rejects when that cannot be. */
  look: () => Promise<FreshPage>;
  /** What a reader is told of that. */
  reasonOf: (error: unknown) => string;
  /** For how long nobody looks after a look that took so many ms. */
  pauseMs: (tookMs: number) => number;
}

/** A page that some follow: it is read for all of them at once, and as long as there is one. */
export class LivePage {
  readonly #deps: LivePageDeps;
  readonly #followers = new Set<LiveFollower>();
  readonly #ending = new AbortController();
  #body: string | null = null;
  #version = 0;
  #last: LiveMessage | null = null;
  #isRunning = false;

  constructor(deps: LivePageDeps) {
    this.#deps = deps;
  }

  /** Tells somebody what the page shows, from now on. */
  join(follower: LiveFollower): void {
    this.#followers.add(follower);
    if (this.#last) follower.tell(this.#last);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Ends that; false when nobody is left, and the page is over. */
  leave(follower: LiveFollower): boolean {
    this.#followers.delete(follower);
    if (this.#followers.size > 0) return true;
    this.#ending.abort();
    return false;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { clock, pauseMs } = this.#deps;
    const { signal } = this.#ending;
    for (let tookMs = 0; ; ) {
      await clock.sleep(pauseMs(tookMs), signal);
      if (signal.aborted) return;
      const begun = clock.elapsed();
      this.#last = await this.#look();
      tookMs = clock.elapsed() - begun;
      for (const follower of this.#followers) follower.tell(this.#last);
    }
  }

  async #look(): Promise<LiveMessage> {
    try {
      const fresh = await this.#deps.look();
      if (fresh.body !== this.#body) this.#version++;
      this.#body = fresh.body;
      return freshMessage(fresh, this.#version);
    } catch (error) {
      return staleMessage(this.#deps.reasonOf(error));
    }
  }
}
