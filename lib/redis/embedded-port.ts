import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

/** How many ports after its own a data directory may fall back to, where strangers hold them. */
const SPARE_PORTS = 10;

/**
 * The ports of a data directory, in the order to try them: the one in its file `redis.port`, then those after it.
 * A directory without a file gets a free port. All who share a directory get the same ports in the same order, so
 * they meet on one of them.
 */
export async function portsFor(dataDir: string): Promise<number[]> {
  const first = (await rememberedPort(dataDir)) ?? (await claimFreePort(dataDir));
  return Array.from({ length: SPARE_PORTS }, (_, offset) => first + offset).filter((port) => port <= 65_535);
}

/** Makes `port` the first one to try from now on. */
export async function rememberPort(dataDir: string, port: number): Promise<void> {
  if ((await rememberedPort(dataDir)) === port) return;
  await rename(await writeAside(dataDir, port), fileIn(dataDir));
}

/** The port in the file of a data directory; null when it has none. */
export async function rememberedPort(dataDir: string): Promise<number | null> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch(() => '');
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : null;
}

async function claimFreePort(dataDir: string): Promise<number> {
  const port = await freePort();
  const aside = await writeAside(dataDir, port);
  try {
    // Unlike a rename, a link fails where another process was first; then that one's port counts.
    await link(aside, fileIn(dataDir));
    return port;
  } catch (error) {
    const theirs = await rememberedPort(dataDir);
    if (theirs !== null) return theirs;
    await rename(aside, fileIn(dataDir)).catch(() => Promise.reject(error));
    return port;
  } finally {
    await unlink(aside).catch(() => {});
  }
}

async function writeAside(dataDir: string, port: number): Promise<string> {
  const aside = `${fileIn(dataDir)}.${randomUUID()}`;
  await writeFile(aside, `${port}\n`, { mode: 0o600 });
  return aside;
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'redis.port');
}
