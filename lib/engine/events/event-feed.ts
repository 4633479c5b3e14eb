import type { Keyring } from '../../keyring.ts';
import type { Bell } from './bell.ts';
import { type EventId, isBefore } from './event-id.ts';
import type { LogEntry } from './queue-event.ts';

/** How many entries are kept for those who are a little behind; who is further behind reads the log by himself. */
const KEPT = 1_000;

/** Of which log it is, and behind which entry it begins. */
export interface NewFeed {
  queue: string;
  key: string;
  at: EventId;
  keyring?: Keyring | null;
}

/** What this process has read of the log of one queue, for all who listen to it here. */
export class EventFeed {
  readonly queue: string;
  readonly key: string;
  /** By what encrypted jobs are opened; null for nothing. */
  readonly keyring: Keyring | null;
  readonly #bells = new Set<Bell>();
  #entries: LogEntry[] = [];
  /** What came right before the first entry that is kept. */
  #start: EventId;
  #tail: EventId;
  #restarts = 0;
  #failure: unknown = null;

  /** It begins behind an entry of the log. */
  constructor({ queue, key, at, keyring = null }: NewFeed) {
    this.queue = queue;
    this.keyring = keyring;
    this.key = key;
    this.#start = at;
    this.#tail = at;
  }

  /** The newest entry that was read. */
  get tail(): EventId {
    return this.#tail;
  }

  /** How often the log has begun anew. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Why it cannot be read; null when it can. */
  get failure(): unknown {
    return this.#failure;
  }

  get isHeard(): boolean {
    return this.#bells.size > 0;
  }

  join(bell: Bell): void {
    this.#bells.add(bell);
  }

  leave(bell: Bell): void {
    this.#bells.delete(bell);
  }

  /** Takes in what came next. */
  push(entries: readonly LogEntry[]): void {
    const fresh = entries.filter(({ id }) => isBefore(this.#tail, id));
    const last = fresh.at(-1);
    if (!last) return;
    this.#entries.push(...fresh);
    this.#tail = last.id;
    const dropped = this.#entries.splice(0, this.#entries.length - KEPT).at(-1);
    if (dropped) this.#start = dropped.id;
    this.#ring();
  }

  /** Takes note that the log is another one now: somebody deleted it, or Redis has lost the end of it. */
  restart(at: EventId): void {
    this.#entries = [];
    this.#start = at;
    this.#tail = at;
    this.#restarts++;
    this.#ring();
  }

  /** Takes note that it cannot be read, which whoever listens is told. */
  fail(failure: unknown): void {
    this.#failure = failure;
    this.#ring();
  }

  /** Up to `most` entries behind one; null when it is further behind than what is kept. */
  after(id: EventId, most: number): readonly LogEntry[] | null {
    if (isBefore(id, this.#start)) return null;
    const from = this.#firstAfter(id);
    return this.#entries.slice(from, from + most);
  }

  #firstAfter(id: EventId): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry && isBefore(id, entry.id)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #ring(): void {
    for (const bell of this.#bells) bell.ring();
  }
}
