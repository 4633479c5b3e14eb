import type { RedisClient } from '../scripts.ts';
import type { CancelReasons } from '../session/session.ts';

/** What a cancel listener works with. */
export interface CancelListenerDeps {
  /** A connection in subscriber mode. */
  subscriber: RedisClient;
  /** The channel on which cancelled jobs are named. */
  channel: string;
  /** Told of a job that was cancelled while some worker ran it, and why, where that was said. */
  onCancel: (id: string, reasons: CancelReasons) => void;
  onTrouble: (error: unknown) => void;
}

/** How a message begins that has a reason, behind which the id comes once more by itself. */
const REASONED = '\u0001';
const NO_REASON: CancelReasons = new Map();

/**
 * Hears at once of running jobs that were cancelled. What it misses, the look for dead workers finds within a second or
 * so: the cancelled jobs are noted in Redis too.
 */
export class CancelListener {
  readonly #deps: CancelListenerDeps;

  constructor(deps: CancelListenerDeps) {
    this.#deps = deps;
  }

  /** Starts; to be called once. It ends with its connection. */
  start(): void {
    const { subscriber, channel, onTrouble } = this.#deps;
    subscriber.on('message', this.#onMessage);
    subscriber.subscribe(channel).catch((error) => {
      if (subscriber.status !== 'end') onTrouble(error);
    });
  }

  readonly #onMessage = (channel: string, message: string): void => {
    if (channel !== this.#deps.channel) return;
    const [id, reason] = readReasoned(message);
    this.#deps.onCancel(id, reason === null ? NO_REASON : new Map([[id, reason]]));
  };
}

/** Whoever may publish there may send anything: what has no reason that can be read is taken for an id. */
function readReasoned(message: string): [id: string, reason: string | null] {
  if (!message.startsWith(REASONED)) return [message, null];
  try {
    const read: unknown = JSON.parse(message.slice(REASONED.length));
    const [id, reason]: unknown[] = Array.isArray(read) ? read : [];
    if (typeof id === 'string' && typeof reason === 'string') return [id, reason];
  } catch {
    // It is an id that nobody here has.
  }
  return [message, null];
}
