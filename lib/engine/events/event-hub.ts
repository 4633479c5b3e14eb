import type { Clock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import type { Keyring } from '../../keyring.ts';
import { every, type Loop } from '../../loop.ts';
import { overMany } from '../../over-many.ts';
import { companionClient } from '../connections.ts';
import { queueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';
import type { Bell } from './bell.ts';
import { EventCursor } from './event-cursor.ts';
import { EventFeed } from './event-feed.ts';
import { type EventId, isBefore } from './event-id.ts';
import { type EventLogDeps, listen, readLog } from './event-log.ts';
import { LogReader } from './log-reader.ts';

/** What the hub works with. */
export interface EventHubDeps {
  /** The connection for commands; it knows the scripts. */
  client: RedisClient;
  prefix: string;
  clock: Clock;
  /** By what encrypted jobs are opened; default nothing. */
  keyring?: Keyring | null;
}

/** Whose events are wanted, from where on, and who is told that there is more. */
export interface ListenOrder {
  queue: string;
  /** Null for what comes from now on. */
  since: EventId | null;
  bell: Bell;
}

/** It is said so often that somebody listens. */
const RENEW_MS = 30_000;

/**
 * All who listen to the events of queues in this process: each log is read once for all of them, over one connection,
 * which the first opens and the last closes. In a cluster each queue has a connection of its own.
 */
export class EventHub {
  readonly #deps: EventHubDeps;
  readonly #feeds = new Map<string, EventFeed>();
  /** By queue in a cluster, else one under ''. */
  readonly #readers = new Map<string, LogReader>();
  readonly #closing = new Set<Promise<void>>();
  #renewing: Loop | null = null;
  #isClosed = false;

  constructor(deps: EventHubDeps) {
    this.#deps = deps;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Begins to listen; rejects with what Redis says when that cannot be. */
  async open({ queue, since, bell }: ListenOrder): Promise<EventCursor> {
    const log = this.#logOf(queue);
    const newest = await listen(log);
    if (this.#isClosed) throw new ApiaryError('QUEUE_CLOSED', 'the inspector is closed');
    const feed = this.#feeds.get(queue) ?? this.#start(queue, log, newest);
    feed.join(bell);
    const onClose = (): void => {
      feed.leave(bell);
      if (!feed.isHeard) this.#end(feed);
    };
    return new EventCursor(
      { feed, readLog: (after, most) => readLog(log, after, most), onClose },
      newest,
      since,
    );
  }

  /** Ends all, with their connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const feed of this.#feeds.values()) {
      feed.fail(new ApiaryError('QUEUE_CLOSED', 'the inspector is closed'));
      this.#end(feed);
    }
    await Promise.all(this.#closing);
  }

  #start(queue: string, { keys }: EventLogDeps, at: EventId): EventFeed {
    const { clock } = this.#deps;
    const feed = new EventFeed({ queue, key: keys.eventLog, at, keyring: keys.keyring });
    this.#feeds.set(queue, feed);
    this.#readerOf(queue).add(feed);
    const onError = (): void => undefined;
    this.#renewing ??= every({ intervalMs: RENEW_MS, runOnce: () => this.#renew(), onError, clock });
    return feed;
  }

  #end(feed: EventFeed): void {
    if (this.#feeds.get(feed.queue) !== feed) return;
    this.#feeds.delete(feed.queue);
    const name = this.#readerName(feed.queue);
    const reader = this.#readers.get(name);
    reader?.remove(feed);
    if (reader?.isIdle) {
      this.#readers.delete(name);
      const closing = reader.close().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
    if (this.#feeds.size > 0) return;
    this.#renewing?.stop().catch(() => undefined);
    this.#renewing = null;
  }

  /** Where Redis is away the next time makes up for it. */
  async #renew(): Promise<void> {
    const { clock } = this.#deps;
    await overMany([...this.#feeds.values()], (feed) => this.#renewOne(feed), { clock });
  }

  async #renewOne(feed: EventFeed): Promise<void> {
    const { tail } = feed;
    const newest = await listen(this.#logOf(feed.queue));
    if (isBefore(newest, tail)) feed.restart(newest);
  }

  #readerOf(queue: string): LogReader {
    const name = this.#readerName(queue);
    const known = this.#readers.get(name);
    if (known) return known;
    const { client, clock } = this.#deps;
    const reader = new LogReader({ blocking: companionClient(client, 'events').client, clock });
    this.#readers.set(name, reader);
    return reader;
  }

  #readerName(queue: string): string {
    return this.#deps.client.isCluster ? queue : '';
  }

  #logOf(queue: string): EventLogDeps {
    const { client, prefix, keyring = null } = this.#deps;
    return { client, keys: queueKeys(prefix, queue, client.isCluster, keyring) };
  }
}
