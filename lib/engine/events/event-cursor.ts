import type { EventFeed } from './event-feed.ts';
import { type EventId, eventIdText, isBefore } from './event-id.ts';
import { gapEvent, type LogEntry, type QueueEvent } from './queue-event.ts';

/** What a cursor works with. */
export interface EventCursorDeps {
  feed: EventFeed;
  /** Reads the log itself, behind an entry. */
  readLog: (after: EventId, most: number) => Promise<LogEntry[]>;
  /** Told when nobody reads by it any more. */
  onClose: () => void;
}

/** How many events are read at a time. */
const MOST = 200;

/** Where one who listens is in the log of a queue. It keeps nothing: who is slow reads what the log still has. */
export class EventCursor {
  readonly #deps: EventCursorDeps;
  #at: EventId;
  #restarts: number;
  /** Whether it is not known what came before. */
  #isLost = false;

  /** It begins behind `since`; behind `newest`, the newest entry of the log, when that is null or no entry of it. */
  constructor(deps: EventCursorDeps, newest: EventId, since: EventId | null) {
    this.#deps = deps;
    this.#restarts = deps.feed.restarts;
    this.#isLost = since !== null && isBefore(newest, since);
    this.#at = since === null || this.#isLost ? newest : since;
  }

  get queue(): string {
    return this.#deps.feed.queue;
  }

  /** The id behind which it goes on. */
  get id(): string {
    return eventIdText(this.#at);
  }

  /** Reads what comes next; none when there is nothing yet. Rejects when the log cannot be read. */
  async read(): Promise<QueueEvent[]> {
    const { feed, readLog } = this.#deps;
    if (feed.failure !== null) throw feed.failure;
    if (feed.restarts !== this.#restarts) {
      this.#restarts = feed.restarts;
      this.#at = feed.tail;
      this.#isLost = true;
    }
    const events: QueueEvent[] = this.#isLost ? [gapEvent(this.queue, this.#at, null)] : [];
    this.#isLost = false;
    const kept = feed.after(this.#at, MOST);
    for (const entry of kept ?? (await readLog(this.#at, MOST))) this.#take(entry, events);
    return events;
  }

  /** Ends it. */
  close(): void {
    this.#deps.onClose();
  }

  #take({ id, event }: LogEntry, events: QueueEvent[]): void {
    const missed = id.number - this.#at.number - 1;
    if (missed !== 0) {
      const before = { ms: id.ms, number: id.number - 1 };
      events.push(gapEvent(this.queue, before, missed > 0 ? missed : null));
    }
    this.#at = id;
    if (event) events.push(event);
  }
}
