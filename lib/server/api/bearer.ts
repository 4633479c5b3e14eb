import { hash, timingSafeEqual } from 'node:crypto';
import type { KeyRights } from '../../key-rights.ts';

/**
 * A key that opens the API: its name, which may be logged, and the SHA-256 digest of its secret; what it may do,
 * default all.
 */
export interface ApiKey extends Partial<KeyRights> {
  readonly name: string;
  readonly digest: Buffer;
}

/** Digests a secret, so that only digests are kept and all that are compared have one length. */
export function digestSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/**
 * Finds the key that an Authorization header proves, by `Bearer <secret>`; null when it proves none.
 * Every key is compared, in constant time, so that the duration tells nothing of any of them.
 */
export function findKey(keys: readonly ApiKey[], authorization: string | undefined): ApiKey | null {
  const secret = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (secret === undefined) return null;
  const digest = digestSecret(secret);
  let found: ApiKey | null = null;
  for (const key of keys) if (timingSafeEqual(key.digest, digest)) found = key;
  return found;
}
