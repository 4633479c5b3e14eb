import type { Clock } from '../../clock.ts';
import type { Keyring } from '../../keyring.ts';
import { every, type Loop } from '../../loop.ts';
import { closeClient, isReady } from '../../redis/connect.ts';
import { companionClient } from '../connections.ts';
import { queueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';
import type { JobEnd } from './job-end.ts';
import { QueueEnds } from './queue-ends.ts';

/** What the watch works with. */
export interface EndWatchDeps {
  /** The connection for commands; it knows the scripts. */
  client: RedisClient;
  prefix: string;
  clock: Clock;
  /** By what encrypted jobs are opened; default nothing. */
  keyring?: Keyring | null;
}

/** A queue in which somebody waits. */
interface Watched {
  ends: QueueEnds;
  channel: string;
}

/** Redis is looked at this often even when nothing was announced: an announcement may be lost without a word. */
const LOOK_MS = 1_500;
/** How long an announcement may take from one node of a cluster to another. */
const CLUSTER_BUS_MS = 500;

/**
 * Tells how jobs end, whichever process runs them. For each queue in which somebody waits it listens to bee-queue's
 * `events` channel, and looks at Redis once it listens: what ended before is found, what ends after is heard. It
 * looks again whenever the connection comes back, and every {@link LOOK_MS}.
 *
 * All waits share one connection, which the first opens and `close` closes.
 */
export class EndWatch {
  readonly #deps: EndWatchDeps;
  /** By channel. */
  readonly #watched = new Map<string, Watched>();
  readonly #closing = new AbortController();
  #subscriber: RedisClient | null = null;
  #looking: Loop | null = null;
  #trouble: unknown = null;

  constructor(deps: EndWatchDeps) {
    this.#deps = deps;
  }

  /** Why the last look at Redis failed; null when it did not. */
  get trouble(): unknown {
    return this.#trouble;
  }

  /** Waits for the end of a job; rejects with JOB_NOT_FOUND when it is not there, or with the reason of the signal. */
  async ended({ queue, id }: { queue: string; id: string }, signal: AbortSignal): Promise<JobEnd> {
    signal.throwIfAborted();
    return this.#endsOf(queue).wait(id, signal);
  }

  /** Closes the connection. Whoever still waits must have been told so by the signal. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#rest();
    if (this.#subscriber) await closeClient(this.#subscriber);
  }

  #endsOf(queue: string): QueueEnds {
    const { client, prefix, clock, keyring = null } = this.#deps;
    const keys = queueKeys(prefix, queue, client.isCluster, keyring);
    const name = keys.events;
    const known = this.#watched.get(name);
    if (known) return known.ends;
    const ends = new QueueEnds({
      client,
      queue,
      keys,
      untilHeard: () => this.#untilHeard(keys.events),
      onIdle: () => this.#forget(name),
      onLook: (trouble) => {
        this.#trouble = trouble;
      },
    });
    const watched = { ends, channel: keys.events };
    this.#watched.set(name, watched);
    this.#listen(watched);
    const runOnce = (): Promise<void> => this.#lookAgain();
    this.#looking ??= every({ intervalMs: LOOK_MS, runOnce, onError: ignore, clock });
    return ends;
  }

  #forget(name: string): void {
    const watched = this.#watched.get(name);
    if (!watched || this.#closing.signal.aborted) return;
    this.#watched.delete(name);
    // Also while the connection is away: else the channel would be subscribed to again when it comes back.
    this.#connection().unsubscribe(watched.channel).catch(ignore);
    if (this.#watched.size === 0) this.#rest();
  }

  /** Looks no more; a look under way is not waited for, as it may have to wait for Redis. */
  #rest(): void {
    this.#looking?.stop().catch(ignore);
    this.#looking = null;
  }

  async #lookAgain(): Promise<void> {
    const looks = [...this.#watched.values()].map((watched) => {
      if (!watched.ends.isListening) this.#listen(watched);
      return watched.ends.look();
    });
    await Promise.all(looks);
  }

  #connection(): RedisClient {
    if (this.#subscriber) return this.#subscriber;
    const { client } = companionClient(this.#deps.client, 'subscriber');
    // It tries again by itself, and until it is back the looks make up for it.
    client.on('error', ignore);
    client.on('message', (name: string, text: string) => this.#watched.get(name)?.ends.hear(text));
    client.on('ready', () => {
      for (const watched of this.#watched.values()) this.#listen(watched);
    });
    client.on('close', () => {
      for (const { ends } of this.#watched.values()) ends.deaf();
    });
    this.#subscriber = client;
    return client;
  }

  #listen({ ends, channel }: Watched): void {
    const connection = this.#connection();
    if (!isReady(connection)) return;
    // Subscribing anew to what one is subscribed to is harmless, and its answer says: from here on we hear.
    connection.subscribe(channel).then(() => ends.listening(), ignore);
  }

  /** Announcements and answers come in the order in which Redis sent them. */
  async #untilHeard(channel: string): Promise<void> {
    const { client, clock } = this.#deps;
    await this.#connection().subscribe(channel).catch(ignore);
    if (client.isCluster) await clock.sleep(CLUSTER_BUS_MS, this.#closing.signal);
  }
}

function ignore(): void {}
