import type { GivenKeyName, QueueKeyName, ScriptKeyName } from './key-types.ts';
import type { KeyName, QueueKeys } from './keys.ts';
import type { Reply } from './script-reply.ts';

/** What an argument is in Lua: a text as it comes, a number, or true or false. */
export type ArgKind = 'text' | 'number' | 'flag';

/**
 * A function that scripts call, which is no script: in Lua it has the name of its file, as `isOver` of `is-over.lua`.
 */
export interface PartEntry {
  /** The keys that it knows by their names, as whoever calls it has them; other keys are among its arguments. */
  readonly keys?: readonly ScriptKeyName[];
  /** What it is given. */
  readonly args?: readonly string[];
  /** A list that it is given last. Only its elements from `FIRST` on count, one more argument behind it; default 1. */
  readonly rest?: string;
  /** Lua that stands before it: what it remembers for as long as a script runs. */
  readonly state?: string;
  readonly calls?: readonly string[];
}

/** What a script is given, what it calls, and what it replies. */
export interface ScriptEntry<T = unknown> {
  /** Its keys in order, in Lua by these names. Their types are checked before anything is written. */
  readonly keys: readonly ScriptKeyName[];
  /** Behind them these keys of some queues: in Lua the list `queues`, of tables with the keys by their names. */
  readonly queues?: readonly KeyName[];
  /** Or behind them some keys of one type: in Lua the list `others`. */
  readonly others?: ScriptKeyName;
  /** Its first arguments in order, in Lua by these names. */
  readonly args?: Readonly<Record<string, ArgKind>>;
  /** The name of the list that has all others, from `FIRST` on. */
  readonly rest?: string;
  /** Parts and other scripts that it calls: in Lua they are functions, whose keys it must have. */
  readonly calls?: readonly string[];
  /** Scripts that it calls by other names than their own; each checks its own keys. */
  readonly roles?: Readonly<Record<string, string>>;
  /** The file, when it has not the name of the script. */
  readonly file?: string;
  /**
   * The keys whose types are checked before it runs; default all. It checks the others itself, if it will touch them.
   */
  readonly checks?: readonly ScriptKeyName[];
  /** The keys that need no check before a role runs, as the role before it has used them. */
  readonly known?: readonly ScriptKeyName[];
  readonly reply: Reply<T>;
}

interface ArgTypes {
  text: string | number;
  number: number;
  flag: boolean;
}

/** What a call of a script has to say beside its name. */
export type CallOf<E extends ScriptEntry> = QueueOf<E> & GivenOf<E> & ArgsOf<E> & RestOf<E> & ManyOf<E>;

type QueueOf<E extends ScriptEntry> = [Extract<E['keys'][number], QueueKeyName>] extends [never]
  ? object
  : { readonly queue: QueueKeys };

type GivenOf<E extends ScriptEntry> = [Extract<E['keys'][number], GivenKeyName>] extends [never]
  ? object
  : { readonly keys: Readonly<Record<Extract<E['keys'][number], GivenKeyName>, string>> };

type ArgsOf<E> = E extends { readonly args: infer A extends Readonly<Record<string, ArgKind>> }
  ? { readonly args: { readonly [N in keyof A]: ArgTypes[A[N]] } }
  : object;

type RestOf<E> = E extends { readonly rest: string }
  ? { readonly rest: readonly (string | number)[] }
  : object;

type ManyOf<E> = E extends { readonly queues: readonly KeyName[] }
  ? { readonly queues: readonly QueueKeys[] }
  : E extends { readonly others: ScriptKeyName }
    ? { readonly others: readonly string[] }
    : object;
