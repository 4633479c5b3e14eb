import type { PaceChange } from '../queries/worker-order.ts';
import type { Lane } from './lane.ts';

/** What a pace works with. */
export interface PaceDeps {
  lanes: readonly { readonly wait: Pick<Lane['wait'], 'pause' | 'resume'> }[];
  concurrency: number;
  /** Gives back what was taken and has not begun. */
  giveBack: () => readonly Promise<void>[];
  /** Called when more may run. */
  wake: () => void;
}

/** How much a pump runs, which may change while it does. */
export class Pace {
  readonly #deps: PaceDeps;
  #concurrency: number;
  #isPaused = false;
  #wanted = Number.POSITIVE_INFINITY;
  #wasStill = false;

  constructor(deps: PaceDeps) {
    this.#deps = deps;
    this.#concurrency = deps.concurrency;
  }

  /** Jobs in flight at most, while it is not paused. */
  get concurrency(): number {
    return this.#concurrency;
  }

  /** Whether nothing is taken until it is resumed. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** How many more jobs may begin; infinite unless somebody has said by `want`. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Whether none may begin now: it is paused, or no more are wanted. */
  get isStill(): boolean {
    return this.#isPaused || this.#wanted === 0;
  }

  /** How many jobs may run now; those that run and are more go on. */
  get slots(): number {
    return this.isStill ? 0 : this.#concurrency;
  }

  /** Changes it; resolves when what was taken and must not begin is back. */
  async change({ concurrency, paused }: PaceChange): Promise<void> {
    if (concurrency !== undefined) this.#concurrency = concurrency;
    if (paused !== undefined) this.#isPaused = paused;
    await this.#follow();
  }

  /** Lets so many more jobs begin from now on; as `change`. */
  async want(count: number): Promise<void> {
    this.#wanted = count;
    await this.#follow();
  }

  /** Takes note that a job begins. */
  began(): void {
    this.#wanted--;
    if (this.#wanted === 0) void this.#follow();
  }

  async #follow(): Promise<void> {
    const { isStill } = this;
    const hasChanged = isStill !== this.#wasStill;
    this.#wasStill = isStill;
    if (hasChanged && isStill) await this.#holdStill();
    else if (hasChanged) for (const { wait } of this.#deps.lanes) wait.resume();
    this.#deps.wake();
  }

  async #holdStill(): Promise<void> {
    const waits = this.#deps.lanes.map(({ wait }) => wait.pause());
    await Promise.all([...waits, ...this.#deps.giveBack()]);
  }
}
