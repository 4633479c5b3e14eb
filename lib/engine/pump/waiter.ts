import type { Redis } from 'ioredis';
import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';

/** What a waiter works with. */
export interface WaiterDeps {
  /** A connection of its own: while it waits, Redis answers nothing else on it. */
  blocking: RedisClient;
  /** Any other connection, to end a wait from outside. */
  commands: RedisClient;
  keys: QueueKeys;
  /** The name of the blocking connection as Redis lists it; unique. */
  connectionName: string;
}

/**
 * A wait ends by itself after this long, so that a connection that died silently is noticed: what Redis has not answered
 * some seconds after that it never will.
 */
const WAIT_SECONDS = 3;

/**
 * Waits for a job in an empty queue by one blocking move, waiting -> active. The moved id is not claimed yet: the
 * take script does that, and a moved id that is never claimed is returned as an orphan.
 */
export class Waiter {
  readonly #deps: WaiterDeps;
  #waiting: Promise<string | null> | null = null;

  constructor(deps: WaiterDeps) {
    this.#deps = deps;
  }

  /** Resolves with the id that was moved, or null after some seconds or an interruption. One wait at a time. */
  wait(): Promise<string | null> {
    const { blocking, keys } = this.#deps;
    this.#waiting ??= blocking
      .blmove(keys.waiting, keys.active, 'RIGHT', 'LEFT', WAIT_SECONDS)
      .finally(() => {
        this.#waiting = null;
      });
    return this.#waiting;
  }

  /**
   * Ends a wait without losing what it may just have moved: Redis itself ends it. Dropping the connection instead
   * would strand an id whose reply is on its way. Does nothing when nothing waits.
   */
  async interrupt(): Promise<void> {
    if (!this.#waiting) return;
    const { commands, connectionName } = this.#deps;
    for (const node of nodesOf(commands)) {
      const list = String(await node.call('CLIENT', 'LIST', 'TYPE', 'normal'));
      const line = list.split('\n').find((entry) => entry.includes(` name=${connectionName} `));
      const id = line?.match(/^id=(\d+) /)?.[1];
      if (id !== undefined) await node.call('CLIENT', 'UNBLOCK', id);
    }
  }
}

function nodesOf(client: RedisClient): Redis[] {
  return 'nodes' in client ? client.nodes('master') : [client];
}
