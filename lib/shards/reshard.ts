import type { Clock } from '../clock.ts';
import { NEVER } from '../clock.ts';
import { queueKeys } from '../engine/keys.ts';
import { requireLimits } from '../engine/limits/limits.ts';
import { ApiaryError } from '../errors.ts';
import { requireWhole } from '../field-checks.ts';
import { requireName } from '../names.ts';
import { RecordLock } from './change-record.ts';
import { hasWork } from './revive.ts';
import { MOST_SHARDED_NAME, MOST_SHARDS, shardName, shardNames } from './route.ts';
import { fenceOf, readField, type ShardPlace, writeField } from './shard-field.ts';
import { above, type ShardRecord, servedBy, spreadOver } from './shard-record.ts';
import { carryPause, limitsToSplit, setSplitLimits } from './shard-settings.ts';

/** What a change of shards works with. */
export interface ReshardDeps extends ShardPlace {
  clock: Clock;
  /** How long workers are given to begin to serve new shards, in ms; default 12,000. */
  hearingMs?: number;
}

/** What is to be changed. */
export interface ReshardOrder {
  queue: string;
  /** How many shards it is to have, 1 to 64. */
  shards: number;
  /** How long shards that are given up may take to be worked off, in ms; default an hour. */
  patienceMs?: number;
  /** Told what is being done. */
  onStep?: (step: string) => void;
}

/** What a change of shards has come to. */
export interface Resharded {
  queue: string;
  /** Over how many new jobs are spread. */
  shards: number;
  /** How many are served; more than `shards` while some are not worked off yet. */
  served: number;
  /** Whether all is done; else the same call goes on. */
  done: boolean;
}

const HEARING_MS = 12_000;
const PATIENCE_MS = 3_600_000;
const LOOK_MS = 500;

/**
 * Changes how many shards a queue has, a step at a time, each of which is safe to stop at; the same call again goes on
 * from there. It grows by serving first and spreading new jobs after that, and shrinks by spreading over fewer first
 * and letting go of the others when they are worked off. Throws JOB_INVALID for what cannot be, and JOB_STATE_FORBIDS
 * while another changes the same queue.
 */
export async function reshard(deps: ReshardDeps, order: ReshardOrder): Promise<Resharded> {
  const { queue, shards } = order;
  requireName('queue', queue);
  requireWhole('shards', shards, { least: 1, most: MOST_SHARDS });
  requireShortName(queue);
  const lock = await RecordLock.take(deps, queue);
  if (!lock)
    throw forbidden(`the shards of ${queue} are being changed by another; try again in half a minute`);
  try {
    return await new Change(deps, order, lock).run();
  } finally {
    await lock.release().catch(() => undefined);
  }
}

/** One change under way. */
class Change {
  readonly #deps: ReshardDeps;
  readonly #order: ReshardOrder;
  readonly #lock: RecordLock;

  constructor(deps: ReshardDeps, order: ReshardOrder, lock: RecordLock) {
    this.#deps = deps;
    this.#order = order;
    this.#lock = lock;
  }

  async run(): Promise<Resharded> {
    const { queue, shards } = this.#order;
    let record = await this.#lock.read();
    await this.#requireFree(record);
    record = await this.#mend(record);
    // One that was stopped may have told some of the shards alone.
    if (record.ever > 1) await this.#tellShards(record);
    if (record.served < shards) record = await this.#serve(record);
    if (record.shards !== shards) record = await this.#spread(record);
    if (record.served > shards) record = await this.#letGo(record);
    return { queue, shards: record.shards, served: record.served, done: record.served === shards };
  }

