import { readdirSync, readFileSync } from 'node:fs';
import type { RedisClient } from '../redis/connect.ts';
import { refuseKeyPrefix } from './key-prefix.ts';
import type { ScriptKeyName } from './key-types.ts';
import { checkKeys, sourceOf } from './script-checks.ts';
import { SCRIPTS, type ScriptEntry } from './script-table.ts';

export type { RedisClient } from '../redis/connect.ts';

/** The name of a file in `scripts/`, without its ending, or of the two that go together. */
export type ScriptName =
  | keyof typeof SCRIPTS
  | `${'settle' | 'settle-linked'}-and-${'take' | 'take-limited'}`;

const FOLDER = new URL('./scripts/', import.meta.url);
const TABLE: Readonly<Record<string, ScriptEntry>> = SCRIPTS;

/** What each script does after its keys are checked, with the functions that it calls. */
const BODIES = new Map<string, string>();
/** What Redis is sent. */
const SOURCES = new Map<string, string>();

for (const [name, entry] of Object.entries(TABLE)) {
  const { calls = [] } = entry;
  const own = readFileSync(new URL(`${name}.lua`, FOLDER), 'utf8');
  BODIES.set(name, [...calls.map(asFunction), own].join('\n'));
  SOURCES.set(name, sourceOf(checked(name), entry));
}
requireTable();

/** How many keys and arguments `take.lua` and `take-limited.lua` have; those of the settle stand before them. */
export const TAKE_KEYS = {
  take: SCRIPTS.take.keys.length,
  'take-limited': SCRIPTS['take-limited'].keys.length,
} as const;
export const TAKE_ARGS = 6;

/** Where a queue has limits, the slots of what ended are free before the take looks for one. */
const FREE_ENDED = `
local ended = {}
for i = 5, 4 + 4 * settleArgs[4], 4 do ended[#ended + 1] = settleArgs[i] end
${asFunction('free')}free({ KEYS[4], KEYS[12], KEYS[13], KEYS[9], KEYS[10] }, ended)`;

/** What every settle checks. */
const CHECKED_BY_SETTLE: readonly ScriptKeyName[] = ['active', 'jobs', 'claims'];

for (const settle of ['settle', 'settle-linked'] as const) {
  const entry = SCRIPTS[settle];
  SOURCES.set(`${settle}-and-take`, sourceOf(together(settle, 'take', ''), entry));
  SOURCES.set(`${settle}-and-take-limited`, sourceOf(together(settle, 'take-limited', FREE_ENDED), entry));
}

/**
 * Makes one script of both transitions, for one round trip and one reply; each stays a file of its own. It replies with
 * what either returns. A take that cannot be leaves everything as it was; what was settled stands, and the reply says that
 * nothing was taken and is worth asking for at once: asked for alone, it fails with its error.
 */
function together(settle: string, take: keyof typeof TAKE_KEYS, first: string): string {
  return `local settleArgs, takeKeys, takeArgs = ARGV, {}, {}
for i = ${TAKE_KEYS[take]}, 1, -1 do takeKeys[i] = table.remove(KEYS) end
for i = ${TAKE_ARGS}, 1, -1 do takeArgs[i] = table.remove(ARGV) end
local function settle(KEYS, ARGV)
${checked(settle)}
end
local function take(KEYS, ARGV)
${checked(take, first, CHECKED_BY_SETTLE)}
end
local lost = settle(KEYS, ARGV)
local wasTaken, taken = pcall(take, takeKeys, takeArgs)
if wasTaken then return { lost, taken } end
local now = clock()
return { lost, { 'ok', now[1] * 1000 + math.floor(now[2] / 1000), '[]', '[]', '[]', 0 } }`;
}

/** A script that begins with the checks of its keys; `first` comes between them and it. */
function checked(name: string, first = '', already: readonly ScriptKeyName[] = []): string {
  const entry = TABLE[name];
  if (!entry) throw new Error(`${name} is not in the table of scripts`);
  return [entry.checksKeys ? '' : checkKeys(entry, already), first, bodyOf(name)].join('\n');
}

/** Makes a script a function that is named like its file, as `saveUnique`. */
function asFunction(name: string): string {
  return `local function ${functionName(name)}(KEYS, ARGV)\n${bodyOf(name)}\nend\n`;
}

function functionName(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function bodyOf(name: string): string {
  const body = BODIES.get(name);
  if (body === undefined) throw new Error(`${name} stands in the table of scripts behind one that calls it`);
  return body;
}

/** A file that the table does not name would be sent without its keys being checked. */
function requireTable(): void {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.lua'));
  const unknown = files.find((file) => !(file.slice(0, -'.lua'.length) in TABLE));
  if (unknown !== undefined) throw new Error(`scripts/${unknown} is not in the table of scripts`);
}

/** One call of a script, ready to be sent. */
export interface ScriptCall {
  script: ScriptName;
  keys: readonly string[];
  args: readonly (string | number)[];
}

type Commands = Record<string, (keyCount: number, ...rest: (string | number)[]) => Promise<unknown>>;

/** What stands before the scripts of a client, where anything does. */
const PREFACES = new WeakMap<RedisClient, string>();

/**
 * Teaches a client the scripts, once; throws CONFIG_INVALID for one with a keyPrefix. ioredis sends each by its hash and, where Redis does not know the hash
 * (restart, failover, SCRIPT FLUSH), once more with its source. The preface stands before each of them; default nothing.
 */
export function defineScripts(client: RedisClient, preface = ''): void {
  refuseKeyPrefix(client);
  if ('apiary-take' in client) return;
  if (preface !== '') PREFACES.set(client, preface);
  for (const [name, lua] of SOURCES) client.defineCommand(`apiary-${name}`, { lua: preface + lua });
}

/**
 * Sends one call; resolves with the raw reply. Rejects with what Redis says; where a key is not what it should be, that
 * names it, and nothing was changed.
 */
export function runScript(client: RedisClient, { script, keys, args }: ScriptCall): Promise<unknown> {
  return commandOf(client, script)
    .call(client, keys.length, ...keys, ...args)
    .catch((error: unknown) => {
      if (!isNoScript(error)) throw error;
      // Forgotten again between the two tries of ioredis. Nothing of it was run, and with its source it needs no memory.
      const lua = (PREFACES.get(client) ?? '') + (SOURCES.get(script) ?? '');
      return client.eval(lua, keys.length, ...keys, ...args);
    });
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

function commandOf(target: RedisClient, script: ScriptName): Commands[string] {
  // defineCommand adds the method at run time, so no type of ioredis knows it.
  const command = (target as unknown as Commands)[`apiary-${script}`];
  if (!command) throw new Error(`script ${script} was not defined on this connection`);
  return command;
}
