import { type Clock, systemClock } from '../clock.ts';
import { toLogger } from '../console-logger.ts';
import { within } from '../engine/under-way.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import { toKeyring } from '../keyring.ts';
import { type Logger, nullLogger, soundLogger } from '../logger.ts';
import { opened } from '../open-client.ts';
import { untilKnown } from '../redis/connect.ts';
import { Repeats } from '../repeats.ts';
import { type OutboxDepth, readDepth } from './depth.ts';
import type { Lane } from './lanes.ts';
import { Mover } from './mover.ts';
import { Notices } from './notices.ts';
import { type OpenedPool, openPool } from './open-pool.ts';
import { checkRelayOptions, type RelayOptions } from './relay-options.ts';
import { RestingQueues } from './resting-queues.ts';
import { RowSender, type Sent } from './row-sender.ts';
import { type TableNames, tableNames } from './table-names.ts';
import { Waker } from './waker.ts';

/** What a relay has done since it was made. */
export interface RelayStats {
  /** Rows whose jobs are in Redis, and that were removed. */
  readonly moved: number;
  /** Rows that could never be sent, and were set aside. */
  readonly setAside: number;
  /** What keeps it from moving rows at the moment; null where nothing does. */
  readonly trouble: Error | null;
}

/** What works from a start to a stop. */
interface Running {
  database: OpenedPool;
  movers: readonly Mover[];
  notices: Notices;
  closeRedis: () => Promise<void>;
}

const FIRST_LOOK_MS = 1_000;
const POLL_MS = 1_000;
/** One that helps where there are many rows looks so seldom by itself. */
const HELPER_POLL_MS = 30_000;
const BATCH_SIZE = 1_000;
const CONCURRENCY = 2;

/**
 * Makes a relay, which brings the rows of an outbox to Redis from its `start` to its `stop`. Any number of them may
 * work on one outbox. Throws CONFIG_INVALID for options that cannot be.
 */
export function createRelay(options: RelayOptions): Relay {
  checkRelayOptions(options);
  return new Relay(options);
}

/** Brings the rows of an outbox to Redis. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #names: TableNames;
  readonly #clock: Clock = systemClock;
  readonly #log: Logger;
  readonly #repeats: Repeats;
  readonly #wakers: readonly Waker[];
  readonly #stats = { moved: 0, setAside: 0 };
  #trouble: Error | null = null;
  #running: Promise<Running> | null = null;

  constructor(options: RelayOptions) {
    const { table, log = nullLogger, concurrency = CONCURRENCY } = options;
    this.#options = options;
    this.#names = tableNames(table);
    this.#log = soundLogger(toLogger(log));
    this.#repeats = new Repeats(this.#clock);
    this.#wakers = Array.from({ length: concurrency }, () => new Waker());
  }

  /** What it has done, and what keeps it from going on. */
  get stats(): RelayStats {
    return { ...this.#stats, trouble: this.#trouble };
  }

  /**
   * Starts. The database and Redis may be away: it waits for them, and says so in its log. Rejects with CONFIG_INVALID
   * where it has to open a pool and `pg` is not installed. Harmless twice.
   */
  async start(): Promise<void> {
    this.#running ??= this.#start().catch((error: unknown) => {
      this.#running = null;
      throw error;
    });
    await this.#running;
  }

  /** Ends: what is on its way to Redis is finished, and all other rows stay. Harmless twice, and before a start. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (!running) return;
    const { database, movers, notices, closeRedis } = await running;
    await Promise.all([notices.stop(), ...movers.map((mover) => mover.stop())]);
    await Promise.all([database.close(), closeRedis()]);
  }

  /** Tells how the outbox stands. Rejects with QUEUE_CLOSED when it does not run, and with what the database says. */
  async depth(): Promise<OutboxDepth> {
    if (!this.#running) throw new ApiaryError('QUEUE_CLOSED', 'the relay does not run');
    const { database } = await this.#running;
    return readDepth(database.pool, this.#names);
  }

  async #start(): Promise<Running> {
    const { postgres } = this.#options;
    // Beside the movers one listens, and one looks from outside.
    const size = this.#wakers.length + 2;
    const database =
      typeof postgres === 'string'
        ? await openPool(postgres, size, this.#log)
        : { pool: postgres, close: async () => {} };
    const redis = opened({ ...this.#options, log: this.#log }, 'requests');
    // Else the first round would complain of a connection that is only being made.
    await within(this.#clock, FIRST_LOOK_MS, untilKnown(redis.client));
    const movers = this.#moversOver(database, redis);
    const notices = new Notices({
      ...{ pool: database.pool, names: this.#names, clock: this.#clock },
      onRows: () => this.#wake(0),
      onTrouble: (error) => this.#warn('The notices of the outbox cannot be heard', error),
    });
    notices.start();
    for (const mover of movers) mover.start();
    return { database, movers, notices, closeRedis: redis.close };
  }

  /** The first is woken by notices and the poll; each wakes the next where there is more than one batch. */
  #moversOver({ pool }: OpenedPool, { client, prefix }: ReturnType<typeof opened>): Mover[] {
    const { pollMs = POLL_MS, batchSize = BATCH_SIZE, maxDataBytes, encryption } = this.#options;
    const sender = new RowSender({
      ...{ client, prefix, keyring: toKeyring(encryption) },
      ...(maxDataBytes !== undefined && { maxDataBytes }),
    });
    const shared = {
      ...{ pool, client, sender, names: this.#names, clock: this.#clock, mostRows: batchSize },
      resting: new RestingQueues(this.#clock),
      onRound: (trouble: unknown) => this.#noteRound(trouble),
      onBatch: (lane: Lane, batch: Sent) => this.#noteBatch(lane, batch),
    };
    return this.#wakers.map((waker, at) => {
      const onMany = (): void => this.#wake(at + 1);
      return new Mover({ ...shared, waker, onMany, pollMs: at === 0 ? pollMs : HELPER_POLL_MS });
    });
  }

  #wake(at: number): void {
    this.#wakers[at]?.wake();
  }

  #noteBatch({ queue }: Lane, { done, refused, trouble }: Sent): void {
    this.#stats.moved += done.length;
    this.#stats.setAside += refused.length;
    for (const { row, error } of refused)
      this.#log.warn('A row of the outbox cannot be sent, and was set aside', {
        ...{ queue, jobType: row.type, row: row.id, error },
      });
    if (trouble !== undefined) this.#warn('Redis did not take rows of the outbox', trouble, { queue });
  }

  #noteRound(trouble: unknown): void {
    if (trouble === undefined && this.#trouble) this.#log.info('The outbox goes on');
    if (trouble !== undefined) this.#warn('The outbox stands still', trouble);
    this.#trouble = trouble === undefined ? null : coerceError(trouble);
  }

  #warn(message: string, trouble: unknown, fields: Record<string, unknown> = {}): void {
    const error = coerceError(trouble);
    const repeats = this.#repeats.untold(`${message} ${error.message}`);
    if (repeats !== null) this.#log.warn(message, { ...fields, error, ...(repeats > 0 && { repeats }) });
  }
}