  /**
   * Mends what was lost or false: a number of ours that is too small for the shards; and a shard that tells of a later
   * change than there was, which is believed by who adds: a still later one ends that.
   */
  async #mend(record: ShardRecord): Promise<ShardRecord> {
    const names = shardNames(this.#order.queue, record.ever);
    const fences = await Promise.all(names.map((name) => fenceOf(this.#deps, name)));
    if (!(await this.#lock.raiseAbove(Math.max(...fences)))) throw lost(this.#order.queue);
    const told = await Promise.all(names.map((name) => readField(this.#deps, name)));
    const mended = told.reduce<ShardRecord>((all, one) => (one ? above(all, one) : all), record);
    if (mended !== record) await this.#write(mended);
    return mended;
  }

  async #serve(record: ShardRecord): Promise<ShardRecord> {
    const { queue, shards } = this.#order;
    this.#tell(`has workers serve ${shards} shards`);
    await carryPause(this.#deps, shardNames(queue, shards));
    await this.#splitLimits(shards);
    const next = servedBy(record, shards);
    await this.#write(next);
    await this.#wait(this.#hearingMs, async () => this.#areServed(record.served, shards));
    return next;
  }

  async #spread(record: ShardRecord): Promise<ShardRecord> {
    const { shards } = this.#order;
    this.#tell(`spreads new jobs over ${shards} shards`);
    const next = spreadOver(record, shards);
    await this.#write(next);
    await this.#tellShards(next);
    return next;
  }

  /**
   * Has each shard tell who adds there how many there are now, so that nobody goes by the old number any more once this
   * is done. The first comes first: by it alone who knows of no shards learns of them.
   */
  async #tellShards(record: ShardRecord): Promise<void> {
    const { queue } = this.#order;
    for (const name of shardNames(queue, record.ever)) {
      if (!(await this.#lock.renew())) throw lost(queue);
      const { fence } = this.#lock;
      if (!(await writeField(this.#deps, name, { record, fence }))) throw lost(queue);
    }
  }

  async #letGo(record: ShardRecord): Promise<ShardRecord> {
    const { queue, shards, patienceMs = PATIENCE_MS } = this.#order;
    this.#tell(`waits until ${record.served - shards} shards are worked off`);
    const given = shardNames(queue, record.served).slice(shards);
    const areEmpty = async (): Promise<boolean> => {
      const looks = await Promise.all(given.map((name) => hasWork(this.#deps, name)));
      return !looks.includes(true);
    };
    if (!(await this.#wait(patienceMs, areEmpty))) return record;
    this.#tell('lets go of them');
    const next = servedBy(record, shards);
    await this.#write(next);
    await this.#splitLimits(shards);
    return next;
  }

  async #splitLimits(shards: number): Promise<void> {
    const { queue } = this.#order;
    const note = await limitsToSplit(this.#deps, queue);
    if (!note) return;
    requireLimits(note.limits);
    await setSplitLimits(this.#deps, queue, { shards, note });
  }

  /** A queue of somebody's that is called like a shard is not to become one. */
  async #requireFree(record: ShardRecord): Promise<void> {
    const { client, prefix } = this.#deps;
    const { queue, shards } = this.#order;
    for (let at = record.ever; at < shards; at++) {
      const name = shardName(queue, at);
      if ((await client.exists(queueKeys(prefix, name, client.isCluster).jobs)) === 0) continue;
      throw forbidden(
        `there is a queue ${name} with jobs, as a shard of ${queue} would be called: delete it first`,
      );
    }
  }

  /** Whether some worker has opened each of those that are new. */
  async #areServed(from: number, to: number): Promise<boolean> {
    const { client, prefix } = this.#deps;
    const names = shardNames(this.#order.queue, to).slice(from);
    const keys = names.map((name) => queueKeys(prefix, name, client.isCluster).workers);
    const there = await Promise.all(keys.map((key) => client.exists(key)));
    return there.every((count) => count === 1);
  }

  /** Waits for a condition, and keeps the lock meanwhile; false when it did not come in time. */
  async #wait(limitMs: number, condition: () => Promise<boolean>): Promise<boolean> {
    const { clock } = this.#deps;
    const until = clock.elapsed() + limitMs;
    while (!(await condition())) {
      const leftMs = until - clock.elapsed();
      if (leftMs <= 0) return false;
      if (!(await this.#lock.renew())) throw lost(this.#order.queue);
      await clock.sleep(Math.min(LOOK_MS, leftMs), NEVER);
    }
    return true;
  }

  async #write(record: ShardRecord): Promise<void> {
    if (!(await this.#lock.write(record))) throw lost(this.#order.queue);
  }

  get #hearingMs(): number {
    return this.#deps.hearingMs ?? HEARING_MS;
  }

  #tell(step: string): void {
    this.#order.onStep?.(step);
  }
}

function requireShortName(queue: string): void {
  if (queue.length <= MOST_SHARDED_NAME) return;
  const message = `queue must have at most ${MOST_SHARDED_NAME} characters in its name to have shards`;
  throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'queue', message }] });
}

function forbidden(message: string): ApiaryError {
  return new ApiaryError('JOB_STATE_FORBIDS', message);
}

function lost(queue: string): ApiaryError {
  return forbidden(`another has taken over the change of the shards of ${queue}; what was done is kept`);
}
