import type { Clock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import type { RedisClient } from '../scripts.ts';
import { type Outbox, outboxOf } from '../store/outbox.ts';
import { within } from '../under-way.ts';

/** What the calls of a queue work with. */
export interface QueueCallsDeps {
  /** The name of the queue. */
  name: string;
  client: RedisClient;
  clock: Clock;
  /** Called before each call: makes the connections where they are not there yet. */
  open: () => void;
}

/** The calls of one queue: made in their order, finished before it closes, refused afterwards. */
export class QueueCalls {
  readonly #deps: QueueCallsDeps;
  readonly #outbox: Outbox;
  #isClosed = false;

  constructor(deps: QueueCallsDeps) {
    this.#deps = deps;
    this.#outbox = outboxOf(deps.client);
  }

  /** Throws QUEUE_CLOSED once the queue is closed; makes the connections otherwise. */
  requireOpen(): void {
    if (this.#isClosed) throw this.closedError();
    this.#deps.open();
  }

  /** Makes a call; rejects with QUEUE_CLOSED once the queue is closed. */
  async make<T>(call: () => Promise<T>): Promise<T> {
    this.requireOpen();
    return this.#outbox.inOrder(call);
  }

  /** What calls of a closed queue fail with. */
  closedError(): ApiaryError {
    return new ApiaryError('QUEUE_CLOSED', `queue ${this.#deps.name} is closed`);
  }

  /** Refuses calls from now on; resolves when those under way have ended, after `limitMs` at the latest. */
  close(limitMs: number): Promise<void> {
    this.#isClosed = true;
    return within(this.#deps.clock, limitMs, this.#outbox.ended());
  }
}
