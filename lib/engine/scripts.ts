import { readdirSync, readFileSync } from 'node:fs';
import type { ChainableCommander, Cluster, Redis } from 'ioredis';

/** The connection that the engine runs its commands on; opened and closed by others. */
export type RedisClient = Redis | Cluster;

const FOLDER = new URL('./scripts/', import.meta.url);
const SOURCES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.lua'))
  .map((file) => ({
    name: file.slice(0, -'.lua'.length),
    source: readFileSync(new URL(file, FOLDER), 'utf8'),
  }));

/** The name of a file in `scripts/`, without its ending. */
export type ScriptName =
  | 'save'
  | 'take'
  | 'settle'
  | 'renew'
  | 'release'
  | 'leave'
  | 'lapsed'
  | 'recover'
  | 'orphans'
  | 'promote'
  | 'progress'
  | 'state'
  | 'retry'
  | 'raise'
  | 'remove'
  | 'rewrite'
  | 'prune'
  | 'prune-failed';

/** One call of a script, ready to be sent. */
export interface ScriptCall {
  script: ScriptName;
  keys: readonly string[];
  args: readonly (string | number)[];
}

type Commands = Record<string, (keyCount: number, ...rest: (string | number)[]) => Promise<unknown>>;

/**
 * Teaches a client the scripts, once. ioredis sends each by its hash and, where Redis does not know the hash
 * (restart, failover, SCRIPT FLUSH), once more with its source.
 */
export function defineScripts(client: RedisClient): void {
  if ('apiary-take' in client) return;
  for (const { name, source } of SOURCES) client.defineCommand(`apiary-${name}`, { lua: source });
}

/** Sends one call; resolves with the raw reply. */
export function runScript(client: RedisClient, { script, keys, args }: ScriptCall): Promise<unknown> {
  return commandOf(client, script).call(client, keys.length, ...keys, ...args);
}

/** Sends several calls in one round trip, in order and not as one transaction; rejects with the first error. */
export async function runScripts(client: RedisClient, calls: readonly ScriptCall[]): Promise<unknown[]> {
  const pipeline = client.pipeline();
  for (const { script, keys, args } of calls) {
    commandOf(pipeline, script).call(pipeline, keys.length, ...keys, ...args);
  }
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}

function commandOf(target: RedisClient | ChainableCommander, script: ScriptName): Commands[string] {
  // defineCommand adds the method at run time, so no type of ioredis knows it.
  const command = (target as unknown as Commands)[`apiary-${script}`];
  if (!command) throw new Error(`script ${script} was not defined on this connection`);
  return command;
}
