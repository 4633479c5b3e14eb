import { createHash } from 'node:crypto';
import { parseList } from './config-list.ts';
import { type KeyRights, parseRights } from './key-rights.ts';

/** How long a secret of a key is at least in production; shorter ones can be guessed. */
export const LEAST_SECRET_BYTES = 16;

/** A key of the API: its name, the SHA-256 digest of its secret, and what it may do. */
export interface ApiKeySetting extends KeyRights {
  readonly name: string;
  readonly digest: Buffer;
  /** Whether the secret is shorter than {@link LEAST_SECRET_BYTES}. */
  readonly isWeak: boolean;
}

/** How often a key may call the API. */
export interface KeyRateSetting {
  /** The name of the key; `*` for all that are not named. */
  readonly name: string;
  readonly perSecond: number;
}

/** How many replicas must have what a key adds. */
export interface KeyDurabilitySetting {
  /** The name of the key; `*` for all that are not named. */
  readonly name: string;
  readonly durability: { readonly replicas: number; readonly timeoutMs: number; readonly onDisk?: true };
}

/** How many calls a second a key may be given at most. */
export const MOST_PER_SECOND = 1_000_000;

/** Reads `name:secret:scopes:queues`; undefined for what is none. */
export function parseApiKey(item: string): ApiKeySetting | undefined {
  const [, name, secret, scopes, queues] =
    /^([^\s:\p{Cc}]{1,100}):([\x21-\x39\x3b-\x7e]+)(?::([^:]*)(?::([^:]*))?)?$/u.exec(item) ?? [];
  const rights = parseRights(scopes, queues);
  if (name === undefined || secret === undefined || rights === undefined) return undefined;
  const digest = createHash('sha256').update(secret).digest();
  return { name, digest, isWeak: secret.length < LEAST_SECRET_BYTES, ...rights };
}

/** Reads a rate for all keys, or `name=rate` of each; undefined for what is neither. */
export function parseKeyRates(text: string): KeyRateSetting[] | undefined {
  const forAll = parsePerSecond(text);
  return forAll === undefined ? parseList(text, parseKeyRate) : [{ name: '*', perSecond: forAll }];
}

function parseKeyRate(item: string): KeyRateSetting | undefined {
  const [, name, digits = ''] = /^([^\s:\p{Cc}]{1,100})=(\d+)$/u.exec(item) ?? [];
  const perSecond = parsePerSecond(digits);
  return name === undefined || perSecond === undefined ? undefined : { name, perSecond };
}

function parsePerSecond(text: string): number | undefined {
  const calls = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return calls >= 1 && calls <= MOST_PER_SECOND ? calls : undefined;
}

/** Reads a level for all keys, or `name=level` of each; undefined for what is neither. */
export function parseKeyDurabilities(text: string): KeyDurabilitySetting[] | undefined {
  const forAll = parseDurability(text);
  return forAll === undefined ? parseList(text, parseKeyDurability) : [{ name: '*', durability: forAll }];
}

function parseKeyDurability(item: string): KeyDurabilitySetting | undefined {
  const [, name, level = ''] = /^([^\s:\p{Cc}]{1,100})=(\d+:\d+(?::disk)?)$/u.exec(item) ?? [];
  const durability = parseDurability(level);
  return name === undefined || durability === undefined ? undefined : { name, durability };
}

function parseDurability(text: string): KeyDurabilitySetting['durability'] | undefined {
  const [, count, ms, disk] = /^(\d{1,3}):(\d{1,4})(:disk)?$/.exec(text) ?? [];
  const [replicas, timeoutMs] = [Number(count), Number(ms)];
  const least = disk === undefined ? 1 : 0;
  const isRight = replicas >= least && replicas <= 100 && timeoutMs >= 1 && timeoutMs <= 5_000;
  return isRight ? { replicas, timeoutMs, ...(disk !== undefined && { onDisk: true }) } : undefined;
}
