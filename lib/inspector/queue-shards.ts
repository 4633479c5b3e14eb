import type { Clock } from '../clock.ts';
import { queuesWithJob } from '../engine/discovery/discovery.ts';
import type { RedisClient } from '../engine/scripts.ts';
import type { PlaceOf } from '../engine/transfer/moved-record.ts';
import { ApiaryError } from '../errors.ts';
import { placeOf } from '../shards/earlier-place.ts';
import { type Resharded, type ReshardOrder, reshard } from '../shards/reshard.ts';
import { shardName, shardNames, shardOf } from '../shards/route.ts';
import { ShardBook } from '../shards/shard-book.ts';
import { lastFence, restoreField } from '../shards/shard-field.ts';
import { ONE_SHARD, placesOf, type ShardRecord, shardsWithJobs } from '../shards/shard-record.ts';
import { liftSplitLimits } from '../shards/shard-settings.ts';

/** What looking at shards works with. */
export interface QueueShardsDeps {
  client: RedisClient;
  prefix: string;
  clock: Clock;
}

/** A look is good for so long, in ms. */
const FRESH_MS = 1_000;

/** Knows the shards of queues, and changes how many they have; `inspector.shards`. */
export class QueueShards {
  readonly #deps: QueueShardsDeps;
  readonly #book: ShardBook;

  constructor(deps: QueueShardsDeps) {
    this.#deps = deps;
    this.#book = new ShardBook({ ...deps, freshMs: FRESH_MS });
  }

  /** How many shards a queue has, serves and ever had; one of each where it has none. */
  async get(queue: string): Promise<ShardRecord> {
    return (await this.#book.of(queue)) ?? ONE_SHARD;
  }

  /**
   * Gives a queue so many shards, 1 to 64, a step at a time; the same call again goes on where one was broken off. See
   * `docs/several-machines.md`. Throws JOB_INVALID for what cannot be, JOB_STATE_FORBIDS while another changes them.
   */
  async set(order: ReshardOrder): Promise<Resharded> {
    const done = await reshard(this.#deps, order);
    await this.#book.read();
    return done;
  }

  /**
   * Has all shards tell who adds there of the shards again, as what told it goes with a queue that is deleted, and
   * lifts the limits of the whole, as those of the shards are gone. Resolves with true.
   */
  async restore(queue: string): Promise<true> {
    // Before the record: with a later one it only holds back less.
    const fence = await lastFence(this.#deps, queue);
    const record = (await this.#book.read()).get(queue);
    if (!record) return true;
    const told = { record, fence };
    for (const name of shardsWithJobs(queue, record)) await restoreField(this.#deps, name, told);
    await liftSplitLimits(this.#deps, queue);
    return true;
  }

  /** The names of all shards of a queue in which there may be jobs; its own alone where it has none. */
  async namesOf(queue: string): Promise<readonly string[]> {
    const record = await this.#book.of(queue);
    return record ? shardsWithJobs(queue, record) : [queue];
  }

  /** The same of each of some queues. */
  async namesOfEach(queues: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const records = await this.#book.all();
    const of = (queue: string): readonly string[] => {
      const record = records.get(queue);
      return record ? shardsWithJobs(queue, record) : [queue];
    };
    return new Map(queues.map((queue) => [queue, of(queue)]));
  }

  /**
   * Says to which shard of a queue each job goes that is moved there, by its key, or its id; undefined where it has
   * none. Throws JOB_INVALID where the jobs are in shards of that very queue.
   */
  async targetsIn(to: string, from: string): Promise<PlaceOf | undefined> {
    const [targets, sources] = await Promise.all([this.namesOf(to), this.namesOf(from)]);
    if (targets.includes(from) || sources.includes(to)) {
      const message = `to must be another queue: ${from} and ${to} are of the same shards`;
      throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'to', message }] });
    }
    const record = await this.#book.of(to);
    if (!record) return undefined;
    return async ({ id, key }) => {
      const text = key ?? id;
      const job = { queue: to, record, text, sought: { id } };
      const isSure = placesOf(text, record).length === 1;
      return shardName(to, isSure ? shardOf(text, record.shards) : (await placeOf(this.#deps, job)).at);
    };
  }

  /** The shard that has a job, the likeliest asked first; where none has it the likeliest. */
  async whereIs(queue: string, id: string): Promise<string> {
    const names = await this.namesOf(queue);
    if (names.length === 1) return queue;
    const { shards } = await this.get(queue);
    const likely = names[shardOf(id, shards)] ?? queue;
    const { client, prefix } = this.#deps;
    const having = await queuesWithJob(client, { prefix, queues: names, id });
    return having.includes(likely) ? likely : (having[0] ?? likely);
  }

  /** Leaves the names of shards out, which are shown with their queue. */
  async withoutShards(names: readonly string[]): Promise<string[]> {
    const records = await this.#book.all();
    const shards = new Set([...records].flatMap(([queue, { ever }]) => shardNames(queue, ever).slice(1)));
    return names.filter((name) => !shards.has(name));
  }
}
