import { findQueueNames } from '../engine/discovery/discovery.ts';
import { mayBeShard } from '../shards/route.ts';
import { readRecords, shardsWithJobs } from '../shards/shard-record.ts';
import { HOUSEKEEPING_MS, houseRound } from '../worker/housekeeping.ts';
import { JobTimes } from '../worker/job-times.ts';
import { earliest, KitQueue, type KitQueueDeps, type NextDue } from './kit-queue.ts';

/** Of which queue each shard is. */
async function shardsOfAll({ client, prefix }: KitQueueDeps): Promise<ReadonlyMap<string, string>> {
  const records = [...(await readRecords(client, prefix))];
  return new Map(
    records.flatMap(([queue, record]) => shardsWithJobs(queue, record).map((shard) => [shard, queue])),
  );
}

/** The queues of a kit: those of its handlers, and whatever jobs are added to. */
export class KitQueues {
  readonly #deps: KitQueueDeps;
  readonly #queues = new Map<string, KitQueue>();
  readonly #keepHouse: () => Promise<void>;
  readonly #troubles: unknown[] = [];
  /** Of which queue each shard is, as far as there are some. */
  #shards: ReadonlyMap<string, string> = new Map();
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
    const shownAs = (): string => this.#shards.get(name) ?? name;
    if (!this.#queues.has(name)) this.#queues.set(name, new KitQueue({ name, shownAs }, this.#deps));
  }

  /** Opens those that have come to be in Redis; resolves with whether there were any. */
  async discover(): Promise<boolean> {
    const before = this.#queues.size;
    const { client, prefix } = this.#deps;
    const found = [...(await findQueueNames(client, prefix))].sort();
    if (found.some(mayBeShard)) this.#shards = await shardsOfAll(this.#deps);
    for (const name of found) this.open(name);
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
