import type { ScriptKeyName } from './key-types.ts';
import { checkKeys, guarded } from './script-checks.ts';
import type { ArgKind, ScriptEntry } from './script-entry.ts';
import { bodyOf } from './script-files.ts';
import { PARTS, SCRIPTS } from './script-table.ts';

/** What a script is sent with, in this order. */
export interface ScriptLayout {
  readonly keys: readonly ScriptKeyName[];
  readonly args: readonly string[];
}

/** A function in a script: the entry that it is of, and by which name it is called. */
interface Callee {
  readonly called: string;
  readonly name: string;
  readonly hasRole: boolean;
}

const TABLE: Readonly<Record<string, ScriptEntry>> = SCRIPTS;

/** Tells what a script is sent with: its own keys, and behind them those that it has for what it calls. */
export function layoutOf(name: string): ScriptLayout {
  const entry = scriptOf(name);
  const keys = new Set<ScriptKeyName>(entry.keys);
  for (const callee of reachedFrom(name)) for (const key of keysOf(callee.name)) keys.add(key);
  return { keys: [...keys], args: Object.keys(entry.args ?? {}) };
}

/** Writes a script out as Redis is sent it: keys and arguments by their names, what it calls as functions, its checks, itself. */
export function sourceOf(name: string): string {
  const entry = scriptOf(name);
  const { keys } = layoutOf(name);
  const body = [
    locals(keys, (at) => `KEYS[${at}]`),
    manyKeys(entry, keys.length),
    argLocals(entry),
    functionsIn(null, name),
    checkKeys(entry, entry.checks ?? keys),
    bodyOf(entry.file ?? name),
  ];
  return guarded(body.filter((part) => part !== '').join('\n'), { ...entry, keys });
}

function locals(names: readonly string[], placed: (at: number) => string): string {
  if (names.length === 0) return '';
  return `local ${names.join(', ')} = ${names.map((_name, at) => placed(at + 1)).join(', ')}`;
}

const IN_LUA = {
  text: (value) => value,
  number: (value) => `tonumber(${value})`,
  flag: (value) => `${value} == '1'`,
} as const satisfies Record<ArgKind, (value: string) => string>;

function argLocals({ args = {}, rest }: ScriptEntry): string {
  const kinds = Object.values(args);
  const fixed = locals(Object.keys(args), (at) => IN_LUA[kinds[at - 1] ?? 'text'](`ARGV[${at}]`));
  return rest === undefined ? fixed : `${fixed}\nlocal ${rest}, FIRST = ARGV, ${kinds.length + 1}`;
}

/** The keys that come behind those that have a place each. */
function manyKeys({ queues, others }: ScriptEntry, fixed: number): string {
  if (others !== undefined) return `local others = { unpack(KEYS, ${fixed + 1}) }`;
  if (queues === undefined) return '';
  const fields = queues.map((name, at) => `${name} = KEYS[i + ${at}]`).join(', ');
  return `local queues = {}
for i = ${fixed + 1}, #KEYS, ${queues.length} do queues[#queues + 1] = { ${fields} } end`;
}

/**
 * The functions that stand in a function, or, for null, in the script itself. What only one other calls stands in that one,
 * and so costs nothing until that is called; what remembers something stands outside.
 */
function functionsIn(outer: string | null, script: string): string {
  const reached = reachedFrom(script);
  const inside = reached.filter((callee) => placeOf(callee, script, reached) === outer);
  return inside.map((callee) => functionOf(callee, script)).join('\n');
}

function placeOf({ called, name }: Callee, script: string, reached: readonly Callee[]): string | null {
  if (PARTS[name]?.state !== undefined || callsOf(script).some((one) => one.called === called)) return null;
  const callers = reached.filter((one) => callsOf(one.name).some((call) => call.called === called));
  return callers.length === 1 ? (callers[0]?.called ?? null) : null;
}

function functionOf({ called, name, hasRole }: Callee, script: string): string {
  const part = PARTS[name];
  const {
    args = [],
    rest,
    state = '',
  } = part ?? { ...TABLE[name], args: Object.keys(TABLE[name]?.args ?? {}) };
  const params = rest === undefined ? args : [...args, rest, 'FIRST'];
  return [
    state,
    `local function ${called}(${params.join(', ')})`,
    rest === undefined ? '' : 'FIRST = FIRST or 1',
    functionsIn(called, script),
    hasRole ? checksOfRole(name, TABLE[script]?.known ?? []) : '',
    bodyOf(name),
    'end',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function checksOfRole(name: string, known: readonly ScriptKeyName[]): string {
  const entry = scriptOf(name);
  const checked = entry.checks ?? layoutOf(name).keys;
  return checkKeys(
    entry,
    checked.filter((key) => !known.includes(key)),
  );
}

/** Everything that a script calls, or that is called by it; what is called stands before who calls it. */
function reachedFrom(name: string): readonly Callee[] {
  const found = new Map<string, Callee>();
  const visit = (one: string, above: readonly string[]): void => {
    if (above.includes(one)) throw new Error(`${one} of the table of scripts calls itself`);
    for (const callee of callsOf(one)) {
      visit(callee.name, [...above, one]);
      if (!found.has(callee.called)) found.set(callee.called, callee);
    }
  };
  visit(name, []);
  return [...found.values()];
}

function callsOf(name: string): Callee[] {
  const { calls = [], roles = {} } = { roles: {}, ...(PARTS[name] ?? scriptOf(name)) };
  return [
    ...calls.map((one) => ({ called: functionName(one), name: one, hasRole: false })),
    ...Object.entries(roles).map(([called, one]) => ({ called, name: one, hasRole: true })),
  ];
}

function keysOf(name: string): readonly ScriptKeyName[] {
  return PARTS[name]?.keys ?? TABLE[name]?.keys ?? [];
}

function scriptOf(name: string): ScriptEntry {
  const entry = TABLE[name];
  if (!entry) throw new Error(`${name} is not in the table of scripts`);
  return entry;
}

/** What a function is called in Lua: `is-over` is `isOver`. */
export function functionName(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
