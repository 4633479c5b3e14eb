import type { Clock } from '../clock.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { MemoryWatch } from '../engine/store/memory-watch.ts';
import { outboxOf } from '../engine/store/outbox.ts';
import { tell } from '../engine/tell-callers.ts';
import { CLOSE_LIMIT_MS, UnderWay, within } from '../engine/under-way.ts';
import { ApiaryError } from '../errors.ts';

/** The calls of a producer, and of those that add for it under other names: they end together. */
export class ProducerCalls {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #memory: MemoryWatch | null;
  readonly #underWay = new UnderWay();
  #isClosed = false;

  /** Adds are refused while Redis has less than this part of its memory left; at 0 nobody looks. */
  constructor(client: RedisClient, clock: Clock, reserve = 0) {
    this.#client = client;
    this.#clock = clock;
    this.#memory = reserve > 0 ? new MemoryWatch({ client, clock, reserve }) : null;
  }

  /** Whether calls are refused; see {@link closedError}. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether adds are refused, as Redis has too little memory left. */
  get isFull(): boolean {
    return this.#memory?.isFull ?? false;
  }

  /** What adds are refused with; null when they are not. */
  get refusal(): ApiaryError | null {
    if (this.#isClosed) return closedError();
    return this.isFull ? fullError() : null;
  }

  /** Makes a call that adds, likewise; rejects with REDIS_FULL when Redis has too little memory left. */
  beginAdding<T>(call: () => Promise<T>): Promise<T> {
    const { refusal } = this;
    return refusal === null ? this.begin(call) : Promise.reject(refusal);
  }

  /** Makes a call, which is finished before the producer closes. Rejects with QUEUE_CLOSED when it is closed. */
  begin<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(closedError());
    return this.finish(call());
  }

  /** Takes note of a call that has begun; what Redis says to it is told as callers are to hear it. */
  finish<T>(call: Promise<T>): Promise<T> {
    return this.#underWay.add(tell(this.#client, call));
  }

  /** Begins no more; resolves when what is under way has ended, after five seconds at the latest. Harmless twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ended = this.#underWay.ended().then(() => outboxOf(this.#client).ended());
    await within(this.#clock, CLOSE_LIMIT_MS, ended);
  }
}

/** What calls of a closed producer reject with. */
export function closedError(): ApiaryError {
  return new ApiaryError('QUEUE_CLOSED', 'the producer is closed');
}

function fullError(): ApiaryError {
  const message = 'Redis is full but for the memory that is kept for jobs that run; nothing was stored';
  return new ApiaryError('REDIS_FULL', message);
}
