import type { Clock } from '../../clock.ts';
import { closeClient } from '../../redis/connect.ts';
import type { RedisClient } from '../scripts.ts';
import type { EventFeed } from './event-feed.ts';
import { eventIdText } from './event-id.ts';
import { type LogEntry, readEntry } from './queue-event.ts';

/** What a reader works with. */
export interface LogReaderDeps {
  /** A connection of its own: while it waits, Redis answers nothing else on it. */
  blocking: RedisClient;
  clock: Clock;
}

/** How long Redis holds a read for which there is nothing: a queue that joins meanwhile has to wait for its end. */
const BLOCK_MS = 500;
/** What happens within this time is read together: each read wakes all who listen. */
const GATHER_MS = 20;
const AFTER_TROUBLE_MS = 1_000;
/** How many entries of each log are read at a time. */
const MOST = 500;

/** Reads the logs of queues as they are written, by one blocking read for all of them. */
export class LogReader {
  readonly #deps: LogReaderDeps;
  readonly #feeds = new Map<string, EventFeed>();
  readonly #closing = new AbortController();
  #running: Promise<void> | null = null;

  constructor(deps: LogReaderDeps) {
    this.#deps = deps;
    // It tries again by itself.
    deps.blocking.on('error', () => undefined);
  }

  get isIdle(): boolean {
    return this.#feeds.size === 0;
  }

  add(feed: EventFeed): void {
    this.#feeds.set(feed.key, feed);
    this.#running ??= this.#run();
  }

  remove(feed: EventFeed): void {
    this.#feeds.delete(feed.key);
  }

  /** Ends it, with its connection. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#feeds.clear();
    await Promise.all([closeClient(this.#deps.blocking), this.#running]);
  }

  async #run(): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#closing;
    while (!signal.aborted && this.#feeds.size > 0) {
      const isMore = await this.#readOnce([...this.#feeds.values()]).catch(() => this.#afterTrouble());
      if (!isMore) await clock.sleep(GATHER_MS, signal);
    }
    this.#running = null;
  }

  /** Resolves with whether there is more. */
  async #readOnce(feeds: readonly EventFeed[]): Promise<boolean> {
    const ids = feeds.map(({ tail }) => eventIdText(tail));
    const keys = feeds.map(({ key }) => key);
    const { blocking } = this.#deps;
    const logs = await blocking.xread('COUNT', MOST, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...ids);
    let isMore = false;
    for (const [key, entries] of logs ?? []) {
      isMore ||= entries.length === MOST;
      const feed = this.#feeds.get(key);
      feed?.push(entries.flatMap(([id, fields]) => entryOf(feed, id, fields)));
    }
    return isMore;
  }

  /** One log that cannot be read, as its key holds something else, must not hide the others. */
  async #afterTrouble(): Promise<false> {
    const { blocking, clock } = this.#deps;
    const { signal } = this.#closing;
    for (const feed of this.#feeds.values()) {
      if (signal.aborted) return false;
      await blocking
        .xread('COUNT', 1, 'STREAMS', feed.key, eventIdText(feed.tail))
        .catch((error: unknown) => {
          if (!signal.aborted && isRefusal(error)) feed.fail(error);
          if (feed.failure !== null) this.#feeds.delete(feed.key);
        });
    }
    await clock.sleep(AFTER_TROUBLE_MS, signal);
    return false;
  }
}

function entryOf(feed: EventFeed, id: string, fields: readonly string[]): LogEntry[] {
  const entry = readEntry(feed, id, fields);
  return entry ? [entry] : [];
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^(WRONGTYPE|NOPERM)/.test(error.message);
}
