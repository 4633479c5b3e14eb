import { access, chmod, constants, mkdir, realpath } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../clock.ts';
import { ApiaryError, coerceError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { portsFor, rememberedPort, rememberPort } from './embedded-port.ts';
import { probe } from './probe.ts';
import { findServerBinary } from './server-binary.ts';
import { ServerProcess } from './server-process.ts';

/** What the embedded Redis is started with. */
export interface EmbeddedRedisOptions {
  /** Where it keeps its data, and the port it had; made if need be. */
  dataDir: string;
  /** The program, REDIS_SERVER_BIN; null looks for one. */
  binary: string | null;
  log: Logger;
  /** Whether jobs survive a restart; default true. */
  appendOnly?: boolean;
  /** Called with the pid of each server process as soon as there is one; default: nobody is told. */
  onSpawn?: (pid: number) => void;
}

/** An embedded Redis that takes commands. */
export interface EmbeddedRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /**
   * Ends the server and resolves when it has ended, its data written. Harmless twice. A server that was found running
   * is left running.
   */
  stop(): Promise<void>;
}

/** Where the embedded Redis of `apiary start` keeps its data, below the folder in which that runs. */
export const EMBEDDED_DATA_DIR = '.data';

const LOADING_LIMIT_MS = 60_000;
const POLL_MS = 50;

/**
 * Starts a redis-server child on 127.0.0.1 with an append-only file in `dataDir`; resolves when it takes commands.
 *
 * Two servers on one append-only file would ruin it. So a data directory keeps its port, and since a server binds its
 * port before it opens its data, of two that start at once one fails to bind. Where a server with this very directory
 * runs already (another process started it, or its starter was killed) it is taken over. The process that started a
 * server stops it, even while others use it; one that took it over leaves it running.
 *
 * Throws REDIS_BINARY_MISSING when there is no program to run, REDIS_UNAVAILABLE when `dataDir` cannot be written, and
 * with the server's last lines when it ends or takes no commands within a minute, PORT_TAKEN when its port and those
 * after it are held by others.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const dataDir = await makeFolder(options.dataDir);
  for (const port of await portsFor(dataDir)) {
    const redis = await serveOn(port, { ...options, dataDir });
    if (redis === 'taken') continue;
    await rememberPort(dataDir, port);
    return redis;
  }
  throw new ApiaryError('PORT_TAKEN', `the ports for the embedded Redis of ${dataDir} are all in use`);
}

/** What is known of the embedded Redis of a data directory. */
export type FoundRedis = { kind: 'running'; url: string } | { kind: 'stopped' } | { kind: 'none' };

/** Looks whether an embedded Redis runs with a data directory, and where; `none` when none ever has. */
export async function findEmbeddedRedis(dataDir: string): Promise<FoundRedis> {
  const folder = await realpath(dataDir).catch(() => null);
  const port = folder === null ? null : await rememberedPort(folder);
  if (port === null) return { kind: 'none' };
  const holder = await probe(port);
  const isOurs = holder.kind === 'redis' && holder.dir === folder;
  return isOurs ? { kind: 'running', url: urlOf(port) } : { kind: 'stopped' };
}

async function makeFolder(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    // One that was made before it had that mode; whose it is not, sees to it himself.
    await chmod(path, 0o700).catch(() => {});
    const folder = await realpath(path);
    await access(folder, constants.W_OK);
    return folder;
  } catch (error) {
    const why = coerceError(error).message;
    const message = `the embedded Redis cannot keep its data in ${path}: ${why}; make that writable, or set REDIS_URL`;
    throw new ApiaryError('REDIS_UNAVAILABLE', message, { cause: error });
  }
}

async function serveOn(port: number, options: EmbeddedRedisOptions): Promise<EmbeddedRedis | 'taken'> {
  const running = await takeOver(port, options);
  if (running !== 'free') return running;
  const { dataDir, log, appendOnly = true } = options;
  const binary = await findServerBinary(options.binary);
  const server = new ServerProcess({ binary, port, dataDir, appendOnly, log });
  options.onSpawn?.(server.pid);
  try {
    await server.untilAccepting();
  } catch (error) {
    await server.stop();
    if (!server.lostItsPort) throw error;
    // If the race was lost to another start with this directory, its server is ours too.
    const winner = await takeOver(port, options);
    return winner === 'free' ? 'taken' : winner;
  }
  return { url: urlOf(port), port, pid: server.pid, stop: () => server.stop() };
}

async function takeOver(
  port: number,
  options: EmbeddedRedisOptions,
): Promise<EmbeddedRedis | 'taken' | 'free'> {
  const { dataDir, log } = options;
  const deadline = systemClock.elapsed() + LOADING_LIMIT_MS;
  while (systemClock.elapsed() < deadline) {
    const holder = await probe(port);
    if (holder.kind === 'nobody') return 'free';
    if (holder.kind === 'other') return 'taken';
    if (holder.kind === 'silent') {
      // It may be our own server, stopped or hung: starting a second one beside it is not safe.
      throw new ApiaryError(
        'PORT_TAKEN',
        `port ${port}, that of the Redis of ${dataDir}, takes calls but is silent`,
      );
    }
    if (holder.dir !== dataDir) return 'taken';
    if (holder.accepting) {
      log.info('Using the embedded Redis that runs already', { port, pid: holder.pid });
      return { url: urlOf(port), port, pid: holder.pid, stop: async () => {} };
    }
    // Nothing else may keep the process alive at this point, and the clock's sleep does not.
    await setTimeout(POLL_MS);
  }
  throw new ApiaryError('REDIS_UNAVAILABLE', `the embedded Redis on port ${port} is still loading its data`);
}

function urlOf(port: number): string {
  return `redis://127.0.0.1:${port}`;
}
