import { AsyncLocalStorage } from 'node:async_hooks';
import { coerceError } from '../errors.ts';
import type { Middleware } from '../jobs/define.ts';
import type { Logger } from '../logger.ts';
import type { JobFacts } from './events.ts';

/** The attempt that something comes from. */
interface Origin {
  facts: JobFacts;
  /** Ends the attempt as if its handler had thrown this; does nothing when it has ended. */
  fail: (thrown: unknown) => void;
}

/**
 * Knows of whatever runs from which attempt it comes, also in the timers, promises and sockets that a handler leaves
 * behind. Node follows each promise of the process for it, so it is made only where asked for.
 */
export class ErrorOrigins {
  readonly #storage = new AsyncLocalStorage<Origin>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** To be the outermost around every handler. */
  readonly middleware: Middleware = (next) => (data, ctx) => {
    const { queue, type, id, attempt } = ctx;
    const origin: Origin = { facts: { queue, type, id, attempt }, fail: () => undefined };
    return this.#storage.run(origin, () => {
      const running = next(data, ctx);
      if (!(running instanceof Promise)) return running;
      return new Promise((resolve, reject) => {
        origin.fail = reject;
        running.then(resolve, reject);
      });
    });
  };

  /** The attempt that the caller's turn of the event loop comes from, or null. */
  readonly current = (): JobFacts | null => this.#storage.getStore()?.facts ?? null;

  /**
   * Fails the attempt that the caller's turn of the event loop comes from, as an `uncaughtException` does; returns
   * which one it is, or null.
   */
  fail(thrown: unknown): JobFacts | null {
    const origin = this.#storage.getStore();
    if (!origin) return null;
    const facts = { ...origin.facts, err: coerceError(thrown) };
    this.#log.error('a job left an error that nobody handled; its attempt fails', facts);
    origin.fail(thrown);
    return origin.facts;
  }
}
