import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** A parsed password hash. */
export interface PasswordHash {
  cost: number;
  blockSize: number;
  parallelism: number;
  salt: Buffer;
  key: Buffer;
}

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
const FORM = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{11,172})\$([\w-]{22,172})$/;
/** What the cheapest of the usual recommendations costs: N 2^14, r 8, p 1. */
const LEAST_WORK = 2 ** 17;
const LEAST_COST = 2 ** 13;
const MOST_PARALLELISM = 16;

/**
 * Parses `scrypt$<N>$<r>$<p>$<salt base64url>$<key base64url>`; null when it is none, one that is guessed too cheaply
 * (N·r·p of less than 2^17, or N of less than 2^13), or one too costly to check (over 256 MiB, or p of more than 16).
 */
export function parsePasswordHash(text: string): PasswordHash | null {
  const [, cost, blockSize, parallelism, salt, key] = FORM.exec(text) ?? [];
  if (cost === undefined || salt === undefined || key === undefined) return null;
  const hash = {
    cost: Number(cost),
    blockSize: Number(blockSize),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
  const isPower = hash.cost > 1 && (hash.cost & (hash.cost - 1)) === 0;
  const work = hash.cost * hash.blockSize * hash.parallelism;
  const isStrong = hash.cost >= LEAST_COST && work >= LEAST_WORK;
  const isCheckable = hash.parallelism <= MOST_PARALLELISM && memoryOf(hash) <= MOST_MEMORY;
  return isPower && isStrong && isCheckable ? hash : null;
}

/** Hashes a new password with a salt of its own, in the form that {@link parsePasswordHash} reads. */
export async function hashPassword(password: string): Promise<string> {
  const hash = { cost: 2 ** 15, blockSize: 8, parallelism: 1, salt: randomBytes(16), key: Buffer.alloc(32) };
  const key = await deriveKey(password, hash);
  const { cost, blockSize, parallelism, salt } = hash;
  return `scrypt$${cost}$${blockSize}$${parallelism}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/** Whether the hash is that of the password; takes as long whichever it is. */
export async function verifyPassword(password: string, hash: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await deriveKey(password, hash), hash.key);
}

const MOST_MEMORY = 256 * 2 ** 20;

function deriveKey(password: string, hash: PasswordHash): Promise<Buffer> {
  const { cost, blockSize, parallelism, salt, key } = hash;
  // Node allows 32 MiB unless told otherwise, and counts a little more than the formula.
  const options = { cost, blockSize, parallelization: parallelism, maxmem: 2 * memoryOf(hash) };
  return derive(password, salt, key.length, options);
}

function memoryOf({ cost, blockSize, parallelism }: PasswordHash): number {
  return 128 * blockSize * (cost + parallelism);
}
