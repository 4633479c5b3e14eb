import { Redis, type RedisOptions } from 'ioredis';
import { watchdog } from './watchdog.ts';

/** What Sentinel says when another server has become the primary: `<name> <old ip> <old port> <new ip> <new port>`. */
const SWITCHED = '+switch-master';
const MOST_RETRY_MS = 2_000;
const FIRST_RETRY_MS = 200;

/** The primary that Sentinels have named anew. */
interface Primary {
  host: string;
  port: number;
}

const watches = new Map<string, FailoverWatch>();

/**
 * Makes a connection through Sentinel leave its server at the moment at which the Sentinels name another primary, and
 * ask them anew. A primary that hung and comes back would otherwise take, and acknowledge, what had been sent to it
 * before it is told that it is none any more, and lose it.
 *
 * All connections of a process to one primary share one watch: a connection to each Sentinel of the address.
 */
export function leaveAtFailover(client: Redis): void {
  const { sentinels, name } = client.options;
  if (!sentinels || !name) return;
  const key = JSON.stringify([name, sentinels, client.options.sentinelUsername]);
  client.on('connecting', () => {
    const watch = watches.get(key) ?? new FailoverWatch(client.options);
    watches.set(key, watch);
    watch.add(client);
  });
  client.on('end', () => {
    if (watches.get(key)?.remove(client)) watches.delete(key);
  });
}

/** Listens to all Sentinels of one primary on behalf of those who are connected to it. */
class FailoverWatch {
  readonly #clients = new Set<Redis>();
  readonly #sentinels: Redis[];

  constructor(options: RedisOptions) {
    const { sentinels = [], name } = options;
    this.#sentinels = sentinels.map((address) => listener(address, options));
    for (const sentinel of this.#sentinels) {
      sentinel.on('message', (_channel: string, text: string) => {
        const [named, , , host = '', port] = text.split(' ');
        if (named === name) this.#leaveFor({ host, port: Number(port) });
      });
    }
  }

  add(client: Redis): void {
    this.#clients.add(client);
  }

  /** Lets go of a connection; true when it was the last, and nobody listens any more. */
  remove(client: Redis): boolean {
    if (!this.#clients.delete(client) || this.#clients.size > 0) return false;
    for (const sentinel of this.#sentinels) sentinel.disconnect();
    return true;
  }

  #leaveFor({ host, port }: Primary): void {
    for (const { stream } of this.#clients) {
      // Destroyed rather than ended: what the old primary still answers must not be taken for done.
      if (stream && !(stream.remoteAddress === host && stream.remotePort === port))
        stream.destroy(new Switched());
    }
  }
}

/**
 * Where Sentinel is a name behind an address translation this may end a connection to the right one, which is opened
 * again.
 */
class Switched extends Error {
  readonly code = 'FAILOVER';

  constructor() {
    super('Sentinel has named another primary');
  }
}

type Address = NonNullable<RedisOptions['sentinels']>[number];

function listener(
  { host = 'localhost', port = 26379, family = 0 }: Partial<Address>,
  options: RedisOptions,
): Redis {
  const { sentinelUsername, sentinelPassword, sentinelTLS } = options;
  const sentinel = new Redis({
    ...{ host, port, family, connectionName: 'apiary:failover' },
    ...(sentinelUsername && { username: sentinelUsername }),
    ...(sentinelPassword && { password: sentinelPassword }),
    ...(sentinelTLS && { tls: sentinelTLS }),
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
    connectTimeout: 5_000,
    disconnectTimeout: 400,
    retryStrategy: (tries) => Math.min(MOST_RETRY_MS, FIRST_RETRY_MS * tries),
  });
  // Who cannot listen finds the new primary all the same, when the old one does not answer.
  sentinel.on('error', () => undefined);
  sentinel.subscribe(SWITCHED).catch(() => undefined);
  watchdog.watch(sentinel);
  return sentinel;
}
