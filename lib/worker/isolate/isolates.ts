import { availableParallelism } from 'node:os';
import type { BoundHandler } from '../../jobs/define.ts';
import type { Isolation } from '../../jobs/isolation.ts';
import type { Logger, LogLevel } from '../../logger.ts';
import { Pool } from './pool.ts';

const OFTEN_SILENT: readonly LogLevel[] = ['trace', 'debug'];

/** The pools of a worker, one for each of its handlers that is isolated. */
export class Isolates {
  readonly #pools = new Map<Isolation, Pool>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Lets a handler that is isolated run in a pool; another is returned as it is. */
  bind(handler: BoundHandler): BoundHandler {
    const { isolation } = handler;
    if (!isolation) return handler;
    const pool = this.#pool(isolation);
    this.#pools.set(isolation, pool);
    return { ...handler, run: (data, ctx) => pool.run(data, ctx) };
  }

  /** The pool of a handler; undefined for one that is not isolated. */
  poolOf({ isolation }: BoundHandler): Pool | undefined {
    return isolation && this.#pools.get(isolation);
  }

  /** Starts one of each pool; ends all, and rejects with HANDLER_INVALID, where a module cannot be loaded. */
  async open(): Promise<void> {
    try {
      await Promise.all([...this.#pools.values()].map((pool) => pool.open()));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Ends all, whatever runs there; resolves when they have ended. */
  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  #pool(isolation: Isolation): Pool {
    const log = this.#log;
    const silent = OFTEN_SILENT.filter((level) => log.writes?.(level) === false);
    const size = isolation.poolSize ?? availableParallelism();
    return new Pool({ isolation, log, silent, size });
  }
}
