import { Redis } from 'ioredis';
import { coerceError } from '../errors.ts';
import { addressOf } from './address.ts';
import { infoFields } from './info.ts';
import type { RedisTarget } from './url.ts';

const PATIENCE_MS = 5_000;

/** What a server said to the first command of all, or what kept us from asking it. */
export interface FirstLook {
  address: string;
  /** Null when it answers. */
  error: Error | null;
  /** CLUSTER INFO of a node of a cluster; null where it is none, or that may not be read. */
  cluster: ReadonlyMap<string, string> | null;
}

/**
 * Asks a Redis for a sign of life over a connection of its own that is tried once, and that is used also while the
 * server loads its data. Of a cluster it asks the first node. Never rejects.
 */
export async function lookFirst(target: RedisTarget): Promise<FirstLook> {
  const options = target.kind === 'cluster' ? { ...target.options, ...target.nodes[0] } : target.options;
  const client = new Redis({
    ...options,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: null,
    sentinelRetryStrategy: () => null,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
    disconnectTimeout: 0,
  });
  let failed: Error | null = null;
  client.on('error', (error: Error) => {
    failed ??= error;
  });
  const address = addressOf(client);
  try {
    await client.ping();
    const cluster = target.kind === 'cluster' ? await client.cluster('INFO').then(String, () => null) : null;
    return { address, error: null, cluster: cluster === null ? null : infoFields(cluster) };
  } catch (error) {
    return { address, error: failed ?? coerceError(error), cluster: null };
  } finally {
    client.disconnect();
  }
}
