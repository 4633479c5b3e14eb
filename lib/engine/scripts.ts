import { randomBytes } from 'node:crypto';
import type { RedisClient } from '../redis/connect.ts';
import { refuseKeyPrefix } from './key-prefix.ts';
import { type GivenKeyName, keyOfQueue, type QueueKeyName, type ScriptKeyName } from './key-types.ts';
import type { QueueKeys } from './keys.ts';
import type { CallOf } from './script-entry.ts';
import { SCRIPT_FILES } from './script-files.ts';
import { WrongReply } from './script-reply.ts';
import { layoutOf, type ScriptLayout, sourceOf } from './script-source.ts';
import { PARTS, SCRIPTS } from './script-table.ts';

export type { RedisClient } from '../redis/connect.ts';

/** The name of a script in the table. */
export type ScriptName = keyof typeof SCRIPTS;

/** One call of a script, ready to be sent: its keys and arguments by their names, as the table says. */
export type ScriptCall<N extends ScriptName> = { readonly script: N } & CallOf<(typeof SCRIPTS)[N]>;

/** What a script replies, read as the table says. */
export type ScriptReply<N extends ScriptName> = ReturnType<(typeof SCRIPTS)[N]['reply']>;

/** Any call, as it is written out. */
interface AnyCall {
  readonly script: ScriptName;
  readonly queue?: QueueKeys;
  readonly keys?: Readonly<Partial<Record<GivenKeyName, string>>>;
  readonly queues?: readonly QueueKeys[];
  readonly others?: readonly string[];
  readonly args?: Readonly<Record<string, string | number | boolean>>;
  readonly rest?: readonly (string | number)[];
}

interface Script {
  readonly source: string;
  readonly layout: ScriptLayout;
  /** What it is sent for each of some queues. */
  readonly ofQueues: readonly QueueKeyName[];
  readonly reply: (reply: unknown) => unknown;
}

requireTable();

/** The scripts that were sent once, each written out before the first time. */
const SENT = new Map<ScriptName, Script>();

/** A file that the table does not name would be sent without its keys being checked. */
function requireTable(): void {
  const named = [
    ...Object.keys(PARTS),
    ...Object.entries(SCRIPTS).flatMap(([name, entry]) => fileOf(name, entry)),
  ];
  const unknown = SCRIPT_FILES.find((name) => !named.includes(name));
  if (unknown !== undefined)
    throw new Error(`scripts/ has ${unknown}.lua, which is not in the table of scripts`);
}

function fileOf(name: string, entry: object): string {
  return 'file' in entry ? String(entry.file) : name;
}

type Given = readonly (string | number)[];
type Command = (keyCount: number, ...given: Given[]) => Promise<unknown>;

/** Keeps the scripts of two copies of the package apart that share a client: they may be of two versions. */
const COPY = randomBytes(4).toString('hex');

/** What stands before the scripts of each client that was taught them. */
const PREFACES = new WeakMap<RedisClient, string>();

/**
 * Teaches a client the scripts, once; throws CONFIG_INVALID for one with a keyPrefix. ioredis sends each by its hash and,
 * where Redis does not know the hash (restart, failover, SCRIPT FLUSH), once more with its source. The preface stands
 * before each of them; default nothing.
 */
export function defineScripts(client: RedisClient, preface = ''): void {
  refuseKeyPrefix(client);
  if (!PREFACES.has(client)) PREFACES.set(client, preface);
}

/**
 * Sends one call; resolves with the reply, read as the table of scripts says. Rejects with what Redis says; where a key is
 * not what it should be, that names it, and nothing was changed.
 */
export async function runScript<N extends ScriptName>(
  client: RedisClient,
  call: ScriptCall<N>,
): Promise<ScriptReply<N>> {
  const { script } = call;
  const { source, layout, ofQueues, reply } = scriptOf(script);
  const keys = keysOf(call, layout, ofQueues);
  const args = argsOf(call, layout);
  const { rest = [] }: AnyCall = call;
  // As lists, which ioredis makes one of: there may be thousands, and each list of them costs.
  const answer = await commandOf(client, script)
    .command.call(client, keys.length, keys, args, rest)
    .catch((error: unknown) => {
      if (!isNoScript(error)) throw error;
      // Forgotten again between the two tries of ioredis. Nothing of it was run, and with its source it needs no memory.
      const lua = (PREFACES.get(client) ?? '') + source;
      return client.eval(lua, keys.length, ...keys, ...args, ...rest);
    });
  return read(script, reply, answer) as ScriptReply<N>; // The parser is that of the table.
}

function keysOf(call: AnyCall, { keys }: ScriptLayout, ofQueues: readonly QueueKeyName[]): string[] {
  const { queue, keys: given = {}, queues = [], others = [] } = call;
  const sent = keys.map((name) => given[name as GivenKeyName] ?? keyOf(queue, name, call.script));
  for (const one of queues) for (const name of ofQueues) sent.push(keyOfQueue(one, name));
  sent.push(...others);
  return sent;
}

function keyOf(queue: QueueKeys | undefined, name: ScriptKeyName, script: string): string {
  // What is not given is one of a queue, as its type says.
  const key = queue && keyOfQueue(queue, name as QueueKeyName);
  if (key === undefined) throw new Error(`script ${script} was not given its key ${name}`);
  return key;
}

function argsOf({ args = {} }: AnyCall, layout: ScriptLayout): (string | number)[] {
  return layout.args.map((name) => {
    const value = args[name] ?? '';
    return typeof value === 'boolean' ? Number(value) : value;
  });
}

function read(script: ScriptName, reply: (answer: unknown) => unknown, answer: unknown): unknown {
  try {
    return reply(answer);
  } catch (error) {
    if (!(error instanceof WrongReply)) throw error;
    throw new Error(`script ${script} replied what it should not: ${error.message}`, { cause: error });
  }
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

function scriptOf(name: ScriptName): Script {
  const known = SENT.get(name);
  if (known) return known;
  const source = sourceOf(name);
  const entry = SCRIPTS[name];
  const ofQueues = 'queues' in entry ? entry.queues : [];
  const script = { source, layout: layoutOf(name), ofQueues, reply: entry.reply };
  SENT.set(name, script);
  return script;
}

/** The method that a script is on a client that was taught it, by its name there; made before its first use. */
export function commandOf(target: RedisClient, script: ScriptName): { name: string; command: Command } {
  const name = `apiary-${COPY}-${script}`;
  // defineCommand adds the method at run time, so no type of ioredis knows it.
  const commands = target as unknown as Record<string, Command>;
  const known = commands[name];
  if (known) return { name, command: known };
  const preface = PREFACES.get(target);
  if (preface === undefined) throw new Error(`script ${script} was not defined on this connection`);
  target.defineCommand(name, { lua: preface + scriptOf(script).source });
  return { name, command: commands[name] as Command }; // It is there now.
}
