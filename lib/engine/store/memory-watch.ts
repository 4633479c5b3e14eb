import type { Clock } from '../../clock.ts';
import { infoFields, infoNumber } from '../../redis/info.ts';
import type { RedisClient } from '../scripts.ts';

/** What a watch works with. */
export interface MemoryWatchDeps {
  client: RedisClient;
  clock: Clock;
  /** Which part of its memory is to stay free, from 0 to 1. */
  reserve: number;
}

/** It is looked so often while somebody asks. */
const LOOK_MS = 1_000;
/** So often where Redis has no limit of memory, or does not tell. */
const RARE_MS = 10_000;

/**
 * Knows whether Redis has less memory left than is to stay free, by its maxmemory: of a cluster whether one of its
 * primaries has. It looks while it is asked, once a second at most, and nobody waits for a look.
 */
export class MemoryWatch {
  readonly #deps: MemoryWatchDeps;
  #isFull = false;
  #isLooking = false;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(deps: MemoryWatchDeps) {
    this.#deps = deps;
  }

  /** As it was seen last; false before the first look, and where Redis does not tell. */
  get isFull(): boolean {
    if (!this.#isLooking && this.#deps.clock.elapsed() >= this.#nextMs) void this.#look();
    return this.#isFull;
  }

  async #look(): Promise<void> {
    const { client, clock, reserve } = this.#deps;
    this.#isLooking = true;
    const used = await usedPart(client).catch(() => null);
    this.#isFull = used !== null && used > 1 - reserve;
    this.#nextMs = clock.elapsed() + (used === null ? RARE_MS : LOOK_MS);
    this.#isLooking = false;
  }
}

/** Which part of its memory the fullest server uses; null where none has a limit. Rejects where one does not tell. */
async function usedPart(client: RedisClient): Promise<number | null> {
  const nodes = 'nodes' in client ? client.nodes('master') : [client];
  const parts = await Promise.all(nodes.map(async (node) => partIn(infoFields(await node.info('memory')))));
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** As Redis reckons it: what it keeps for replicas and for its file is not counted. */
function partIn(info: ReadonlyMap<string, string>): number | null {
  const most = infoNumber(info, 'maxmemory');
  const used = infoNumber(info, 'used_memory');
  if (most === null || most === 0 || used === null) return null;
  return (used - (infoNumber(info, 'mem_not_counted_for_evict') ?? 0)) / most;
}
