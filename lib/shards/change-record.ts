import { randomBytes } from 'node:crypto';
import { shardKeys } from '../engine/shard-keys.ts';
import type { ShardPlace } from './shard-field.ts';
import { ONE_SHARD, parseShardRecord, type ShardRecord } from './shard-record.ts';

/** A lock that nobody renews ends by itself after this, in ms. */
const LOCK_MS = 30_000;

/** Changes the record of one queue while nobody else does. */
export class RecordLock {
  readonly #place: ShardPlace;
  readonly #queue: string;
  readonly #token: string;

  private constructor(place: ShardPlace, queue: string, token: string) {
    this.#place = place;
    this.#queue = queue;
    this.#token = token;
  }

  /** Takes the lock of a queue; null while another has it. */
  static async take(place: ShardPlace, queue: string): Promise<RecordLock | null> {
    const token = randomBytes(9).toString('hex');
    const key = shardKeys(place.prefix).lock(queue);
    const taken = await place.client.set(key, token, 'PX', LOCK_MS, 'NX');
    return taken === null ? null : new RecordLock(place, queue, token);
  }

  /** The record as it is now. */
  async read(): Promise<ShardRecord> {
    const { client, prefix } = this.#place;
    const text = await client.hget(shardKeys(prefix).records, this.#queue);
    return (text === null ? null : parseShardRecord(text)) ?? ONE_SHARD;
  }

  /** Keeps the lock for another while; false when it is not held any more. */
  async renew(): Promise<boolean> {
    const { client } = this.#place;
    const key = this.#key;
    if ((await client.get(key)) !== this.#token) return false;
    return (await client.pexpire(key, LOCK_MS)) === 1;
  }

  /** Stores the record and tells who listens; false, and nothing is done, when the lock is not held any more. */
  async write(record: ShardRecord): Promise<boolean> {
    if (!(await this.renew())) return false;
    const { client, prefix } = this.#place;
    const { records, changed } = shardKeys(prefix);
    await client.hset(records, this.#queue, JSON.stringify(record));
    await client.publish(changed, this.#queue);
    return true;
  }

  /** Lets go of it. */
  async release(): Promise<void> {
    const { client } = this.#place;
    if ((await client.get(this.#key)) === this.#token) await client.del(this.#key);
  }

  get #key(): string {
    return shardKeys(this.#place.prefix).lock(this.#queue);
  }
}
