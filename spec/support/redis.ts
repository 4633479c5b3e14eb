import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type RedisClient } from '../../lib/redis/connect.ts';
import { startEmbeddedRedis } from '../../lib/redis/embedded.ts';
import { parseRedisUrl, type RedisTarget } from '../../lib/redis/url.ts';
import { silentLog } from './log.ts';
import { patiently } from './wait.ts';

/** A private redis-server that a spec may end and start again. */
export interface SpecRedis {
  readonly url: string;
  readonly port: number;
  /** Ends it as a crash would, by SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** Stops it where it is, so that it answers nothing and its clock goes on; `resume` lets it go on. */
  pause(): void;
  resume(): void;
  /** Starts it again on the same port with the data it kept; ends it first, in order, when it runs. */
  restart(): Promise<void>;
  /** Ends it and removes its data. Harmless twice. */
  stop(): Promise<void>;
}

/** What a private redis-server is started with. */
export interface SpecRedisOptions {
  /** Whether its data survives an end; default true. */
  appendOnly?: boolean;
}

let shared: SpecRedis | null = null;

/** Starts a redis-server that belongs to the caller alone, who stops it. */
export async function startRedis({ appendOnly = true }: SpecRedisOptions = {}): Promise<SpecRedis> {
  const dataDir = await mkdtemp(join(tmpdir(), 'apiary-spec-redis-'));
  const start = () => startEmbeddedRedis({ dataDir, binary: null, log: silentLog, appendOnly });
  let server = await start();
  const { url, port } = server;
  const removeData = () => rmSync(dataDir, { recursive: true, force: true });
  process.once('exit', removeData);
  return {
    url,
    port,
    kill: async () => {
      process.kill(server.pid, 'SIGKILL');
      await server.stop();
    },
    pause: () => void process.kill(server.pid, 'SIGSTOP'),
    resume: () => void process.kill(server.pid, 'SIGCONT'),
    restart: async () => {
      await server.stop();
      server = await start();
      if (server.port === port) return;
      await server.stop();
      throw new Error(`port ${port} was taken by somebody else while the server was down`);
    },
    stop: async () => {
      await server.stop();
      removeData();
      process.off('exit', removeData);
    },
  };
}

/** Starts the server that the specs of this process share, unless it runs. */
export async function startSharedRedis(): Promise<void> {
  shared ??= await startRedis({ appendOnly: false });
}

/** Stops the shared server; without this call it ends with the process. */
export async function stopSharedRedis(): Promise<void> {
  await shared?.stop();
  shared = null;
}

/** The URL of the server that the specs of this process share; valid inside hooks and specs. */
export function redisUrl(): string {
  if (shared) return shared.url;
  throw new Error('the shared Redis runs only inside hooks and specs');
}

/** The shared server, as `connect` takes it. */
export function redisTarget(): RedisTarget {
  return parseRedisUrl(redisUrl());
}

/**
 * Opens a connection that the API and the pages serve by, to the shared server by default. That one never goes away, so
 * there a command may take as long as a slow machine needs.
 */
export function openRequests(url = redisUrl()): RedisClient {
  const client = connect(parseRedisUrl(url), 'requests', { log: silentLog });
  const { options } = client;
  if (url === redisUrl() && 'commandTimeout' in options && options.commandTimeout)
    options.commandTimeout = patiently(options.commandTimeout);
  return client;
}
