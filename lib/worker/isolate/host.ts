import type { ToIsolate } from './message.ts';

/** How a thread or process ended. */
export interface HostEnd {
  /** In words, as `with code 1`. */
  how: string;
  /** What it threw, where that is known. */
  error: unknown;
}

/** A thread or process that runs handlers, as the worker sees it. */
export interface Host {
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<HostEnd>;
  /** Sends a message, or nothing when it has ended. Throws what says so for what cannot be cloned. */
  send(message: ToIsolate): void;
  /** Ends it at once, whatever it does. Harmless twice. */
  kill(): void;
  /** Reads how much memory it has, in MiB; null where nobody can tell, or Node keeps it within its limit. */
  memoryMb(): Promise<number | null>;
}
