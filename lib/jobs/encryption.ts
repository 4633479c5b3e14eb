import { type Keyring, noKeyring } from '../keyring.ts';
import type { ResolvedJobOptions } from './options.ts';

/**
 * Settles whether a job is encrypted: as its options say, or as all are. Throws ENCRYPTION_KEY_MISSING where it is to
 * be and there are no keys, before anything of it is stored.
 */
export function settleEncryption(
  type: string,
  resolved: ResolvedJobOptions,
  keyring: Keyring | null,
): ResolvedJobOptions {
  if (keyring === null) {
    if (resolved.encrypt) throw noKeyring(`jobs of type ${type} are to be encrypted`);
    return resolved;
  }
  return keyring.sealsAll && !resolved.encrypt ? { ...resolved, encrypt: true } : resolved;
}
