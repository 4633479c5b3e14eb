import type { Clock } from '../../clock.ts';
import { type HandOverDeps, HandOvers } from './hand-over.ts';

/** What carrying without end works with. */
export interface HandOverLoopDeps extends HandOverDeps {
  clock: Clock;
  /** Told when carrying failed; the loop goes on. */
  onTrouble: (error: unknown) => void;
}

/** Looked at this often though nobody woke it: others hand over too, and may have died before they carried. */
const LOOK_MS = 5_000;
/** Doubled from trouble to trouble. */
const AFTER_TROUBLE_MS = { first: 500, most: 30_000 };

/** Carries what a queue hands over to queues in other slots: as soon as it is woken, and every five seconds. */
export class HandOverLoop {
  readonly #deps: HandOverLoopDeps;
  #handOvers = new HandOvers();
  #nap = new AbortController();
  #isWoken = false;
  #isStopped = false;
  /** How often carrying has failed since it last went well. */
  #troubles = 0;
  #running: Promise<void> | null = null;

  constructor(deps: HandOverLoopDeps) {
    this.#deps = deps;
  }

  /** Starts; harmless twice. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Has it look at once: something was handed over. */
  wake(): void {
    this.#isWoken = true;
    // In trouble it is no reason to try earlier: it may be often.
    if (this.#troubles === 0) this.#nap.abort();
  }

  /** Ends; resolves when a look under way has ended, and one for which it was woken. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#nap.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped || this.#isWoken) {
      this.#isWoken = false;
      this.#nap = new AbortController();
      const napMs = await this.#handOvers.carry(this.#deps).then(this.#afterLook, this.#afterTrouble);
      const isDue = this.#isWoken && this.#troubles === 0;
      if (!isDue && !this.#isStopped) await this.#deps.clock.sleep(napMs, this.#nap.signal);
    }
  }

  readonly #afterLook = (isAll: boolean): number => {
    this.#troubles = 0;
    return isAll ? LOOK_MS : 0;
  };

  readonly #afterTrouble = (error: unknown): number => {
    this.#deps.onTrouble(error);
    // It may have been a failover, which may have lost what was done.
    this.#handOvers = new HandOvers();
    return Math.min(AFTER_TROUBLE_MS.most, AFTER_TROUBLE_MS.first * 2 ** this.#troubles++);
  };
}
