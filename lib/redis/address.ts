import type { ClusterNode } from 'ioredis';
import type { RedisClient } from './redis-client.ts';
import { describeTarget } from './url.ts';

const LOCAL_HOST = '127.0.0.1';
const REDIS_PORT = 6379;

/** Names the Redis of a client, be it ours or the caller's: its URL, without user name and password. */
export function addressOf(client: RedisClient): string {
  if ('nodes' in client) {
    return describeTarget({ kind: 'cluster', nodes: client['startupNodes'].map(placeOf), options: {} });
  }
  const { sentinels, name = '', path, host, port, tls, db = 0 } = client.options;
  if (sentinels) {
    const places = sentinels.map(placeOf);
    return describeTarget({ kind: 'sentinel', options: { sentinels: places, name, db } });
  }
  const place = path ? { path } : placeOf({ host, port });
  return describeTarget({ kind: 'standalone', options: { ...place, db, ...(tls && { tls }) } });
}

/** A node may be named by a URL, which may have a password. */
function placeOf(node: ClusterNode): { host: string; port: number } {
  if (typeof node === 'number') return { host: LOCAL_HOST, port: node };
  if (typeof node === 'object') return { host: node.host ?? LOCAL_HOST, port: node.port ?? REDIS_PORT };
  const [, host = LOCAL_HOST, port] = /^(?:.*[@/])?([^@/:]+)(?::(\d+))?/.exec(node) ?? [];
  return { host, port: Number(port ?? REDIS_PORT) };
}
