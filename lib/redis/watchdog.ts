import { type Cluster, Command, type Redis } from 'ioredis';
import { systemClock } from '../clock.ts';
import type { RedisClient } from './redis-client.ts';

/** How patient a watchdog is, in ms. */
export interface Patience {
  /** The pause between two looks at all connections. */
  tickMs: number;
  /** A connection on which nothing is asked is asked for a sign of life after this long. */
  idleMs: number;
  /** Without an answer for this long, a node of a cluster is doubted: the others are asked who serves its slots. */
  doubtMs: number;
  /** Without an answer for this long, the peer is taken to be gone. */
  silenceMs: number;
}

/**
 * A script holds Redis up for five seconds before others are answered BUSY, which is an answer: a silence has to be
 * longer, or a Redis that is only slow would be left. All together stay under ten seconds.
 */
const PATIENCE: Patience = { tickMs: 500, idleMs: 2_500, doubtMs: 2_000, silenceMs: 5_500 };

/** What is known of one socket. */
interface Heard {
  stream: Redis['stream'];
  bytesRead: number;
  bytesUnsent: number;
  /** Whether an answer is waited for. */
  isAsked: boolean;
  /** How long there was no sign of life: since the question, or since the last answer while nothing is asked. */
  silentMs: number;
}

/**
 * Finds out that the peer of a connection is gone although no end of it came: the host vanished, the process hangs, a
 * firewall forgot the connection. Then the socket is destroyed, which to ioredis is an outage as any other: it connects
 * anew, asks Sentinel or the cluster who serves now, and sends what has no answer there.
 *
 * One rule for all connections: an answer is waited for and not one byte came for some seconds. Where the question is
 * one that blocks, its own limit comes on top; one that blocks for ever cannot be watched. Where nothing is asked, a
 * PING is. One timer looks at counters of all connections; no command costs anything more.
 */
export class Watchdog {
  readonly #patience: Patience;
  readonly #clients = new Set<RedisClient>();
  readonly #heard = new WeakMap<Redis, Heard>();
  #timer: NodeJS.Timeout | null = null;
  #lookedAt = 0;

  /** Default: it finds out within ten seconds. */
  constructor(patience: Patience = PATIENCE) {
    this.#patience = patience;
  }

  /** Watches a connection, or all those of a cluster, from its first try to its end. To be called as it is made. */
  watch(client: RedisClient): void {
    client.on('connecting', () => this.#add(client));
    client.on('end', () => this.#remove(client));
  }

  #add(client: RedisClient): void {
    this.#clients.add(client);
    if (this.#timer) return;
    this.#lookedAt = systemClock.elapsed();
    this.#timer = setInterval(() => this.#look(), this.#patience.tickMs);
    this.#timer.unref();
  }

  #remove(client: RedisClient): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    const now = systemClock.elapsed();
    // While this process did nothing, answers may have come that it has not read: that time is no silence.
    const passedMs = Math.min(now - this.#lookedAt, 2 * this.#patience.tickMs);
    this.#lookedAt = now;
    for (const client of this.#clients) {
      if (!('nodes' in client)) this.#lookAt(client, passedMs, () => undefined);
      // Who is asked where the slots are tells of a failover before the doubt has become certainty.
      else for (const node of nodesOf(client)) this.#lookAt(node, passedMs, () => client.refreshSlotsCache());
    }
  }

  #lookAt(redis: Redis, passedMs: number, doubt: () => void): void {
    const { stream, status } = redis;
    if (!stream || stream.destroyed || (status !== 'connect' && status !== 'ready')) return;
    const { idleMs, doubtMs, silenceMs } = this.#patience;
    const question = redis.commandQueue.peekFront()?.command;
    const silentMs = this.#silentMs(redis, question !== undefined, passedMs);
    if (!question) {
      // The next looks see whether there is an answer. A connection that may not ask is answered all the same.
      if (silentMs >= idleMs && status === 'ready') redis.ping().catch(() => undefined);
      return;
    }
    const blocksMs = question instanceof Command ? question.extractBlockingTimeout() : undefined;
    if (blocksMs === 0) return;
    const waitedMs = silentMs - (blocksMs ?? 0);
    if (waitedMs >= silenceMs) stream.destroy(new PeerGone(silentMs));
    else if (waitedMs >= doubtMs) doubt();
  }

  #silentMs(redis: Redis, isAsked: boolean, passedMs: number): number {
    const { stream } = redis;
    const { bytesRead, writableLength: bytesUnsent } = stream;
    const known = this.#heard.get(redis);
    const isStill = known?.stream === stream && known.isAsked === isAsked && known.bytesRead === bytesRead;
    // What goes out bit by bit is taken in by somebody.
    const silentMs = isStill && bytesUnsent >= known.bytesUnsent ? known.silentMs + passedMs : 0;
    this.#heard.set(redis, { stream, bytesRead, bytesUnsent, isAsked, silentMs });
    return silentMs;
  }
}

/** Watches all connections of the process. */
export const watchdog = new Watchdog();

/** A peer that says nothing any more. */
class PeerGone extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(silentMs: number) {
    super(`Redis has not answered for ${Math.round(silentMs)} ms`);
  }
}

/** Those that ioredis keeps to the nodes, and the one that listens. */
function nodesOf(cluster: Cluster): Redis[] {
  const subscriber: Redis | null = cluster['subscriber'].getInstance();
  return subscriber ? [...cluster.nodes(), subscriber] : cluster.nodes();
}
