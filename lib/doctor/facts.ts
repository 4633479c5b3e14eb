import { systemClock } from '../clock.ts';
import { infoFields, readInfo } from '../redis/info.ts';
import type { RedisClient } from '../redis/redis-client.ts';

/** What a Redis says of itself when it is asked for it. */
export interface ToldFacts {
  /** The fields of INFO; null where that may not be read. */
  info: ReadonlyMap<string, string> | null;
  /** The setting `save`; null where it may not be read, or does not count beside an append-only file. */
  save: string | null;
  /** Whether it is one node of a cluster, and we take it for a Redis that stands alone. */
  isLoneNode: boolean;
}

/** What a Redis says of itself, and what is measured from here. */
export interface RedisFacts extends ToldFacts {
  /** The median of some pings, in ms. */
  pingMs: number;
  /** How far its clock is ahead of that of this machine, in ms. */
  clockAheadMs: number;
}

const PINGS = 5;

/** Reads what a Redis says of itself. Of a cluster that is one node. */
export async function readFacts(client: RedisClient, now: () => number): Promise<RedisFacts> {
  const told = await readTold(client);
  const [pingMs, clockAheadMs] = [await medianPing(client), await clockAhead(client, now)];
  return { ...told, pingMs, clockAheadMs };
}

/** Reads the part of it that takes two commands and measures nothing. Rejects when Redis does not answer. */
export async function readTold(client: RedisClient): Promise<ToldFacts> {
  const text = await readInfo(client);
  const info = text === '' ? null : infoFields(text);
  const isLoneNode = info?.get('cluster_enabled') === '1' && !client.isCluster;
  // Whoever may not read it leaves an entry in the ACL LOG.
  const asks = info?.get('aof_enabled') === '0';
  const save = asks ? await client.config('GET', 'save').then(saveOf, () => null) : null;
  return { info, save, isLoneNode };
}

async function medianPing(client: RedisClient): Promise<number> {
  const took: number[] = [];
  while (took.length < PINGS) {
    const sentAt = systemClock.elapsed();
    await client.ping();
    took.push(systemClock.elapsed() - sentAt);
  }
  return took.sort((one, other) => one - other)[Math.floor(PINGS / 2)] ?? 0;
}

async function clockAhead(client: RedisClient, now: () => number): Promise<number> {
  const sentAt = now();
  const [seconds, micros] = await client.time();
  const halfWay = (sentAt + now()) / 2;
  return Math.round(Number(seconds) * 1_000 + Number(micros) / 1_000 - halfWay);
}

function saveOf(reply: unknown): string | null {
  return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : null;
}
