import type { ScriptKeyName } from './key-types.ts';
import { checkKeys, guarded } from './script-checks.ts';
import type { ArgKind, PartEntry, ScriptEntry } from './script-entry.ts';
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

/** The functions of a script by the function that they stand in; those under '' stand in none. */
type Functions = ReadonlyMap<string, readonly Callee[]>;

const TABLE: Readonly<Record<string, ScriptEntry>> = SCRIPTS;

/** Tells what a script is sent with: its own keys, and behind them those that it has for what it calls. */
export function layoutOf(name: string): ScriptLayout {
  const entry = scriptOf(name);
  const keys = new Set<ScriptKeyName>(entry.keys);
  for (const callee of reachedFrom(name)) for (const key of keysOf(callee.name)) keys.add(key);
  return { keys: [...keys], args: Object.keys(entry.args ?? {}) };
}

/**
 * Writes a script out as Redis is sent it: keys and arguments by their names, what it calls as functions, its checks,
 * itself.
 */
export function sourceOf(name: string): string {
  const entry = scriptOf(name);
  const { keys } = layoutOf(name);
  const functions = placed(name);
  const body = [
    locals(keys, (at) => `KEYS[${at}]`),
    manyKeys(entry, keys.length),
    argLocals(entry),
    functionsIn('', functions, entry),
    checkKeys(entry, entry.checks ?? keys),
    bodyOf(entry.file ?? name),
  ];
  return guarded(joined(body), { ...entry, keys });
}

function joined(lines: readonly string[]): string {
  return lines.filter((line) => line !== '').join('\n');
}

function locals(names: readonly string[], given: (at: number) => string): string {
  if (names.length === 0) return '';
  return `local ${names.join(', ')} = ${names.map((_name, at) => given(at + 1)).join(', ')}`;
}

const IN_LUA = {
  text: (value) => value,
  number: (value) => `tonumber(${value})`,
  flag: (value) => `${value} == '1'`,
} as const satisfies Record<ArgKind, (value: string) => string>;

function argLocals({ args = {}, rest }: ScriptEntry): string {
  const kinds = Object.values(args);
  const fixed = locals(Object.keys(args), (at) => IN_LUA[kinds[at - 1] ?? 'text'](`ARGV[${at}]`));
  const others = rest === undefined ? '' : `local ${rest}, FIRST = ARGV, ${kinds.length + 1}`;
  return joined([fixed, others]);
}

/** The keys that come behind those that have a place each. */
function manyKeys({ queues, others }: ScriptEntry, fixed: number): string {
  if (others !== undefined) return `local others = { unpack(KEYS, ${fixed + 1}) }`;
  if (queues === undefined) return '';
  const fields = queues.map((name, at) => `${name} = KEYS[i + ${at}]`).join(', ');
  return `local queues = {}
for i = ${fixed + 1}, #KEYS, ${queues.length} do queues[#queues + 1] = { ${fields} } end`;
}

function functionsIn(outer: string, functions: Functions, script: ScriptEntry): string {
  return joined((functions.get(outer) ?? []).map((callee) => functionOf(callee, functions, script)));
}

function functionOf(callee: Callee, functions: Functions, script: ScriptEntry): string {
  const { called, name, hasRole } = callee;
  const { args = [], rest, state = '' } = PARTS[name] ?? asPart(scriptOf(name));
  const params = rest === undefined ? args : [...args, rest, 'FIRST'];
  return joined([
    state,
    `local function ${called}(${params.join(', ')})`,
    rest === undefined ? '' : 'FIRST = FIRST or 1',
    functionsIn(called, functions, script),
    hasRole ? checksOfRole(name, script) : '',
    bodyOf(name),
    'end',
  ]);
}

function asPart({ args = {}, rest }: ScriptEntry): PartEntry {
  return { args: Object.keys(args), ...(rest !== undefined && { rest }) };
}

function checksOfRole(name: string, { known = [] }: ScriptEntry): string {
  const entry = scriptOf(name);
  const checked = entry.checks ?? layoutOf(name).keys;
  return checkKeys(
    entry,
    checked.filter((key) => !known.includes(key)),
  );
}

/**
 * Decides where each function of a script stands. One with a single caller stands inside that caller: Lua then makes it
 * only when the caller runs. One that keeps something between its calls stands outside of all others.
 */
function placed(script: string): Functions {
  const reached = reachedFrom(script);
  const callers = new Map<string, string[]>();
  const note = (caller: string, callee: Callee): void => {
    callers.set(callee.called, [...(callers.get(callee.called) ?? []), caller]);
  };
  for (const callee of callsOf(script)) note('', callee);
  for (const one of reached) for (const callee of callsOf(one.name)) note(one.called, callee);
  const found = new Map<string, Callee[]>();
  for (const callee of reached) {
    const [caller = '', ...others] = callers.get(callee.called) ?? [];
    const outer = others.length > 0 || PARTS[callee.name]?.state !== undefined ? '' : caller;
    found.set(outer, [...(found.get(outer) ?? []), callee]);
  }
  return found;
}

const REACHED = new Map<string, readonly Callee[]>();

/** All functions that a script calls, and those that they call in turn. Each comes before its callers. */
function reachedFrom(name: string, above: readonly string[] = []): readonly Callee[] {
  const known = REACHED.get(name);
  if (known) return known;
  if (above.includes(name)) throw new Error(`${name} of the table of scripts calls itself`);
  const found = new Map<string, Callee>();
  for (const callee of callsOf(name)) {
    for (const inner of reachedFrom(callee.name, [...above, name])) found.set(inner.called, inner);
    found.set(callee.called, callee);
  }
  const reached = [...found.values()];
  REACHED.set(name, reached);
  return reached;
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
