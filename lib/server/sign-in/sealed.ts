import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Seals texts that a browser keeps for us, so that they can neither be read nor made there. */
export interface Sealer {
  /** A text for a cookie. */
  seal(texts: readonly string[]): string;
  /** The texts; none for what was not sealed with this key, or is older than may be. */
  open(text: string): string[];
}

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MOST_LENGTH = 4_096;
/** In no text that is sealed. */
const BETWEEN = '\n';

/** Makes one whose key comes of a secret that all monitors have; what it has sealed is good for so long. */
export function createSealer(secret: string, { goodMs, now }: { goodMs: number; now: () => number }): Sealer {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'apiary sign-in', 32));
  return {
    seal: (texts) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, iv);
      const plain = [String(now()), ...texts].join(BETWEEN);
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
    },
    open: (text) => {
      if (text.length > MOST_LENGTH) return [];
      const [at, ...texts] = unsealed(key, Buffer.from(text, 'base64url'))?.split(BETWEEN) ?? [];
      // A clock of another monitor may be ahead.
      return Math.abs(now() - Number(at)) <= goodMs ? texts : [];
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
