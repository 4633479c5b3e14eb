import { infoFields, infoNumber } from '../../../redis/info.ts';

/** What is shown of Redis; null for what it does not say. */
export interface RedisFacts {
  /** As `Redis 7.4.1` or `Valkey 8.0.2`. */
  server: string | null;
  usedBytes: number | null;
  /** Null also where there is no limit but the machine's. */
  mostBytes: number | null;
  clients: number | null;
  uptimeMs: number | null;
  /** Whether it is one node of a cluster, which speaks for itself alone. */
  isClusterNode: boolean;
}

/** Reads it off the text that Redis answers to INFO. */
export function redisFactsOf(info: string): RedisFacts {
  const fields = infoFields(info);
  const uptimeS = infoNumber(fields, 'uptime_in_seconds');
  return {
    server: serverName(fields),
    usedBytes: infoNumber(fields, 'used_memory'),
    mostBytes: infoNumber(fields, 'maxmemory') || null,
    clients: infoNumber(fields, 'connected_clients'),
    uptimeMs: uptimeS === null ? null : uptimeS * 1_000,
    isClusterNode: fields.get('redis_mode') === 'cluster',
  };
}

/** Valkey says which Redis it is compatible with, and its own version besides. */
function serverName(fields: ReadonlyMap<string, string>): string | null {
  const valkey = fields.get('valkey_version');
  if (valkey !== undefined) return `Valkey ${valkey}`;
  const redis = fields.get('redis_version');
  return redis === undefined ? null : `Redis ${redis}`;
}
