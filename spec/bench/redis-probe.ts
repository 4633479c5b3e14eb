import { systemClock } from '../../lib/clock.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from '../support/log.ts';

/** A look at the server from beside, on a connection of its own. */
export interface RedisProbe {
  /** CPU time that the server has used so far, in microseconds. */
  cpuMicros(): Promise<number>;
  /** What the data and everything around it takes, in bytes. */
  usedBytes(): Promise<number>;
  keyCount(): Promise<number>;
  /** How many commands the server has carried out so far. */
  commandCount(): Promise<number>;
  version(): Promise<string>;
  /** The median round trip of PING, in ms. */
  roundTripMs(): Promise<number>;
  /** Removes all data and rewrites the append-only file, so that no measurement pays for the one before. */
  clean(): Promise<void>;
  close(): Promise<void>;
}

const PINGS = 200;
const POLL_MS = 20;

/** Opens a probe of the Redis on a port of 127.0.0.1. */
export function openProbe(port: number): RedisProbe {
  const client = connect(parseRedisUrl(`redis://127.0.0.1:${port}`), 'commands', { log: silentLog });
  const info = async (section: string, field: string): Promise<string> => {
    const text = String(await client.call('INFO', section));
    return text.match(new RegExp(`^${field}:(.*?)\\r?$`, 'm'))?.[1] ?? '';
  };
  const number = async (section: string, field: string) => Number(await info(section, field));
  return {
    cpuMicros: async () =>
      1e6 * ((await number('cpu', 'used_cpu_user')) + (await number('cpu', 'used_cpu_sys'))),
    usedBytes: () => number('memory', 'used_memory'),
    keyCount: async () => Number(await client.call('DBSIZE')),
    commandCount: () => number('stats', 'total_commands_processed'),
    version: () => info('server', 'redis_version'),
    roundTripMs: async () => {
      const times: number[] = [];
      for (let ping = 0; ping < PINGS; ping++) {
        const sentAt = systemClock.elapsed();
        await client.ping();
        times.push(systemClock.elapsed() - sentAt);
      }
      return times.sort((a, b) => a - b)[PINGS / 2] ?? 0;
    },
    clean: async () => {
      // A rewrite that Redis starts by itself would fall into somebody's measurement.
      await client.call('CONFIG', 'SET', 'auto-aof-rewrite-percentage', '0');
      await client.call('FLUSHALL');
      await client.call('BGREWRITEAOF');
      while (
        (await info('persistence', 'aof_rewrite_in_progress')) !== '0' ||
        (await info('persistence', 'aof_rewrite_scheduled')) !== '0'
      )
        await systemClock.sleep(POLL_MS, NEVER);
    },
    close: () => closeClient(client),
  };
}

const NEVER = new AbortController().signal;
