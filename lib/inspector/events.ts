import { checkOptions, mapOption, optionThat } from '../check-options.ts';
import { EventHub, type EventHubDeps } from '../engine/events/event-hub.ts';
import { areRecorded, recordEvents } from '../engine/events/event-log.ts';
import type { QueueEvent } from '../engine/events/queue-event.ts';
import { tell } from '../engine/tell-callers.ts';
import { ApiaryError } from '../errors.ts';
import { iterateEvents } from './event-iterator.ts';
import { type EventPlace, parseEventPlace } from './event-place.ts';
import { EventStream, type EventStreamDeps } from './event-stream.ts';
import type { QueueRooms } from './queue-rooms.ts';

export { QUEUE_EVENTS, type QueueEvent, type QueueEventName } from '../engine/events/queue-event.ts';
export type { EventStream } from './event-stream.ts';

/** Which events of one queue are wanted. */
export interface QueueEventsOptions {
  /** The id of an event: those after it come first. Default: what happens from now on. */
  since?: string;
  /** Ends the loop. */
  signal?: AbortSignal;
}

/** Which events of all queues are wanted. */
export interface AllEventsOptions {
  /** By queue the id of an event of it, as for one queue. */
  since?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** What listening works with. */
export interface InspectorEventsDeps extends EventHubDeps, Pick<EventStreamDeps, 'shards'> {
  rooms: Pick<QueueRooms, 'each'>;
  /** The names of all queues. */
  queueNames: () => Promise<readonly string[]>;
}

/**
 * What happens in queues, as it happens and whichever process does it:
 * `for await (const event of inspector.events('mail'))`.
 *
 * Events of a queue come in their order, each once. Behind `since` come those that the log of the queue still has,
 * about the last 10,000; where some are missing, an event `gap` says so. While Redis is away the loop waits, and goes
 * on where it was. It ends with `break`, with the signal, and when the inspector closes.
 *
 * Events are written for as long as somebody listens and five minutes longer, unless `record` has them written for
 * good. Rejects with JOB_INVALID for options that cannot be, and as any call when it cannot begin.
 */
export interface InspectorEvents {
  /** Listens to one queue. */
  (queue: string, options?: QueueEventsOptions): AsyncIterableIterator<QueueEvent>;
  /** Listens to all queues, up to 1,000; one that comes into being is heard some seconds later. */
  (options?: AllEventsOptions): AsyncIterableIterator<QueueEvent>;
  /** Has the events of a queue written for good, or no longer than somebody listens. */
  record(queue: string, isOn: boolean): Promise<void>;
  /** Whether the events of a queue are written for good. */
  areRecorded(queue: string): Promise<boolean>;
  /**
   * Opens the events of a queue behind the one with that id, null for those from now on, as many at a time as there
   * are.
   */
  open(queue: string, since: string | null): Promise<EventStream>;
  /** Ends all that listen. */
  close(): Promise<void>;
}

const eventId = optionThat('must be the id of an event, like 1795473390607-57', (value) => {
  return typeof value === 'string' && parseEventPlace(value) !== null;
});
const signal = optionThat('must be an AbortSignal', (value) => value instanceof AbortSignal);
const OF_ONE = { since: eventId.optional(), signal: signal.optional() };
const OF_ALL = { since: mapOption(eventId).optional(), signal: signal.optional() };
/** Queues that come into being are looked for so often. */
const LOOK_MS = 2_000;
const MOST_QUEUES = 1_000;

/** Makes what an inspector listens by. */
export function inspectorEvents(deps: InspectorEventsDeps): InspectorEvents {
  const { client, rooms } = deps;
  const parts = { ...deps, hub: new EventHub(deps) };
  const call = (
    first: string | AllEventsOptions = {},
    options: QueueEventsOptions = {},
  ): AsyncIterableIterator<QueueEvent> =>
    typeof first === 'string' ? ofOne(parts, first, options) : ofAll(parts, first);
  return Object.assign(call, {
    record: async (queue: string, isOn: boolean) => {
      await tell(
        client,
        rooms.each(queue, (room) => recordEvents(room, isOn)),
      );
    },
    areRecorded: (queue: string) =>
      tell(client, rooms.each(queue, areRecorded)).then((parts) => !parts.includes(false)),
    open: async (queue: string, since: string | null) => {
      const stream = new EventStream(parts);
      await stream.add(queue, since === null ? null : parseEventPlace(since));
      return stream;
    },
    close: () => parts.hub.close(),
  });
}

interface Parts extends InspectorEventsDeps {
  hub: EventHub;
}

function ofOne(parts: Parts, queue: string, options: QueueEventsOptions): AsyncIterableIterator<QueueEvent> {
  checkOptions('inspector.events', OF_ONE, options, 'JOB_INVALID');
  const since = options.since === undefined ? null : parseEventPlace(options.since);
  return iterateEvents(new EventStream(parts), options.signal, (stream) => stream.add(queue, since));
}

function ofAll(parts: Parts, options: AllEventsOptions): AsyncIterableIterator<QueueEvent> {
  checkOptions('inspector.events', OF_ALL, options, 'JOB_INVALID');
  const since = new Map(
    Object.entries(options.since ?? {}).map(([queue, id]) => [queue, parseEventPlace(id)]),
  );
  const all = new EventStream({ ...parts, skipsBroken: true });
  return iterateEvents(all, options.signal, async (stream, over) => {
    const names = await tell(parts.client, parts.queueNames());
    if (names.length > MOST_QUEUES) throw tooMany(names.length);
    await join(stream, names, since);
    goOnLooking(parts, { stream, since, over });
  });
}

type Since = ReadonlyMap<string, EventPlace | null>;

async function goOnLooking(
  { clock, queueNames }: Parts,
  { stream, since, over }: { stream: EventStream; since: Since; over: AbortSignal },
): Promise<void> {
  for (;;) {
    await clock.sleep(LOOK_MS, over);
    if (over.aborted) return;
    const names = await queueNames().catch(() => null);
    if (names === null) continue;
    for (const gone of stream.queues.filter((queue) => !names.includes(queue))) stream.drop(gone);
    await join(stream, names.slice(0, MOST_QUEUES), since);
  }
}

/** A queue that cannot be listened to, as a key of it is not what it should be, hides no other. */
async function join(stream: EventStream, names: readonly string[], since: Since): Promise<void> {
  const known = new Set(stream.queues);
  const fresh = names.filter((name) => !known.has(name));
  await Promise.all(fresh.map((queue) => stream.add(queue, since.get(queue) ?? null).catch(() => undefined)));
}

function tooMany(count: number): ApiaryError {
  const message = `there are ${count} queues, and at most ${MOST_QUEUES} can be listened to at once: name one`;
  return new ApiaryError('JOB_INVALID', message);
}
