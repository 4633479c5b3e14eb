import { randomBytes } from 'node:crypto';
import { runScript } from '../engine/scripts.ts';
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
  #fence: number;

  private constructor(place: ShardPlace, queue: string, { token, fence }: { token: string; fence: number }) {
    this.#place = place;
    this.#queue = queue;
    this.#token = token;
    this.#fence = fence;
  }

  /** Takes the lock of a queue; null while another has it. */
  static async take(place: ShardPlace, queue: string): Promise<RecordLock | null> {
    const token = randomBytes(9).toString('hex');
    const { lock, turn } = shardKeys(place.prefix);
    const fence = await runScript(place.client, {
      script: 'lock-record',
      keys: { shardLock: lock(queue), shardTurn: turn(queue) },
      args: { token, lockMs: LOCK_MS },
    });
    return fence === null ? null : new RecordLock(place, queue, { token, fence });
  }

  /** Greater than that of all who had the lock before; a shard takes nothing from those any more. */
  get fence(): number {
    return this.#fence;
  }

  /** Has it greater than a number that a shard knows; false when the lock is not held any more. */
  async raiseAbove(known: number): Promise<boolean> {
    if (known < this.#fence) return true;
    const { lock, turn } = shardKeys(this.#place.prefix);
    const isRaised = await runScript(this.#place.client, {
      script: 'raise-change',
      keys: { shardLock: lock(this.#queue), shardTurn: turn(this.#queue) },
      args: { token: this.#token, change: known + 1 },
    });
    if (isRaised) this.#fence = known + 1;
    return isRaised;
  }

  /** The record as it is now. */
  async read(): Promise<ShardRecord> {
    const { client, prefix } = this.#place;
    const text = await client.hget(shardKeys(prefix).records, this.#queue);
    return (text === null ? null : parseShardRecord(text)) ?? ONE_SHARD;
  }

  /** Keeps the lock for another while; false when it is not held any more. */
  renew(): Promise<boolean> {
    return this.#keep(LOCK_MS);
  }

  /** Stores the record and tells who listens; false, and nothing is done, when the lock is not held any more. */
  write(record: ShardRecord): Promise<boolean> {
    const { client, prefix } = this.#place;
    const { records, changed } = shardKeys(prefix);
    return runScript(client, {
      script: 'write-record',
      keys: { shardLock: this.#key, shardRecords: records, otherChannel: changed },
      args: { queue: this.#queue, token: this.#token, lockMs: LOCK_MS, record: JSON.stringify(record) },
    });
  }

  /** Lets go of it. */
  async release(): Promise<void> {
    await this.#keep(0);
  }

  #keep(lockMs: number): Promise<boolean> {
    const { client } = this.#place;
    const args = { token: this.#token, lockMs };
    return runScript(client, { script: 'renew-lock', keys: { shardLock: this.#key }, args });
  }

  get #key(): string {
    return shardKeys(this.#place.prefix).lock(this.#queue);
  }
}
