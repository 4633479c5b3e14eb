import { lookup } from 'node:dns';
import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { tend } from '../../redis/tend.ts';
import type { RedisClient } from '../scripts.ts';

/** Where a Redis is and who we are there, as another thread is told. */
export type ConnectionFacts =
  | { kind: 'single'; options: Told }
  | { kind: 'cluster'; nodes: ClusterNode[]; natMap: ClusterOptions['natMap']; options: Told };

/** What says where a Redis is and who we are there. All else is how to deal with it. */
const TOLD = [
  ...(['host', 'port', 'path', 'family', 'db', 'username', 'password', 'tls', 'protocol'] as const),
  ...(['sentinels', 'name', 'role', 'natMap', 'sentinelUsername', 'sentinelPassword'] as const),
  ...(['sentinelTLS', 'enableTLSForSentinelMode', 'connectTimeout', 'keepAlive'] as const),
] satisfies readonly (keyof RedisOptions)[];
type Told = Omit<RedisOptions, 'replyMapping' | 'stringNumbers'>;

/** The pause between two tries to connect. */
const RETRY_MS = 500;
/** To ioredis: reconnect, and send again what was refused. */
const RESEND = 2;
const PATIENT = {
  maxRetriesPerRequest: null,
  retryStrategy: () => RETRY_MS,
  // A primary that has become a replica refuses what writes.
  reconnectOnError: ({ message }: Error) => message.startsWith('READONLY') && RESEND,
} satisfies RedisOptions;

/**
 * Describes the connection of a client, so that another thread can make one like it. Null where that cannot be told: a
 * way of connecting, of verifying a certificate or of looking a name up that is a function of the caller's own.
 */
export function connectionFacts(client: RedisClient): ConnectionFacts | null {
  try {
    if (!('nodes' in client)) {
      if (client.options.Connector) return null;
      return structuredClone({ kind: 'single', options: told(client.options) });
    }
    const { redisOptions = {}, natMap, dnsLookup = lookup } = client.options;
    if (dnsLookup !== lookup) return null;
    const nodes = client['startupNodes'];
    return structuredClone({ kind: 'cluster', nodes, natMap, options: told(redisOptions) });
  } catch {
    return null;
  }
}

/** Opens a connection that is described so; it reconnects for ever, and has no error without a listener. */
export function openConnection(facts: ConnectionFacts, connectionName: string): RedisClient {
  const options = { ...facts.options, ...PATIENT, connectionName };
  const client = facts.kind === 'single' ? new Redis(options) : openCluster(facts, options);
  tend(client);
  client.on('error', () => undefined);
  return client;
}

function openCluster(
  { nodes, natMap }: Extract<ConnectionFacts, { kind: 'cluster' }>,
  redisOptions: Told,
): Cluster {
  return new Cluster(nodes, {
    ...(natMap && { natMap }),
    clusterRetryStrategy: () => RETRY_MS,
    redisOptions,
  });
}

function told(options: RedisOptions): Told {
  return Object.fromEntries(
    TOLD.flatMap((name) => (options[name] == null ? [] : [[name, options[name]] as const])),
  );
}
