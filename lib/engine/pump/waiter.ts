import type { Redis } from 'ioredis';
import type { QueueKeys } from '../keys.ts';
import { defineScripts, type RedisClient, runScript, type ScriptReply } from '../scripts.ts';
import type { PickUpCall } from '../session/exchange-calls.ts';

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
 * A wait ends by itself after this long, so that a connection that died silently is noticed: what Redis has not
 * answered some seconds after that it never will.
 */
const WAIT_SECONDS = 3;

/** What a take behind a blocking move says; null when nothing came. */
export type PickedUp = ScriptReply<'pick-up'>;

/**
 * Waits for a job in an empty queue by one blocking move, waiting -> moved, with a take sent right behind it on the
 * same connection: Redis runs that the moment the move ends, so a job is here one way after it was added. Why nothing
 * is lost between the two is in docs/how-it-works.md.
 */
export class Waiter {
  readonly #deps: WaiterDeps;
  #waiting: Promise<PickedUp> | null = null;

  constructor(deps: WaiterDeps) {
    this.#deps = deps;
    defineScripts(deps.blocking);
  }

  /** Resolves with what the take says, or null after some seconds or an interruption. One wait at a time. */
  wait(takes: PickUpCall): Promise<PickedUp> {
    this.#waiting ??= this.#wait(takes).finally(() => {
      this.#waiting = null;
    });
    return this.#waiting;
  }

  async #wait(takes: PickUpCall): Promise<PickedUp> {
    const { blocking, keys } = this.#deps;
    // Both are sent before either is answered.
    const [moved, picked] = await Promise.allSettled([
      blocking.blmove(keys.waiting, keys.moved, 'RIGHT', 'LEFT', WAIT_SECONDS),
      runScript(blocking, takes),
    ]);
    if (picked.status === 'fulfilled' && picked.value) return picked.value;
    if (moved.status === 'rejected') throw moved.reason;
    if (picked.status === 'rejected') throw picked.reason;
    // It came the other way round, as where the slots of a cluster move; or another has taken it, or put it back.
    return moved.value === null ? null : runScript(blocking, takes);
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
