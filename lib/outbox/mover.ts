import type { Clock } from '../clock.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { ApiaryError, isPassing } from '../errors.ts';
import { isReady } from '../redis/connect.ts';
import { HeldConnection } from './held-connection.ts';
import { type Lane, readLanes } from './lanes.ts';
import type { PostgresConnection, PostgresPool } from './postgres.ts';
import { requireSchema } from './require-schema.ts';
import type { RestingQueues } from './resting-queues.ts';
import type { RowSender, Sent } from './row-sender.ts';
import type { TableNames } from './table-names.ts';
import { takeTurn } from './turn.ts';
import type { Waker } from './waker.ts';

/** What moving rows works with. */
export interface MoverDeps {
  pool: PostgresPool;
  client: RedisClient;
  names: TableNames;
  sender: RowSender;
  clock: Clock;
  waker: Waker;
  /** How long it sleeps at most where nothing wakes it, in ms. */
  pollMs: number;
  /** How many rows one batch has at most. */
  mostRows: number;
  resting: RestingQueues;
  /** Told of each batch once its rows are removed. */
  onBatch: (lane: Lane, batch: Sent) => void;
  /** Called where there are more rows than one batch has. */
  onMany: () => void;
  /** Told after each round that all went well, or why it did not. */
  onRound: (trouble: unknown) => void;
}

/** For so long, in ms, a queue with many rows is served before the others get their turn. */
const TURN_MS = 250;
/** After trouble a mover waits so long until it tries again, in ms, twice as long each time. */
const AFTER_TROUBLE_MS = { first: 100, most: 2_000 };

/** Moves rows, one turn of a queue at a time, over one connection of its own. */
export class Mover {
  readonly #deps: MoverDeps;
  readonly #ended = new AbortController();
  readonly #held: HeldConnection;
  #troubles = 0;
  #running: Promise<void> | null = null;

  constructor(deps: MoverDeps) {
    this.#deps = deps;
    this.#held = new HeldConnection(deps.pool);
  }

  /** Starts; harmless twice. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends; resolves when the turn under way has ended. */
  async stop(): Promise<void> {
    this.#ended.abort();
    this.#deps.waker.wake();
    await this.#running;
    this.#held.release();
  }

  async #run(): Promise<void> {
    const { clock, waker, onRound } = this.#deps;
    while (!this.#ended.signal.aborted) {
      // What is told of during the round is for the next.
      const nap = waker.next();
      try {
        const hasMoved = await this.#round();
        this.#troubles = 0;
        onRound(undefined);
        if (!hasMoved) await clock.sleep(this.#napMs(), nap);
      } catch (error) {
        onRound(error);
        const { first, most } = AFTER_TROUBLE_MS;
        await clock.sleep(Math.min(most, first * 2 ** this.#troubles++), this.#ended.signal);
      }
    }
  }

  #napMs(): number {
    const { clock, pollMs, resting } = this.#deps;
    return Math.min(resting.nextInMs(), pollMs * (0.9 + 0.2 * clock.random()));
  }

  /** Gives each queue a turn; resolves with whether any had something to be moved. */
  async #round(): Promise<boolean> {
    const { client, names, resting } = this.#deps;
    // Else rows would be locked, and sent into the void, again and again.
    if (!isReady(client)) throw new ApiaryError('REDIS_UNAVAILABLE', 'the connection to Redis is not there');
    const connection = await this.#held.get((made) => requireSchema(made, names));
    const lanes = await this.#asking(() => readLanes(connection, names, resting.names()));
    let hasMoved = false;
    for (const lane of lanes) {
      if (this.#ended.signal.aborted) return false;
      if (await this.#move(connection, lane)) hasMoved = true;
    }
    return hasMoved;
  }

  /** Gives a lane its turn; resolves with whether there was anything. */
  async #move(connection: PostgresConnection, lane: Lane): Promise<boolean> {
    const { names, sender, mostRows, clock, onMany } = this.#deps;
    const until = clock.elapsed() + TURN_MS;
    const mayGoOn = (): boolean => clock.elapsed() < until && !this.#ended.signal.aborted;
    const mostDataBytes = sender.mostReadBytes;
    const deps = { connection, names, sender, mostRows, mostDataBytes, mayGoOn, onMany };
    const batches = await this.#asking(() => takeTurn(deps, lane));
    for (const sent of batches) this.#note(lane, sent);
    // Of all else that Redis says, as that a key is of another type, the queues beside know nothing.
    const trouble = batches.at(-1)?.trouble;
    if (isPassing(trouble)) throw trouble;
    return batches.some(({ done, refused }) => done.length + refused.length > 0);
  }

  #note(lane: Lane, sent: Sent): void {
    const { sender, resting, onBatch } = this.#deps;
    const { done, refused, isFull, trouble } = sent;
    const removed = [...done, ...refused.map(({ row }) => row)];
    if (trouble !== undefined || isFull) resting.rest(lane.queue, { isFull });
    else if (removed.length > 0) resting.wake(lane.queue);
    // What Redis still knows of them goes by itself otherwise.
    if (removed.length > 0) sender.forget(lane.queue, removed).catch(() => undefined);
    onBatch(lane, sent);
  }

  /** A transaction that is not ended would keep its rows locked, so the connection goes with whatever fails. */
  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      this.#held.drop();
      throw error;
    }
  }
}
