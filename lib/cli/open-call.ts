import { userInfo } from 'node:os';
import { systemClock } from '../clock.ts';
import { Inspector } from '../inspector/inspector.ts';
import { Producer } from '../jobs/producer.ts';
import { nullLogger } from '../logger.ts';
import { closeClient, connect, type RedisClient } from '../redis/connect.ts';
import { takeOverPlainText } from '../redis/plain-text.ts';
import { parseRedisUrl } from '../redis/url.ts';
import type { Call, Connection, SharedOptions } from './command.ts';
import type { Terminal } from './terminal.ts';
import { findRedis } from './where-redis.ts';

/** A call of a command, and what closes all that it opened. */
export interface OpenCall {
  call: Call;
  close(): Promise<void>;
}

/** Makes the call that a command works with; nothing is opened until the command asks for it. */
export function openCall(terminal: Terminal, shared: SharedOptions): OpenCall {
  const restore = takeOverPlainText(nullLogger);
  const closes: (() => Promise<void>)[] = [async () => restore()];
  let opening: Promise<Connection> | null = null;
  const open = (): Promise<Connection> => {
    opening ??= connectAs(terminal, shared, closes);
    return opening;
  };
  return {
    call: {
      ...{ terminal, shared, open, by: userName() },
      now: () => systemClock.now(),
      reach: (url) => reach(url, closes),
    },
    close: async () => {
      for (let close = closes.pop(); close; close = closes.pop()) await close();
    },
  };
}

async function connectAs(
  terminal: Terminal,
  shared: SharedOptions,
  closes: (() => Promise<void>)[],
): Promise<Connection> {
  const { url, prefix, keyring } = await findRedis(shared, terminal);
  const client = openClient(url, closes);
  const inspector = new Inspector({ client, prefix, keyring });
  closes.push(() => inspector.close());
  const producer = new Producer({ client, prefix, warnings: true, keyring });
  closes.push(() => producer.close());
  // So that a Redis that is away, or does not let us in, is told of before anything is begun.
  await inspector.ping();
  return { client, prefix, inspector, producer, keyring };
}

async function reach(url: string, closes: (() => Promise<void>)[]): Promise<RedisClient> {
  const client = openClient(url, closes);
  await client.ping();
  return client;
}

function openClient(url: string, closes: (() => Promise<void>)[]): RedisClient {
  const client = connect(parseRedisUrl(url), 'requests', { log: nullLogger, connectionName: 'apiary:cli' });
  closes.push(() => closeClient(client));
  return client;
}

/** Not every process has a user with a name. */
function userName(): string {
  try {
    return userInfo().username || 'cli';
  } catch {
    return 'cli';
  }
}
