import type { EventCursor } from '../engine/events/event-cursor.ts';
import type { QueueEvent } from '../engine/events/queue-event.ts';
import { isPassing } from '../errors.ts';
import { eventPlaceText } from './event-place.ts';

/** Reads the events of one queue, one after the other. */
export interface EventReader {
  readonly queue: string;
  /** The id of the event behind which it goes on. */
  readonly id: string;
  /** Reads what comes next; none when there is nothing yet. Rejects when the log cannot be read. */
  read(): Promise<QueueEvent[]>;
  /** Ends it. */
  close(): void;
}

/** One shard, and what was read of it and is not told yet. */
interface Shard {
  cursor: Pick<EventCursor, 'id' | 'read' | 'close'>;
  held: QueueEvent[];
  /** Behind which event the first of those comes. */
  behind: string;
  /** Whether there was something when it was read last, so that there may be more behind it. */
  isMore: boolean;
}

/** About so many events are told at a time; a cursor reads as many. */
const MOST = 200;

/**
 * Reads the events of a queue with shards as those of one: by their times, and those of each shard in their order. The
 * id of each names a place in the log of every shard, so whoever goes on behind it hears each event once.
 */
export class ShardEvents implements EventReader {
  readonly queue: string;
  readonly #shards: Shard[] = [];

  constructor(queue: string, cursors: readonly Shard['cursor'][]) {
    this.queue = queue;
    this.join(cursors);
  }

  /** How many shards it reads. */
  get width(): number {
    return this.#shards.length;
  }

  /** Reads further shards too. */
  join(cursors: readonly Shard['cursor'][]): void {
    this.#shards.push(...cursors.map((cursor) => ({ cursor, held: [], behind: cursor.id, isMore: false })));
  }

  get id(): string {
    return eventPlaceText(this.#shards.map(placeOf));
  }

  /** A shard whose primary is away holds up no other; it goes on where it was. */
  async read(): Promise<QueueEvent[]> {
    const failures = await fillEach(this.#shards);
    const events: QueueEvent[] = [];
    for (;;) {
      this.#takeInto(events);
      const short = this.#shards.filter(isShort);
      if (short.length === 0 || events.length >= MOST) break;
      failures.push(...(await fillEach(short)));
    }
    if (events.length === 0 && failures.length > 0) throw failures[0];
    return events;
  }

  close(): void {
    for (const { cursor } of this.#shards) cursor.close();
  }

  #takeInto(events: QueueEvent[]): void {
    while (events.length < MOST) {
      const shard = this.#next();
      const event = shard?.held.shift();
      if (!shard || !event) return;
      shard.behind = event.id;
      events.push({ ...event, queue: this.queue, id: this.id });
    }
  }

  /** That of the earliest event; null where there is none, and where an earlier one may come of what is to be read. */
  #next(): Shard | null {
    if (this.#shards.some(isShort)) return null;
    return this.#shards.reduce<Shard | null>(
      (one, other) => (timeOf(other) < (one === null ? Number.POSITIVE_INFINITY : timeOf(one)) ? other : one),
      null,
    );
  }
}

/** Whether it is to be read before others go on: what comes next in it may be earlier. */
function isShort({ held, isMore }: Shard): boolean {
  return held.length === 0 && isMore;
}

/** Reads what comes next of some; resolves with what failed and passes. Rejects with what does not. */
async function fillEach(shards: readonly Shard[]): Promise<unknown[]> {
  const read = await Promise.allSettled(shards.map(fill));
  const failures = read.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  const lasting = failures.find((failure) => !isPassing(failure));
  if (lasting !== undefined) throw lasting;
  return failures;
}

async function fill(shard: Shard): Promise<void> {
  if (shard.held.length > 0) return;
  shard.behind = shard.cursor.id;
  shard.isMore = false;
  shard.held = await shard.cursor.read();
  shard.isMore = shard.held.length > 0;
}

function placeOf({ cursor, held, behind }: Shard): string {
  return held.length === 0 ? cursor.id : behind;
}

function timeOf({ held }: Shard): number {
  return held[0]?.at ?? Number.POSITIVE_INFINITY;
}
