import type { Clock } from '../clock.ts';
import { Bell } from '../engine/events/bell.ts';
import type { EventCursor } from '../engine/events/event-cursor.ts';
import type { EventHub } from '../engine/events/event-hub.ts';
import { BEGINNING, type EventId } from '../engine/events/event-id.ts';
import type { QueueEvent } from '../engine/events/queue-event.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { tell } from '../engine/tell-callers.ts';
import { isPassing } from '../errors.ts';
import { every, type Loop } from '../loop.ts';
import type { EventPlace } from './event-place.ts';
import type { QueueShards } from './queue-shards.ts';
import { type EventReader, ShardEvents } from './shard-events.ts';

/** What a stream of events works with. */
export interface EventStreamDeps {
  hub: EventHub;
  client: RedisClient;
  clock: Clock;
  shards: Pick<QueueShards, 'namesOf' | 'namesOfEach'>;
  /** Whether a queue whose log cannot be read is dropped; default: it ends the stream. */
  skipsBroken?: boolean;
}

/** While Redis is away the log is asked for again after this long, in ms. */
const AGAIN_MS = 1_000;
/** It is looked so often whether a queue has more shards, as workers do. What is told there meanwhile is kept. */
const LOOK_MS = 5_000;

/** Events of one queue or several, in the order of each, as they come. */
export class EventStream {
  readonly #deps: EventStreamDeps;
  readonly #bell = new Bell();
  readonly #readers = new Map<string, EventReader>();
  #looking: Loop | null = null;
  #isClosed = false;

  constructor(deps: EventStreamDeps) {
    this.#deps = deps;
  }

  /** The queues that are listened to. */
  get queues(): string[] {
    return [...this.#readers.keys()];
  }

  /** The id of the event of a queue behind which it goes on; null for a queue that is not listened to. */
  idOf(queue: string): string | null {
    return this.#readers.get(queue)?.id ?? null;
  }

  /** Listens to a further queue, to all its shards; rejects with what Redis says when that cannot be. */
  async add(queue: string, since: EventPlace | null): Promise<void> {
    const { client, shards } = this.#deps;
    const behind = (at: number): EventId | null => (since === null ? null : (since[at] ?? BEGINNING));
    // The first shard is listened to at once: what is added there behind this call, by the same client, is heard.
    const home = this.#open([queue], behind);
    const others = tell(client, shards.namesOf(queue)).then(([, ...names]) =>
      this.#open(names, (at) => behind(at + 1)),
    );
    const cursors = await allOrNone([home, others]);
    if (this.#isClosed || this.#readers.has(queue)) return closeAll(cursors);
    const [only] = cursors;
    this.#readers.set(queue, only && cursors.length === 1 ? only : new ShardEvents(queue, cursors));
    this.#bell.ring();
    this.#look();
  }

  /** Listens no more to a queue. */
  drop(queue: string): void {
    this.#readers.get(queue)?.close();
    this.#readers.delete(queue);
  }

  /**
   * Waits for what comes next; resolves with none when the signal aborts, or the inspector closes. While Redis is away
   * it goes on waiting. Rejects when the log of a queue cannot be read.
   */
  async next(signal: AbortSignal): Promise<QueueEvent[]> {
    for (;;) {
      const events: QueueEvent[] = [];
      for (const reader of this.#readers.values()) {
        if (signal.aborted || this.#deps.hub.isClosed) return [];
        events.push(...(await this.#read(reader, signal)));
      }
      if (events.length > 0 || signal.aborted || this.#deps.hub.isClosed) return events;
      await this.#bell.heard(signal);
    }
  }

  /** Ends it. Harmless twice. */
  close(): void {
    this.#isClosed = true;
    this.#looking?.stop().catch(() => undefined);
    for (const queue of this.queues) this.drop(queue);
    this.#bell.ring();
  }

  async #read(reader: EventReader, signal: AbortSignal): Promise<QueueEvent[]> {
    const { client, clock } = this.#deps;
    try {
      return await tell(client, reader.read());
    } catch (error) {
      if (this.#deps.skipsBroken && !isPassing(error)) this.drop(reader.queue);
      else if (!isPassing(error)) throw error;
      await clock.sleep(AGAIN_MS, signal);
      this.#bell.ring();
      return [];
    }
  }

  #open(shards: readonly string[], since: (at: number) => EventId | null): Promise<EventCursor[]> {
    const { hub, client } = this.#deps;
    return allOrNone(
      shards.map(async (queue, at) => [
        await tell(client, hub.open({ queue, since: since(at), bell: this.#bell })),
      ]),
    );
  }

  #look(): void {
    const runOnce = (): Promise<void> => this.#widen();
    const { clock } = this.#deps;
    // The next look makes up for one that fails.
    this.#looking ??= every({ intervalMs: LOOK_MS, clock, runOnce, onError: () => undefined });
  }

  /** Goes on with those shards too that queues were given meanwhile, from the beginning of their logs. */
  async #widen(): Promise<void> {
    for (const [queue, names] of await this.#deps.shards.namesOfEach(this.queues)) {
      const before = this.#readers.get(queue);
      const width = before instanceof ShardEvents ? before.width : 1;
      if (!before || names.length <= width) continue;
      const cursors = await this.#open(names.slice(width), () => BEGINNING);
      if (this.#readers.get(queue) !== before) closeAll(cursors);
      else if (before instanceof ShardEvents) before.join(cursors);
      else this.#readers.set(queue, new ShardEvents(queue, [before, ...cursors]));
      this.#bell.ring();
    }
  }
}

function closeAll(cursors: readonly EventCursor[]): void {
  for (const cursor of cursors) cursor.close();
}

/** All cursors that are opened, or none where one cannot be. */
async function allOrNone(opening: readonly Promise<EventCursor[]>[]): Promise<EventCursor[]> {
  const opened = await Promise.allSettled(opening);
  if (opened.some(({ status }) => status === 'rejected'))
    for (const one of opened) if (one.status === 'fulfilled') closeAll(one.value);
  return (await Promise.all(opening)).flat();
}
