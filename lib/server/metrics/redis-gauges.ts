import { Counter, type Registry } from 'prom-client';
import { createGauge, show } from './gauge.ts';
import type { Seen } from './seen.ts';

/** Registers what is told of Redis; the function shows what was seen of it, or that it told nothing. */
export function registerRedisGauges(registry: Registry): (seen: Seen | null) => void {
  const gauge = (name: string, help: string) => createGauge(registry, `redis_${name}`, help);
  const up = gauge('up', 'Whether Redis told the state of the queues for this answer.');
  const ping = gauge('ping_seconds', 'Round trip of a ping.');
  const used = gauge('memory_used_bytes', 'Memory that Redis has allocated.');
  const most = gauge('memory_max_bytes', 'Its maxmemory; 0 for no limit.');
  const clients = gauge('connected_clients', 'Connections of clients.');
  const appends = gauge('aof_enabled', 'Whether it appends what is written to a file.');
  const appended = gauge('aof_last_write_ok', 'Whether the last write to that file succeeded.');
  const evicted = new Counter({
    name: 'apiary_redis_evicted_keys_total',
    help: 'Keys that Redis deleted for want of memory, since its start.',
    registers: [registry],
  });
  return (seen) => {
    const info = seen?.redis ?? null;
    up.set(seen === null ? 0 : 1);
    show(ping, seen && seen.pingMs / 1_000);
    show(used, info?.usedMemoryBytes);
    show(most, info?.maxMemoryBytes);
    show(clients, info?.connectedClients);
    show(appends, info?.isAppendOnly);
    show(appended, info?.lastAppendOk);
    evicted.remove({});
    const keys = info?.evictedKeys ?? null;
    if (keys !== null) evicted.inc(keys);
  };
}
