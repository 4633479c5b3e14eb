import { ApiaryError } from '../errors.ts';

/**
 * Throws CONFIG_INVALID for a client that puts a prefix before keys by itself: it does not do so for channels, for keys
 * that scripts name, nor for patterns and answers, so that half of a queue would be elsewhere.
 */
export function refuseKeyPrefix({ options }: { options: { keyPrefix?: string | undefined } }): void {
  const { keyPrefix } = options;
  if (!keyPrefix) return;
  const message =
    `a client with keyPrefix ${JSON.stringify(keyPrefix)} cannot be used, as ioredis does not put it before channels and all ` +
    `keys; leave it out and say so by prefix: ${JSON.stringify(`${keyPrefix}bq`)} has the keys that keyPrefix and "bq" had`;
  throw new ApiaryError('CONFIG_INVALID', message);
}
