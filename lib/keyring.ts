import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { ApiaryError } from './errors.ts';
import { Recent } from './recent.ts';

/** What a list of keys must be, in words. */
export const KEYRING_RULE =
  'a list id:key,id:key of different ids, each 1 to 32 letters, digits, - or _, each key 32 bytes in base64, such as openssl rand -base64 32 makes';

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const NONCES_AT_ONCE = 256;
const TAG_BYTES = 16;
const HEAD_BYTES = SALT_BYTES + NONCE_BYTES + TAG_BYTES;
/** So many bytes of a salt are told by the first characters of what is written in base64 alone: three by four. */
const TOLD_BYTES = SALT_BYTES - (SALT_BYTES % 3);
const TOLD_CHARACTERS = (TOLD_BYTES / 3) * 4;
/** With random nonces one key is good for no more: then this process goes on under another salt. */
const MOST_PER_SALT = 2 ** 30;
/** Each process has a salt of its own; of so many the derived keys are kept at hand. */
const MOST_DERIVED = 1_000;
const CIPHER = 'aes-256-gcm';
const BEGIN = 'apiary1:';
/** How it begins: to look through all of it takes longer than to open it. */
const SEALED = /^apiary1:([\w-]{1,32}):[\w-]{58}/;
const KEY_ID = /^[\w-]{1,32}$/;

/** Keys by their ids, of which the first seals and all open. */
export class Keyring {
  /** The id of the key that seals. */
  readonly writes: string;
  /** Whether all jobs are encrypted that are added with these keys, whatever is said of them. */
  readonly sealsAll: boolean;
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #derived = new Recent<string, KeyObject>(MOST_DERIVED);
  #nonces = Buffer.alloc(0);
  #nonceAt = 0;
  #own: { salt: Buffer; key: KeyObject; left: number } | null = null;
  /** How the text begins that was opened last: with the id of its key, and with its salt but for what is in `salt`. */
  #lastOpened: { begin: string; salt: Buffer; key: KeyObject } | null = null;

  /** Takes the keys in order; there must be one. */
  constructor(keys: ReadonlyMap<string, KeyObject>, { all = false }: { all?: boolean } = {}) {
    const [writes] = keys.keys();
    if (writes === undefined)
      throw new ApiaryError('CONFIG_INVALID', `encryption keys must be ${KEYRING_RULE}`);
    this.writes = writes;
    this.sealsAll = all;
    this.#keys = keys;
  }

  /** The ids of all keys, the one that seals first. */
  get ids(): string[] {
    return [...this.#keys.keys()];
  }

  /** Seals a text, bound to a place: it opens nowhere else. What comes of it has no sign that JSON escapes. */
  seal(clear: string, place: string): string {
    const own = this.#ownKey();
    const nonce = this.#nextNonce();
    const cipher = createCipheriv(CIPHER, own.key, nonce);
    cipher.setAAD(Buffer.from(place));
    const text = cipher.update(clear, 'utf8');
    cipher.final();
    const all = Buffer.concat([own.salt, nonce, cipher.getAuthTag(), text]);
    return `${BEGIN}${this.writes}:${all.toString('base64url')}`;
  }

  /**
   * Opens what was sealed for a place. Throws ENCRYPTION_KEY_MISSING where its key is none of these, RECORD_TAMPERED
   * for what was changed since, or sealed for another place.
   */
  open(sealed: string, place: string): string {
    // By hand: a pattern takes as long as half of the deciphering.
    const idEnd = sealed.indexOf(':', BEGIN.length);
    const all = Buffer.from(sealed.slice(idEnd + 1), 'base64url');
    const key = this.#opensAsLast(sealed, all) ?? this.#keyThatOpens(sealed, idEnd, all);
    const nonceEnd = SALT_BYTES + NONCE_BYTES;
    try {
      const cipher = createDecipheriv(CIPHER, key, all.subarray(SALT_BYTES, nonceEnd));
      cipher.setAAD(Buffer.from(place)).setAuthTag(all.subarray(nonceEnd, HEAD_BYTES));
      // Not as a text at once: that makes a decoder for each. The end of this cipher is empty, and checks the tag.
      const clear = cipher.update(all.subarray(HEAD_BYTES));
      cipher.final();
      return clear.toString('utf8');
    } catch (cause) {
      throw tampered(cause);
    }
  }

  /** Most of what a process opens was sealed by one other: the key that opened the last text, where it is the same. */
  #opensAsLast(sealed: string, all: Buffer): KeyObject | null {
    const last = this.#lastOpened;
    if (last === null || all.length < HEAD_BYTES || !sealed.startsWith(last.begin)) return null;
    for (let at = TOLD_BYTES; at < SALT_BYTES; at++) if (all[at] !== last.salt[at]) return null;
    return last.key;
  }

