import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sealing } from '../../lib/engine/record/private.ts';
import type { RedisClient } from '../../lib/redis/connect.ts';

/** A queue for whose jobs there are no keys. */
export const UNSEALED: Sealing = { queue: 'mail', keyring: null };

/** Makes a list of one key of this id. */
export function randomKeys(id = 'k1'): string {
  return `${id}:${randomBytes(32).toString('base64')}`;
}

/** Has a Redis write all that it holds to its files, and reads them: its dump, and its append-only files. */
export async function readDump(client: RedisClient): Promise<string> {
  // Compressed, no text could be found in it.
  await client.config('SET', 'rdbcompression', 'no');
  await client.save();
  const found = await client.config('GET', 'dir');
  const dir = Array.isArray(found) ? String(found[1]) : '';
  const files = await readdir(dir, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}
