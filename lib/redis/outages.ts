import { codeOf } from '../code-of.ts';
import type { RedisClient } from './redis-client.ts';

/** How an outage, and its end, are said in the log. */
export const AWAY_TEXT = 'Redis is not reachable; trying again';
export const BACK_TEXT = 'Redis is back';

/** Who is told of the outages of a connection. */
export interface OutageListener {
  /** Redis cannot be reached: told once, of the first try that failed, however many fail after it. */
  away(error: Error): void;
  /** The connection is there again after it was away. */
  back(): void;
}

/** What the last try to reach Redis failed of, as long as none has succeeded since. */
const troubles = new WeakMap<RedisClient, Error>();

/**
 * Tells of each outage of a connection once, and once of its end, be it one of ours or the caller's; returns what ends
 * that.
 */
export function watchOutages(client: RedisClient, listener: OutageListener): () => void {
  let isAway = false;
  const away = (error: Error): void => {
    if (isAway) return;
    isAway = true;
    listener.away(error);
  };
  const back = (): void => {
    if (!isAway) return;
    isAway = false;
    listener.back();
  };
  // A cluster whose nodes answer and cannot serve is tried again without an error event.
  const trying = (): void => away(new Error('no node serves'));
  client.on('error', away);
  client.on('ready', back);
  if ('nodes' in client) client.on('reconnecting', trying);
  return () => {
    client.off('error', away);
    client.off('ready', back);
    client.off('reconnecting', trying);
  };
}

/** Keeps in mind why a connection cannot be made, which what waits for it is not told by ioredis. */
export function rememberTrouble(client: RedisClient): void {
  client.on('error', (error: Error) => troubles.set(client, error));
  client.on('ready', () => troubles.delete(client));
}

/** What the last try to reach Redis failed of; null once one has succeeded, and for a client that is not ours. */
export function troubleOf(client: RedisClient): Error | null {
  return troubles.get(client) ?? null;
}

/** Says of an outage in the log what it is. */
export function outageFacts(error: Error): { code: string; reason?: string } {
  // What Redis itself says tells more than its first word: which database there is none of, which right is missing.
  const reason = error.name === 'ReplyError' ? { reason: error.message } : {};
  return { code: codeOf(error) ?? error.message, ...reason };
}