  #keyThatOpens(sealed: string, idEnd: number, all: Buffer): KeyObject {
    const id = sealed.slice(BEGIN.length, idEnd);
    const isId = id === this.writes || KEY_ID.test(id);
    if (!sealed.startsWith(BEGIN) || !isId || all.length < HEAD_BYTES) throw tampered();
    const key = this.#keyOf(id, all);
    const begin = sealed.slice(0, idEnd + 1 + TOLD_CHARACTERS);
    this.#lastOpened = { begin, salt: Buffer.from(all.subarray(0, SALT_BYTES)), key };
    return key;
  }

  /** Random, and cut off what is made for many: that takes as long as for one. */
  #nextNonce(): Buffer {
    if (this.#nonceAt === this.#nonces.length) {
      this.#nonces = randomBytes(NONCE_BYTES * NONCES_AT_ONCE);
      this.#nonceAt = 0;
    }
    this.#nonceAt += NONCE_BYTES;
    return this.#nonces.subarray(this.#nonceAt - NONCE_BYTES, this.#nonceAt);
  }

  #ownKey(): { salt: Buffer; key: KeyObject } {
    if (this.#own === null || this.#own.left === 0) {
      const salt = randomBytes(SALT_BYTES);
      this.#own = { salt, key: this.#keyOf(this.writes, salt), left: MOST_PER_SALT };
    }
    this.#own.left--;
    return this.#own;
  }

  /** The key for a salt, or for what begins with one. */
  #keyOf(id: string, salted: Buffer): KeyObject {
    const name = `${id}:${salted.toString('latin1', 0, SALT_BYTES)}`;
    const known = this.#derived.get(name);
    if (known) return known;
    const master = this.#keys.get(id);
    if (!master) throw missing(id, this.ids);
    const made = createSecretKey(
      Buffer.from(hkdfSync('sha256', master, salted.subarray(0, SALT_BYTES), 'apiary1', KEY_BYTES)),
    );
    this.#derived.set(name, made);
    return made;
  }
}

/** How jobs are encrypted, for who is told so in code. */
export interface EncryptionOptions {
  /** The keys, as `id:base64` with commas between: the first encrypts, and all decrypt. Each has 32 bytes. */
  keys: string;
  /** Whether all jobs are encrypted that are added by this, not only those with `encrypt: true`; default false. */
  all?: boolean;
}

/** Makes the keys of what was given in code; null for nothing. Throws CONFIG_INVALID for keys that are none. */
export function toKeyring(given: EncryptionOptions | undefined): Keyring | null {
  if (given === undefined) return null;
  const keyring = parseKeyring(given.keys, given.all);
  if (keyring) return keyring;
  throw new ApiaryError('CONFIG_INVALID', `encryption.keys must be ${KEYRING_RULE}`);
}

/** The same of settings, in which null is none. */
export function keyringOf({ keys, all }: { keys: string | null; all: boolean }): Keyring | null {
  return toKeyring(keys === null ? undefined : { keys, all });
}

/** Reads a list of keys, see {@link KEYRING_RULE}; undefined when it has not that form. */
export function parseKeyring(text: string, all = false): Keyring | undefined {
  const keys = new Map<string, KeyObject>();
  for (const item of text.split(',')) {
    const [, id = '', base64 = ''] = /^\s*([^:]*):(.*?)\s*$/s.exec(item) ?? [];
    const bytes = Buffer.from(base64, 'base64');
    const isBase64 = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
    if (!KEY_ID.test(id) || keys.has(id) || !isBase64 || bytes.length !== KEY_BYTES) return undefined;
    keys.set(id, createSecretKey(bytes));
  }
  return new Keyring(keys, { all });
}

/** Makes one with a key of its own that is kept nowhere. */
export function makeKeyring(): Keyring {
  return new Keyring(new Map([['own', createSecretKey(randomBytes(KEY_BYTES))]]));
}

/** Whether a value looks like what {@link Keyring.seal} makes; whether it is, opening it tells. */
export function isSealed(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(BEGIN) && SEALED.test(value);
}

/** The id of the key by which a text was sealed; null for what is not sealed. */
export function keyIdOf(sealed: string): string | null {
  return SEALED.exec(sealed)?.[1] ?? null;
}

/** Says that there is no key at all for what asks for one. */
export function noKeyring(what: string): ApiaryError {
  return new ApiaryError('ENCRYPTION_KEY_MISSING', `${what}, and no encryption keys were given here`);
}

function missing(id: string, ids: readonly string[]): ApiaryError {
  const message = `it is encrypted under the key ${id}, and the keys given here are ${ids.join(', ')}`;
  return new ApiaryError('ENCRYPTION_KEY_MISSING', message);
}

function tampered(cause?: unknown): ApiaryError {
  const message = 'what is stored was changed since it was encrypted, or belongs to another job';
  return new ApiaryError('RECORD_TAMPERED', message, { cause });
}
