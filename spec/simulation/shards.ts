import { Events, Server } from './events.ts';

/** What one call and one job cost, in µs of CPU, as measured. */
export interface Costs {
  redisCallUs: number;
  redisJobUs: number;
  nodeCallUs: number;
  nodeJobUs: number;
  /** Which part of the free slots of a lane one exchange fills, while there is always more. */
  fill: number;
}

/** What is simulated. */
export interface Setting {
  shards: number;
  primaries: number;
  workers: number;
  concurrency: number;
  /** How many cores all share; null where each primary and each worker has one of its own. */
  cores: number | null;
  /** There and back, in µs. */
  networkUs: number;
  /** Jobs that come per second; null where there are always more than can be run. */
  perSecond: number | null;
  /** When the first primary stands still and for how long, in µs; null for never. */
  outage: { atUs: number; forUs: number } | null;
  /** How long is simulated, in µs. */
  forUs: number;
}

/** What came of it. */
export interface Simulated {
  perSecond: number;
  callsPerJob: number;
  /** From its add until it is taken, in ms. */
  pickUpMs: { p50: number; p99: number };
  /** The longest time in which a shard of the first primary, and of all others, ran nothing, in ms. */
  longestGapMs: { hit: number; others: number };
}

/** So many exchanges of a worker are under way at least, so that Redis works while an answer is read. */
const AT_ONCE = 2;

interface Shard {
  primary: number;
  waiting: number[];
  /** The exchanges of workers that wait here for a job. */
  idle: (() => void)[];
  lastRunAt: number;
  longestGapUs: number;
}

/**
 * Simulates workers on the shards of a queue by discrete events: a call goes to its primary, which serves one at a
 * time; the worker then works on what came, one thing at a time; then it calls again. Handlers take no time.
 */
export function simulate(setting: Setting, costs: Costs): Simulated {
  return new Simulation(setting, costs).run();
}

class Simulation {
  readonly #setting: Setting;
  readonly #costs: Costs;
  readonly #events = new Events();
  readonly #primaries: Server[];
  readonly #shards: Shard[];
  readonly #pickUps: number[] = [];
  #jobs = 0;
  #calls = 0;
  #seed = 1;

  constructor(setting: Setting, costs: Costs) {
    this.#setting = setting;
    this.#costs = costs;
    const { shards, primaries } = setting;
    this.#primaries = Array.from({ length: primaries }, () => new Server(this.#events));
    this.#shards = Array.from({ length: shards }, (_, at) => ({
      primary: at % primaries,
      waiting: [],
      idle: [],
      lastRunAt: 0,
      longestGapUs: 0,
    }));
  }

  run(): Simulated {
    const { workers, shards, perSecond, outage, forUs } = this.#setting;
    for (let nth = 0; nth < workers; nth++) {
      const loop = new Server(this.#events);
      for (let at = 0; at < shards; at++) {
        // No two begin at the same moment.
        const shard = this.#shards[(at + nth) % shards];
        const begin = (): void => shard && this.#exchange(loop, shard);
        for (let one = 0; one < Math.ceil(AT_ONCE / shards); one++)
          this.#events.in(this.#random() * 1_000, begin);
      }
    }
    if (perSecond !== null) this.#arrive(perSecond);
    if (outage) this.#events.in(outage.atUs, () => this.#primaries[0]?.pause(outage.forUs));
    this.#events.runUntil(forUs);
    return this.#result();
  }

  /** How many jobs one exchange brings while there are always more. */
  get #batch(): number {
    const { concurrency, shards } = this.#setting;
    return Math.max(1, (concurrency * this.#costs.fill) / Math.max(AT_ONCE, shards));
  }

  #exchange(loop: Server, shard: Shard): void {
    const { perSecond, networkUs } = this.#setting;
    const wanted = Math.max(1, Math.round(this.#batch));
    if (perSecond !== null && shard.waiting.length === 0) {
      shard.idle.push(() => this.#exchange(loop, shard));
      return;
    }
    const taken = perSecond === null ? [] : shard.waiting.splice(0, wanted);
    const count = perSecond === null ? wanted : taken.length;
    const { redisCallUs, redisJobUs, nodeCallUs, nodeJobUs } = this.#costs;
    const primary = this.#primaries[shard.primary];
    this.#calls++;
    primary?.serve(redisCallUs + count * redisJobUs, () => {
      for (const addedAt of taken) this.#pickUps.push(this.#events.now + networkUs / 2 - addedAt);
      this.#events.in(networkUs, () =>
        loop.serve(nodeCallUs + count * nodeJobUs, () => {
          this.#ran(shard, count);
          this.#exchange(loop, shard);
        }),
      );
    });
  }

  #ran(shard: Shard, count: number): void {
    this.#jobs += count;
    shard.longestGapUs = Math.max(shard.longestGapUs, this.#events.now - shard.lastRunAt);
    shard.lastRunAt = this.#events.now;
  }

  #arrive(perSecond: number): void {
    const next = (): void => {
      const shard = this.#shards[Math.floor(this.#random() * this.#shards.length)];
      shard?.waiting.push(this.#events.now);
      // One wait is ended by one job.
      shard?.idle.shift()?.();
      this.#events.in((-Math.log(1 - this.#random()) * 1e6) / perSecond, next);
    };
    next();
  }

  #result(): Simulated {
    const { forUs, cores } = this.#setting;
    const sorted = this.#pickUps.sort((one, other) => one - other);
    const at = (part: number): number => (sorted[Math.floor(part * (sorted.length - 1))] ?? 0) / 1_000;
    const gap = (isHit: boolean): number =>
      Math.max(
        0,
        ...this.#shards.filter(({ primary }) => (primary === 0) === isHit).map((one) => one.longestGapUs),
      ) / 1_000;
    const perSecond = (this.#jobs * 1e6) / forUs;
    const callsPerJob = this.#calls / Math.max(1, this.#jobs);
    const { redisCallUs, redisJobUs, nodeCallUs, nodeJobUs } = this.#costs;
    // Where few cores are shared, they are what there is too little of.
    const cpuUs = (redisCallUs + nodeCallUs) * callsPerJob + redisJobUs + nodeJobUs;
    const most = cores === null ? Number.POSITIVE_INFINITY : (cores * 1e6) / cpuUs;
    return {
      perSecond: Math.min(perSecond, most),
      callsPerJob,
      pickUpMs: { p50: at(0.5), p99: at(0.99) },
      longestGapMs: { hit: gap(true), others: gap(false) },
    };
  }

  /** The same in each run (mulberry32). */
  #random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}
