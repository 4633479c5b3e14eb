import type { Exchange } from '../session/session.ts';
import type { ActiveJob } from './active-job.ts';
import type { LaneDeps } from './lane-hooks.ts';
import type { LaneState } from './lane-state.ts';
import type { Stillness } from './stillness.ts';

/** What the wait of a lane works with. */
export interface LaneWaitDeps {
  lane: Pick<LaneDeps, 'queue' | 'session' | 'waiter' | 'hooks' | 'wake' | 'brought'>;
  state: LaneState;
  stillness: Stillness;
  /** Takes in what came of so many that were wanted; returns the jobs to be run. */
  receive: (exchange: Exchange, wanted: number) => ActiveJob[];
  onFailed: (error: unknown) => void;
}

/** Waits for the next jobs as long as the queue of a lane is empty, and hands over what comes. */
export class LaneWait {
  readonly #deps: LaneWaitDeps;
  #waiting: Promise<void> | null = null;
  #hasEnded = false;
  #isPaused = false;

  constructor(deps: LaneWaitDeps) {
    this.#deps = deps;
  }

  /** Waits for up to so many jobs, unless it does already. */
  start(wanted: number): void {
    // Ready again, the lane asks as soon as it may.
    if (this.#isPaused) this.#deps.state.is = 'ready';
    else this.#start(wanted);
  }

  /** Waits for nothing, until `resume`; resolves when what a wait has brought is dealt with. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    if (this.#deps.state.is === 'empty') this.#deps.state.is = 'ready';
    await this.interrupt();
    await this.#waiting;
  }

  /** Waits again as it is asked to. */
  resume(): void {
    this.#isPaused = false;
  }

  #start(wanted: number): void {
    this.#waiting ??= this.#wait(wanted)
      .catch(this.#deps.onFailed)
      .finally(() => {
        this.#waiting = null;
        // An exchange has found nothing just before this was over.
        if (this.#goesOn) this.start(1);
      });
  }

  /** Ends the wait that is under way; another may begin. */
  async interrupt(): Promise<void> {
    const { waiter, hooks, queue } = this.#deps.lane;
    await waiter.interrupt().catch((error) => hooks.troubled(queue, 'stop', error));
  }

  /** Ends it for good; resolves when what it brought is dealt with. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.interrupt();
    await this.#waiting;
  }

  get #goesOn(): boolean {
    return this.#deps.state.is === 'empty' && !this.#hasEnded;
  }

  async #wait(most: number): Promise<void> {
    const { state, stillness, lane } = this.#deps;
    let wanted = most;
    while (this.#goesOn && wanted > 0) {
      // Ready again, the lane asks as soon as it may.
      if (stillness.isKept || !lane.session.isSure()) return state.goOn();
      const jobs = await this.#waitOnce(wanted);
      wanted -= jobs.length;
      await lane.brought(jobs);
      if (state.is === 'ready') lane.wake();
    }
  }

  async #waitOnce(wanted: number): Promise<ActiveJob[]> {
    const { state, stillness, receive, lane } = this.#deps;
    stillness.begin();
    try {
      const exchange = await lane.session.pickUp(wanted, (takes) => lane.waiter.wait(takes));
      state.succeeded('wait');
      if (exchange === null) return [];
      state.is = 'ready';
      return receive(exchange, wanted);
    } finally {
      stillness.end();
    }
  }
}
