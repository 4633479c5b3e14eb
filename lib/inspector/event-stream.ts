import type { Clock } from '../clock.ts';
import { Bell } from '../engine/events/bell.ts';
import type { EventCursor } from '../engine/events/event-cursor.ts';
import type { EventHub } from '../engine/events/event-hub.ts';
import type { EventId } from '../engine/events/event-id.ts';
import type { QueueEvent } from '../engine/events/queue-event.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { tell } from '../engine/tell-callers.ts';
import { isPassing } from '../errors.ts';

/** What a stream of events works with. */
export interface EventStreamDeps {
  hub: EventHub;
  client: RedisClient;
  clock: Clock;
  /** Whether a queue whose log cannot be read is dropped; default: it ends the stream. */
  skipsBroken?: boolean;
}

/** While Redis is away the log is asked for again after this long, in ms. */
const AGAIN_MS = 1_000;

/** Events of one queue or several, in the order of each, as they come. */
export class EventStream {
  readonly #deps: EventStreamDeps;
  readonly #bell = new Bell();
  readonly #cursors = new Map<string, EventCursor>();
  #isClosed = false;

  constructor(deps: EventStreamDeps) {
    this.#deps = deps;
  }

  /** The queues that are listened to. */
  get queues(): string[] {
    return [...this.#cursors.keys()];
  }

  /** The id of the event of a queue behind which it goes on; null for a queue that is not listened to. */
  idOf(queue: string): string | null {
    return this.#cursors.get(queue)?.id ?? null;
  }

  /** Listens to a further queue; rejects with what Redis says when that cannot be. */
  async add(queue: string, since: EventId | null): Promise<void> {
    const { hub, client } = this.#deps;
    const cursor = await tell(client, hub.open({ queue, since, bell: this.#bell }));
    if (this.#isClosed || this.#cursors.has(queue)) return cursor.close();
    this.#cursors.set(queue, cursor);
    this.#bell.ring();
  }

  /** Listens no more to a queue. */
  drop(queue: string): void {
    this.#cursors.get(queue)?.close();
    this.#cursors.delete(queue);
  }

  /**
   * Waits for what comes next; resolves with none when the signal aborts, or the inspector closes. While Redis is away
   * it goes on waiting. Rejects when the log of a queue cannot be read.
   */
  async next(signal: AbortSignal): Promise<QueueEvent[]> {
    for (;;) {
      const events: QueueEvent[] = [];
      for (const cursor of this.#cursors.values()) {
        if (signal.aborted || this.#deps.hub.isClosed) return [];
        events.push(...(await this.#read(cursor, signal)));
      }
      if (events.length > 0 || signal.aborted || this.#deps.hub.isClosed) return events;
      await this.#bell.heard(signal);
    }
  }

  /** Ends it. Harmless twice. */
  close(): void {
    this.#isClosed = true;
    for (const queue of this.queues) this.drop(queue);
    this.#bell.ring();
  }

  async #read(cursor: EventCursor, signal: AbortSignal): Promise<QueueEvent[]> {
    const { client, clock } = this.#deps;
    try {
      return await tell(client, cursor.read());
    } catch (error) {
      if (this.#deps.skipsBroken && !isPassing(error)) this.drop(cursor.queue);
      else if (!isPassing(error)) throw error;
      await clock.sleep(AGAIN_MS, signal);
      this.#bell.ring();
      return [];
    }
  }
}
