import { randomBytes } from 'node:crypto';
import type { RedisClient } from '../redis/connect.ts';
import { refuseKeyPrefix } from './key-prefix.ts';
import { type GivenKeyName, isGivenKey, keyOfQueue, type QueueKeyName } from './key-types.ts';
import type { QueueKeys } from './keys.ts';
import type { CallOf } from './script-entry.ts';
import { SCRIPT_FILES } from './script-files.ts';
import { type Reply, WrongReply } from './script-reply.ts';
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
  /** What its method is called on a client. */
  readonly method: string;
  readonly source: string;
  readonly layout: ScriptLayout;
  /** Where among its keys those stand that a call names. */
  readonly given: readonly (readonly [at: number, name: GivenKeyName])[];
  /** By queue the other keys in their places, with '' for those that a call names. */
  readonly ofQueue: WeakMap<QueueKeys, readonly string[]>;
  /** What it is sent for each of some queues. */
  readonly ofQueues: readonly QueueKeyName[];
}

/** The same table, for who reads the reply of one script by its name. */
const REPLIES: { readonly [N in ScriptName]: { readonly reply: Reply<ScriptReply<N>> } } = SCRIPTS;

requireTable();

/** The scripts that were sent once, each written out before the first time. */
const SENT = new Map<ScriptName, Script>();

function toScript(name: ScriptName): Script {
  const entry = SCRIPTS[name];
  const layout = layoutOf(name);
  return {
    method: `apiary-${COPY}-${name}`,
    source: sourceOf(name),
    layout,
    given: layout.keys.flatMap((key, at) => (isGivenKey(key) ? [[at, key] as const] : [])),
    ofQueue: new WeakMap(),
    ofQueues: 'queues' in entry ? entry.queues : [],
  };
}

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
 * Teaches a client the scripts, once; throws CONFIG_INVALID for one with a keyPrefix. ioredis sends each by its hash
 * and, where Redis does not know the hash (restart, failover, SCRIPT FLUSH), once more with its source. The preface
 * stands before each of them; default nothing.
 */
export function defineScripts(client: RedisClient, preface = ''): void {
  refuseKeyPrefix(client);
  if (!PREFACES.has(client)) PREFACES.set(client, preface);
}

/**
 * Sends one call; resolves with the reply, read as the table of scripts says. Rejects with what Redis says; where a
 * key is not what it should be, that names it, and nothing was changed.
 */
export function runScript<N extends ScriptName>(
  client: RedisClient,
  call: ScriptCall<N>,
): Promise<ScriptReply<N>> {
  // Not an async function: this is part of every call, and the promises of those cost.
  const name = call.script;
  const script = scriptOf(name);
  const keys = keysOf(call, script);
  const args = argsOf(call, script.layout);
  const { rest = [] }: AnyCall = call;
  const toReply = (reply: unknown) => read(name, REPLIES[name].reply, reply);
  // As lists, which ioredis makes one of: there may be thousands, and each list of them costs.
  return methodOn(client, script)
    .call(client, keys.length, keys, args, rest)
    .then(toReply, (error: unknown) => {
      if (!isNoScript(error)) throw error;
      // Forgotten again between the two tries of ioredis. Nothing of it was run, and with its source it needs no
      // memory.
      const lua = (PREFACES.get(client) ?? '') + script.source;
      return client.eval(lua, keys.length, ...keys, ...args, ...rest).then(toReply);
    });
}

function keysOf(call: AnyCall, { layout, given, ofQueue, ofQueues }: Script): readonly string[] {
  const { queue, queues, others } = call;
  let own = queue && ofQueue.get(queue);
  if (!own) {
    own = layout.keys.map((name) => (isGivenKey(name) ? '' : keyOf(queue, name, call.script)));
    if (queue) ofQueue.set(queue, own);
  }
  if (given.length === 0 && !queues && !others) return own;
  const sent = own.slice();
  for (const [at, name] of given) sent[at] = call.keys?.[name] ?? notGiven(name, call.script);
  for (const one of queues ?? []) for (const name of ofQueues) sent.push(keyOfQueue(one, name));
  if (others) sent.push(...others);
  return sent;
}

function keyOf(queue: QueueKeys | undefined, name: QueueKeyName, script: string): string {
  return queue ? keyOfQueue(queue, name) : notGiven(name, script);
}

function notGiven(name: string, script: string): never {
  throw new Error(`script ${script} was not given its key ${name}`);
}

function argsOf({ args = {} }: AnyCall, layout: ScriptLayout): (string | number)[] {
  return layout.args.map((name) => {
    const value = args[name] ?? '';
    return typeof value === 'boolean' ? Number(value) : value;
  });
}

function read<T>(name: string, parse: Reply<T>, reply: unknown): T {
  try {
    return parse(reply);
  } catch (error) {
    if (!(error instanceof WrongReply)) throw error;
    throw new Error(`script ${name} replied what it should not: ${error.message}`, { cause: error });
  }
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

function scriptOf(name: ScriptName): Script {
  const known = SENT.get(name);
  if (known) return known;
  const script = toScript(name);
  SENT.set(name, script);
  return script;
}

/** The method that a script is on a client that was taught it, by its name there; made before its first use. */
export function commandOf(target: RedisClient, name: ScriptName): { name: string; command: Command } {
  const script = scriptOf(name);
  return { name: script.method, command: methodOn(target, script) };
}

function methodOn(target: RedisClient, { method, source }: Script): Command {
  // defineCommand adds the method at run time, so no type of ioredis knows it.
  const commands = target as RedisClient & Record<string, Command>;
  const known = commands[method];
  if (known) return known;
  const preface = PREFACES.get(target);
  if (preface !== undefined) target.defineCommand(method, { lua: preface + source });
  const defined = commands[method];
  if (!defined) throw new Error(`script ${method} was not defined on this connection`);
  return defined;
}
