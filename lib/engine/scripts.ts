import { readdirSync, readFileSync } from 'node:fs';
import type { RedisClient } from '../redis/connect.ts';

export type { RedisClient } from '../redis/connect.ts';

const FOLDER = new URL('./scripts/', import.meta.url);
const SOURCES = new Map(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.lua'))
    .map((file) => [file.slice(0, -'.lua'.length), readFileSync(new URL(file, FOLDER), 'utf8')]),
);

/** Which scripts call others: in each, those are functions by their names. Who is called stands before who calls. */
const CALLING: Record<string, readonly string[]> = {
  renew: ['drain'],
  orphans: ['drain'],
  progress: ['drain'],
  fence: ['drain'],
  'split-group': ['drain'],
  take: ['admit', 'drain', 'hold'],
  'take-limited': ['admit', 'drain', 'hold'],
  settle: ['unlock'],
  'save-unique': ['unlock', 'pluck'],
  promote: ['drain', 'unlock'],
  cancel: ['drain'],
  tally: ['save'],
  'save-batch': ['save'],
  remove: ['unlock', 'tally', 'pluck'],
  withdraw: ['unlock', 'tally', 'pluck'],
  retry: ['tally'],
  'delete-queue': ['tally'],
  'settle-linked': ['settle', 'save', 'tally'],
  'schedule-fire': ['save', 'save-unique'],
  sample: ['census'],
  'join-group': ['gather'],
  'fire-groups': ['drain', 'gather'],
  'leave-group': ['gather'],
  'raise-member': ['gather'],
};
for (const [name, called] of Object.entries(CALLING)) {
  SOURCES.set(name, [...called.map(asFunction), SOURCES.get(name)].join('\n'));
}

/** How many keys and arguments `take.lua` and `take-limited.lua` have; those of the settle stand before them. */
export const TAKE_KEYS = { take: 8, 'take-limited': 16 } as const;
export const TAKE_ARGS = 6;

/** Where a queue has limits, the slots of what ended are free before the take looks for one. */
const FREE_ENDED = `
local ended = {}
for i = 5, 4 + 4 * ARGV[4], 4 do ended[#ended + 1] = ARGV[i] end
${asFunction('free')}
free({ KEYS[3], takeKeys[12], takeKeys[13], takeKeys[9], takeKeys[10] }, ended)`;

for (const settle of ['settle', 'settle-linked'] as const) {
  SOURCES.set(`${settle}-and-take`, together(settle, 'take', ''));
  SOURCES.set(`${settle}-and-take-limited`, together(settle, 'take-limited', FREE_ENDED));
}

/**
 * Makes one script of both transitions, for one round trip and one reply; each stays a file of its own. It replies with
 * what either returns.
 */
function together(settle: string, take: keyof typeof TAKE_KEYS, between: string): string {
  return `
local takeKeys, takeArgs = {}, {}
for i = ${TAKE_KEYS[take]}, 1, -1 do takeKeys[i] = table.remove(KEYS) end
for i = ${TAKE_ARGS}, 1, -1 do takeArgs[i] = table.remove(ARGV) end
local function settle(KEYS, ARGV)
${SOURCES.get(settle)}
end
local function take(KEYS, ARGV)
${SOURCES.get(take)}
end
local lost = settle(KEYS, ARGV)
${between}
return { lost, take(takeKeys, takeArgs) }`;
}

/** Makes a script a function that is named like its file, as `saveUnique`. */
function asFunction(name: string): string {
  const called = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return `local function ${called}(KEYS, ARGV)\n${SOURCES.get(name)}\nend\n`;
}

/** The name of a file in `scripts/`, without its ending, or of the two that go together. */
export type ScriptName =
  | `${'settle' | 'settle-linked'}-and-${'take' | 'take-limited'}`
  | 'take-limited'
  | 'admit'
  | 'drain'
  | 'hold'
  | 'free'
  | 'sweep-slots'
  | 'save'
  | 'save-unique'
  | 'save-batch'
  | 'unlock'
  | 'tally'
  | 'fence'
  | 'take'
  | 'settle'
  | 'settle-linked'
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
  | 'join-group'
  | 'fire-groups'
  | 'leave-group'
  | 'raise-member'
  | 'split-group'
  | 'announce'
  | 'census'
  | 'sample'
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
