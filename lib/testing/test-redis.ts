import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nullLogger } from '../logger.ts';
import { startEmbeddedRedis } from '../redis/embedded.ts';
import { watchLeftovers } from './leftovers.ts';

/** A private redis-server of a test run. */
export interface TestRedis {
  readonly url: string;
  /** Ends it and removes its data. Harmless twice. */
  stop(): Promise<void>;
}

/**
 * Starts a real redis-server on a free port of 127.0.0.1 with nothing in it; it ends with `stop` or with the process,
 * whatever ends that, and its folder goes with it.
 * Throws REDIS_BINARY_MISSING when the machine has no redis-server.
 */
export async function startTestRedis(): Promise<TestRedis> {
  const dataDir = await mkdtemp(join(tmpdir(), 'apiary-test-'));
  const leftovers = watchLeftovers(dataDir);
  const clear = async (): Promise<void> => {
    await rm(dataDir, { recursive: true, force: true });
    leftovers.dismiss();
  };
  const options = { dataDir, binary: null, log: nullLogger, appendOnly: false, onSpawn: leftovers.add };
  const server = await startEmbeddedRedis(options).catch(async (error: unknown) => {
    await clear();
    throw error;
  });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await clear();
    },
  };
}
