import { readdirSync, readFileSync } from 'node:fs';
import type { RedisClient } from '../redis/connect.ts';

export type { RedisClient } from '../redis/connect.ts';

const FOLDER = new URL('./scripts/', import.meta.url);
const SOURCES = new Map(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.lua'))
    .map((file) => [file.slice(0, -'.lua'.length), readFileSync(new URL(file, FOLDER), 'utf8')]),
);

/** The scripts that end jobs or meet jobs that have ended: in each, `unlock.lua` is a function of that name. */
const UNLOCKING = ['save-unique', 'settle', 'remove', 'promote', 'withdraw'];
for (const name of UNLOCKING) {
  const unlock = `local function unlock(KEYS, ARGV)\n${SOURCES.get('unlock')}\nend`;
  SOURCES.set(name, `${unlock}\n${SOURCES.get(name)}`);
}

/** What a schedule fires is stored as any other job is. */
const FIRE = `
local function save(KEYS, ARGV)
${SOURCES.get('save')}
end
local function saveUnique(KEYS, ARGV)
${SOURCES.get('save-unique')}
end
${SOURCES.get('schedule-fire')}`;
SOURCES.set('schedule-fire', FIRE);

/** How many keys and arguments `take.lua` has: in {@link SETTLE_AND_TAKE} they stand behind those of `settle.lua`. */
export const TAKE_KEYS = 7;
export const TAKE_ARGS = 5;

/**
 * Both transitions in one call, for one round trip and one reply; each stays a file of its own. Replies with what
 * either returns.
 */
const SETTLE_AND_TAKE = `
local takeKeys, takeArgs = {}, {}
for i = ${TAKE_KEYS}, 1, -1 do takeKeys[i] = table.remove(KEYS) end
for i = ${TAKE_ARGS}, 1, -1 do takeArgs[i] = table.remove(ARGV) end
local function settle(KEYS, ARGV)
${SOURCES.get('settle')}
end
local function take(KEYS, ARGV)
${SOURCES.get('take')}
end
return { settle(KEYS, ARGV), take(takeKeys, takeArgs) }`;
SOURCES.set('settle-and-take', SETTLE_AND_TAKE);

/** The name of a file in `scripts/`, without its ending, or of the two that go together. */
export type ScriptName =
  | 'settle-and-take'
  | 'save'
  | 'save-unique'
  | 'unlock'
  | 'take'
  | 'settle'
  | 'renew'
  | 'release'
  | 'leave'
  | 'lapsed'
  | 'recover'
  | 'orphans'
  | 'cancel'
  | 'promote'
  | 'progress'
  | 'state'
  | 'ended'
  | 'retry'
  | 'raise'
  | 'remove'
  | 'rewrite'
  | 'withdraw'
  | 'delete-queue'
  | 'announce'
  | 'sift'
  | 'prune'
  | 'prune-failed'
  | 'adopt-finished'
  | 'schedule-put'
  | 'schedule-pause'
  | 'schedule-resume'
  | 'schedule-remove'
  | 'schedule-due'
  | 'schedule-fire';

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
  for (const [name, lua] of SOURCES) client.defineCommand(`apiary-${name}`, { lua });
}

/** Sends one call; resolves with the raw reply. */
export function runScript(client: RedisClient, { script, keys, args }: ScriptCall): Promise<unknown> {
  return commandOf(client, script).call(client, keys.length, ...keys, ...args);
}

function commandOf(target: RedisClient, script: ScriptName): Commands[string] {
  // defineCommand adds the method at run time, so no type of ioredis knows it.
  const command = (target as unknown as Commands)[`apiary-${script}`];
  if (!command) throw new Error(`script ${script} was not defined on this connection`);
  return command;
}
