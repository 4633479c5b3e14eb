import { Counter, type Registry } from 'prom-client';
import { createGauge, show } from './gauge.ts';
import type { RedisInfo } from './redis-info.ts';
import type { Seen } from './seen.ts';

/** What Redis says of itself; each is left out where it does not say it. */
const TOLD: readonly { name: string; help: string; of: (info: RedisInfo) => number | boolean | null }[] = [
  {
    name: 'memory_used_bytes',
    help: 'Memory that Redis has allocated.',
    of: ({ usedMemoryBytes }) => usedMemoryBytes,
  },
  {
    name: 'memory_max_bytes',
    help: 'Its maxmemory; 0 for no limit.',
    of: ({ maxMemoryBytes }) => maxMemoryBytes,
  },
  {
    name: 'connected_clients',
    help: 'Connections of clients.',
    of: ({ connectedClients }) => connectedClients,
  },
  {
    name: 'aof_enabled',
    help: 'Whether it appends what is written to a file.',
    of: ({ isAppendOnly }) => isAppendOnly,
  },
  {
    name: 'aof_last_write_ok',
    help: 'Whether the last write to that file succeeded.',
    of: ({ lastAppendOk }) => lastAppendOk,
  },
];

/** Registers what is told of Redis; the function shows what was seen of it, or that it told nothing. */
export function registerRedisGauges(registry: Registry): (seen: Seen | null) => void {
  const gauge = (name: string, help: string) => createGauge(registry, `redis_${name}`, help);
  const up = gauge('up', 'Whether Redis told the state of the queues for this answer.');
  const ping = gauge('ping_seconds', 'Round trip of a ping.');
  const told = TOLD.map(({ name, help, of }) => ({ of, shown: gauge(name, help) }));
  const evicted = new Counter({
    name: 'apiary_redis_evicted_keys_total',
    help: 'Keys that Redis deleted for want of memory, since its start.',
    registers: [registry],
  });
  return (seen) => {
    const info = seen?.redis ?? null;
    up.set(seen === null ? 0 : 1);
    show(ping, seen && seen.pingMs / 1_000);
    for (const { of, shown } of told) show(shown, info && of(info));
    evicted.remove({});
    const keys = info?.evictedKeys ?? null;
    if (keys !== null) evicted.inc(keys);
  };
}
