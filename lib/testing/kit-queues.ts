import { findQueueNames } from '../engine/discovery/discovery.ts';
import { HOUSEKEEPING_MS, houseRound } from '../worker/housekeeping.ts';
import { JobTimes } from '../worker/job-times.ts';
import { earliest, KitQueue, type KitQueueDeps, type NextDue } from './kit-queue.ts';

/** The queues of a kit: those of its handlers, and whatever jobs are added to. */
export class KitQueues {
  readonly #deps: KitQueueDeps;
  readonly #queues = new Map<string, KitQueue>();
  readonly #keepHouse: () => Promise<void>;
  readonly #troubles: unknown[] = [];
  #keptAt: number;

  constructor(deps: KitQueueDeps, names: readonly string[]) {
    this.#deps = deps;
    this.#keptAt = deps.clock.now();
    for (const name of names) this.open(name);
    const report = {
      troubled: (_queue: string, _duty: string, error: unknown) => void this.#troubles.push(error),
      strays: () => undefined,
    };
    const { clock, retention } = deps;
    this.#keepHouse = () =>
      houseRound({ queues: this.#cores, retention, clock, report, times: new JobTimes() })();
  }

  /** All that are known, in the order in which they came to be. */
  get all(): readonly KitQueue[] {
    return [...this.#queues.values()];
  }

  /** Opens one, unless it is open. */
  open(name: string): void {
    if (!this.#queues.has(name)) this.#queues.set(name, new KitQueue(name, this.#deps));
  }

  /** Opens those that have come to be in Redis; resolves with whether there were any. */
  async discover(): Promise<boolean> {
    const before = this.#queues.size;
    for (const name of [...(await findQueueNames(this.#deps.client, this.#deps.prefix))].sort())
      this.open(name);
    return this.#queues.size > before;
  }

  /** Keeps them in order as a worker does once a minute, when that has passed. */
  async keepHouse(): Promise<void> {
    const now = this.#deps.clock.now();
    if (now - this.#keptAt < HOUSEKEEPING_MS) return;
    this.#keptAt = now;
    await this.#keepHouse();
    if (this.#troubles.length > 0) throw this.#troubles.splice(0)[0];
  }

  /** When the next thing comes due in any of them. */
  async next(): Promise<NextDue> {
    const all = await Promise.all(this.all.map((queue) => queue.next()));
    return { job: earliest(all.map(({ job }) => job)), tick: earliest(all.map(({ tick }) => tick)) };
  }

  /** Lets go of all. */
  async close(): Promise<void> {
    await Promise.all(this.all.map((queue) => queue.close()));
  }

  get #cores(): KitQueue['core'][] {
    return this.all.map(({ core }) => core);
  }
}
