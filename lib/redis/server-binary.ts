import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ApiaryError, coerceError } from '../errors.ts';

/** Where to look, in order; the bare names on PATH. */
const CANDIDATES = ['', '/opt/homebrew/bin/', '/usr/local/bin/', '/usr/sbin/'].flatMap((folder) => [
  `${folder}redis-server`,
  `${folder}valkey-server`,
]);

const REMEDY =
  'Install one (Debian, Ubuntu: sudo apt-get install -y redis-server; macOS: brew install redis; ' +
  'Alpine: apk add redis; Fedora: dnf install -y redis), or set REDIS_URL to a Redis that runs, ' +
  'or REDIS_SERVER_BIN to the program';

/**
 * Finds a redis-server or valkey-server that runs: the one given, else on PATH, else where package managers put it.
 * Throws REDIS_BINARY_MISSING with the command that mends it.
 */
export async function findServerBinary(given: string | null): Promise<string> {
  for (const candidate of given === null ? CANDIDATES : [given]) {
    const failure = await tryToRun(candidate);
    if (failure === null) return candidate;
    if (given !== null) {
      const message = `REDIS_SERVER_BIN is ${given}, which does not run. ${REMEDY}`;
      throw new ApiaryError('REDIS_BINARY_MISSING', message, { cause: failure });
    }
  }
  throw new ApiaryError('REDIS_BINARY_MISSING', `no redis-server or valkey-server was found. ${REMEDY}`);
}

async function tryToRun(candidate: string): Promise<Error | null> {
  try {
    await promisify(execFile)(candidate, ['--version']);
    return null;
  } catch (error) {
    return coerceError(error);
  }
}
