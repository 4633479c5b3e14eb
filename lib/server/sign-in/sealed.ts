import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Seals what a browser keeps for us, so that it can neither be read nor made there. */
export interface Sealer {
  /** A text for a cookie. */
  seal(value: object): string;
  /** Null for what was not sealed with this key, or is older than may be. */
  open(text: string): unknown;
}

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MOST_LENGTH = 4_096;

/** Makes one whose key comes of a secret that all monitors have; what it has sealed is good for so long. */
export function createSealer(secret: string, { goodMs, now }: { goodMs: number; now: () => number }): Sealer {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'apiary sign-in', 32));
  return {
    seal: (value) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, iv);
      const text = JSON.stringify({ at: now(), value });
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
    },
    open: (text) => {
      const written = text.length <= MOST_LENGTH ? unsealed(key, Buffer.from(text, 'base64url')) : null;
      if (written === null) return null;
      const { at, value } = JSON.parse(written) as { at: number; value: unknown };
      // A clock of another monitor may be ahead.
      return Math.abs(now() - at) <= goodMs ? value : null;
    },
  };
}

function unsealed(key: Buffer, bytes: Buffer): string | null {
  if (bytes.length <= IV_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return null;
  }
}
