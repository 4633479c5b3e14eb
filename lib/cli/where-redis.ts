import { resolve } from 'node:path';
import { loadConnection } from '../config-connection.ts';
import { ApiaryError } from '../errors.ts';
import { type Keyring, keyringOf } from '../keyring.ts';
import { EMBEDDED_DATA_DIR, findEmbeddedRedis } from '../redis/embedded.ts';
import { parseRedisUrl } from '../redis/url.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** Where Redis is, and what the keys of Apiary begin with there. */
export interface RedisPlace {
  url: string;
  prefix: string;
  /** By what encrypted jobs are opened; null for nothing. */
  keyring: Keyring | null;
}

/** What a command may be told of that. */
export interface GivenPlace {
  redis: string | undefined;
  prefix: string | undefined;
}

const OTHERWISE = 'give --redis or set REDIS_URL';

/**
 * Finds Redis: what was given, else what REDIS_URL says, else the embedded Redis of a running `npm start` in this
 * folder. Throws what ends the command where there is none, in one sentence.
 */
export async function findRedis(given: GivenPlace, { env, folder }: Terminal): Promise<RedisPlace> {
  const { redisUrl, queuePrefix, encryption } = loadConnection(env);
  const place = { prefix: given.prefix ?? queuePrefix, keyring: keyringOf(encryption) };
  if (given.redis !== undefined) return { url: checkedUrl('--redis', given.redis), ...place };
  return { url: redisUrl ?? (await embeddedUrl(folder)), ...place };
}

/** Throws what ends a command for a URL, given by an option, that is none of a Redis. */
export function checkedUrl(option: string, url: string): string {
  try {
    parseRedisUrl(url);
    return url;
  } catch (error) {
    if (!(error instanceof ApiaryError)) throw error;
    throw new CommandFailure(EXIT.wrongUse, `${option} is wrong: ${error.message}`);
  }
}

async function embeddedUrl(folder: string): Promise<string> {
  const found = await findEmbeddedRedis(resolve(folder, EMBEDDED_DATA_DIR));
  switch (found.kind) {
    case 'running':
      return found.url;
    case 'stopped':
      throw new CommandFailure(
        EXIT.redisAway,
        `the Redis of ${EMBEDDED_DATA_DIR}/ does not run: run npm start in this folder, or ${OTHERWISE}`,
      );
    case 'none':
      throw new CommandFailure(
        EXIT.wrongSetting,
        `no Redis is known: ${OTHERWISE}, or run npm start in this folder`,
      );
    default:
      return found satisfies never;
  }
}
