import type { Clock } from '../../clock.ts';
import type { Loop } from '../../loop.ts';
import type { ActiveJob } from './active-job.ts';

/** A time in which the event loop of this process stood still. */
export interface Blocked {
  /** For how long at least. */
  blockedMs: number;
  /** What ran meanwhile, to its end or not: one of these blocked it, unless the process was stopped. */
  jobs: readonly ActiveJob[];
}

/** What a watch works with. */
export interface LoopWatchDeps {
  clock: Clock;
  /** Shorter than this, in ms, is not told. */
  leastMs: number;
  /** What runs now. */
  running: () => readonly ActiveJob[];
  onBlocked: (blocked: Blocked) => void;
}

/** How often the watch looks. It tells of a pause that it was shorter than it was, by this much at most. */
const TICK_MS = 500;

/** Notices, when it is over, that the event loop stood still, and what ran meanwhile. */
export class LoopWatch {
  readonly #deps: LoopWatchDeps;
  /** Those that ended since the last look and ran for long. */
  #ended: ActiveJob[] = [];

  constructor(deps: LoopWatchDeps) {
    this.#deps = deps;
  }

  /** Takes note of an attempt that ended: it may have been what blocked the loop, and nothing else may run any more. */
  ended(job: ActiveJob, durationMs: number): void {
    if (durationMs >= this.#deps.leastMs) this.#ended.push(job);
  }

  /** Watches until it is stopped. */
  start(): Loop {
    const { clock } = this.#deps;
    const ending = new AbortController();
    const run = async (): Promise<void> => {
      while (!ending.signal.aborted) {
        const due = clock.elapsed() + TICK_MS;
        await clock.sleep(TICK_MS, ending.signal);
        if (!ending.signal.aborted) this.#look(due);
      }
    };
    const running = run();
    return {
      stop: () => {
        ending.abort();
        return running;
      },
    };
  }

  #look(due: number): void {
    const { clock, leastMs, running, onBlocked } = this.#deps;
    const now = clock.elapsed();
    const ended = this.#ended;
    this.#ended = [];
    if (now - due < leastMs) return;
    // What began when it was over already has nothing to do with it.
    const ran = running().filter((job) => job.hasRunSince(now - leastMs));
    onBlocked({ blockedMs: Math.round(now - due), jobs: [...ran, ...ended] });
  }
}
