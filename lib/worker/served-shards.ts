import type { Clock } from '../clock.ts';
import type { Lane } from '../engine/pump/lane.ts';
import type { QueueCore } from '../engine/queue/queue-core.ts';
import { shardKeys } from '../engine/shard-keys.ts';
import { every, type Loop } from '../loop.ts';
import { reviveShards } from '../shards/revive.ts';
import { shardName } from '../shards/route.ts';
import { readRecords, type ShardRecord } from '../shards/shard-record.ts';
import { LimitBalance } from './limit-balance.ts';
import type { OpenedPump } from './open-pump.ts';
import { type OpenQueuesDeps, openQueue } from './open-queues.ts';
import { listenForCancels, promotersOf, type QueueNewsDeps } from './queue-news.ts';
import type { ServedQueue } from './worker-options.ts';

/** What runs beside the jobs of a worker, from its start to its end. */
export interface Duty {
  start(): void;
  stop(): Promise<void>;
}

/** What serving shards works with. */
export interface ServedShardsDeps extends QueueNewsDeps, OpenedPump, OpenQueuesDeps {
  clock: Clock;
  /** The queues that are kept in order, and closed at the end; shards are added to them. */
  queues: QueueCore[];
  /** The duties of the queues, ended with the worker; those of shards are added to them. */
  duties: Duty[];
}

/** One shard as this worker has it. */
interface OpenShard {
  core: QueueCore;
  /** Null where it is kept in order alone: no new jobs are to come there. */
  lane: Lane | null;
  /** How far it is, in ms. */
  awayMs: number;
}

/** How often it is looked which shards there are; a change is announced besides. */
const LOOK_MS = 5_000;
/** The nearest answer of so many tells how far a shard is. */
const PROBES = 3;

/**
 * Serves the shards of the queues of a worker: opens those that were added, and shares the weight of a queue among
 * them. What it has opened it serves until it stops, so a shard that was given up is worked off. In one of which all
 * workers let go and to which a late door has added all the same, it finds the jobs and has it served again.
 */
export class ServedShards implements Duty {
  readonly #deps: ServedShardsDeps;
  readonly #open = new Map<string, OpenShard[]>();
  readonly #balance: LimitBalance;
  #loop: Loop | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(deps: ServedShardsDeps) {
    const { client, options, clock, report } = deps;
    this.#deps = deps;
    this.#balance = new LimitBalance({ place: { client, prefix: options.prefix }, clock, report });
  }

  /** Looks at once, and from then on again and again; waits for nothing. */
  start(): void {
    const { clock, subscriber, options } = this.#deps;
    const { changed } = shardKeys(options.prefix);
    subscriber.on('message', (channel: string) => {
      if (channel === changed) void this.#look();
    });
    subscriber.subscribe(changed).catch((error) => {
      if (subscriber.status !== 'end') this.#onTrouble(error);
    });
    void this.#look();
    this.#loop = every({
      intervalMs: LOOK_MS,
      clock,
      runOnce: () => this.#look(),
      onError: (error) => this.#onTrouble(error),
    });
  }

  /** Opens no more; resolves when a look that is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([this.#loop?.stop(), this.#looking, this.#balance.stop()]);
  }

  /** One look after the other; never rejects. */
  #look(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#lookOnce())
      .catch((error: unknown) => this.#onTrouble(error));
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    if (this.#isStopped) return;
    const { client, options } = this.#deps;
    const records = await readRecords(client, options.prefix);
    for (const queue of options.queues) {
      const record = records.get(queue.name);
      if (!record) continue;
      await this.#serve(queue, record);
      this.#balance.follow(queue.name);
    }
  }

  async #serve(queue: ServedQueue, record: ShardRecord): Promise<void> {
    const shards = this.#shardsOf(queue);
    const known = shards.filter(({ lane }) => lane !== null).length;
    for (let at = 1; at < record.ever && !this.#isStopped; at++) {
      const shard = shards[at] ?? this.#openCore(queue.name, at);
      shards[at] = shard;
      if (at < record.served) await this.#openLane(queue, shard);
    }
    if (shards.some(({ lane }, at) => lane !== null && at >= known)) await this.#begin(queue, shards);
    const { client, options } = this.#deps;
    await reviveShards({ client, prefix: options.prefix }, queue.name, record);
  }

  #shardsOf({ name }: ServedQueue): OpenShard[] {
    const known = this.#open.get(name);
    if (known) return known;
    const { queues, lanes } = this.#deps;
    const core = queues.find((one) => one.name === name);
    const lane = lanes.find((one) => one.queue === name);
    const shards = core && lane ? [{ core, lane, awayMs: 0 }] : [];
    this.#open.set(name, shards);
    return shards;
  }

  #openCore(queue: string, at: number): OpenShard {
    const core = openQueue(this.#deps, shardName(queue, at));
    this.#deps.queues.push(core);
    return { core, lane: null, awayMs: 0 };
  }

  async #openLane({ name, weight }: ServedQueue, shard: OpenShard): Promise<void> {
    if (shard.lane) return;
    const { openLane, pump, duties } = this.#deps;
    shard.awayMs = await awayMs(shard.core, this.#deps.clock);
    // Its worker may have been stopped meanwhile.
    if (this.#isStopped) return;
    shard.lane = openLane(shard.core, { weight, shardOf: name });
    listenForCancels(shard.core, pump, this.#deps, name);
    for (const promoter of promotersOf(shard.core, this.#deps)) {
      promoter.start();
      duties.push(promoter);
    }
  }

  async #begin({ name, weight }: ServedQueue, shards: readonly OpenShard[]): Promise<void> {
    const { pump, clock } = this.#deps;
    const [home] = shards;
    if (home) home.awayMs = await awayMs(home.core, clock);
    const near = shards.filter(hasLane).sort((one, other) => one.awayMs - other.awayMs);
    for (const { lane } of near) lane.weight = weight / near.length;
    pump.serve(
      name,
      near.map(({ lane }) => lane),
    );
  }

  #onTrouble(error: unknown): void {
    this.#deps.report.troubled(null, 'shards', error);
  }
}

function hasLane(shard: OpenShard): shard is OpenShard & { lane: Lane } {
  return shard.lane !== null;
}

async function awayMs({ client, keys }: QueueCore, clock: QueueNewsDeps['clock']): Promise<number> {
  let nearest = Number.POSITIVE_INFINITY;
  for (let probe = 0; probe < PROBES; probe++) {
    const askedAt = clock.elapsed();
    await client.exists(keys.meta);
    nearest = Math.min(nearest, clock.elapsed() - askedAt);
  }
  return nearest;
}
