import { CONFIG_FORMATS } from '../config-formats.ts';
import type { Inspector } from '../inspector/inspector.ts';
import type { Producer } from '../jobs/producer.ts';
import type { Keyring } from '../keyring.ts';
import { namesOf } from '../names-of.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { type ArgumentRule, flag, type OptionRule, text, wrong } from './values.ts';

/** What stands behind a command once it has reached Redis. */
export interface Connection {
  client: RedisClient;
  prefix: string;
  inspector: Inspector;
  producer: Producer;
  /** By what encrypted jobs are opened; null for nothing. */
  keyring: Keyring | null;
}

/** One run of a command. */
export interface Call {
  readonly terminal: Terminal;
  readonly shared: SharedOptions;
  /** Who runs it, as changes are signed. */
  readonly by: string;
  /** Epoch ms. */
  now(): number;
  /** Reaches Redis, once for all who ask. Throws what ends the command where that cannot be done. */
  open(): Promise<Connection>;
  /** Reaches another Redis, by its URL. Throws likewise. */
  reach(url: string): Promise<RedisClient>;
}

/** The options that every command has. */
export const SHARED_OPTIONS = {
  redis: text('url', 'the Redis to use; else REDIS_URL, else that of a running npm start in this folder'),
  prefix: keyPrefix('what every key in Redis begins with; else QUEUE_PREFIX, else bq'),
  json: flag('print JSON, in the shapes of the HTTP API'),
  yes: flag('change more than one job without asking'),
  dryRun: flag('say what would be changed, and change nothing'),
  utc: flag('print exact times, by UTC'),
} as const;

/** What was given for {@link SHARED_OPTIONS}. */
export type SharedOptions = Given<typeof SHARED_OPTIONS>;

/** Picks them from all that was given. */
export function sharedOf(given: Readonly<Record<string, unknown>>): SharedOptions {
  // They were read by these very rules.
  return Object.fromEntries(namesOf(SHARED_OPTIONS).map((name) => [name, given[name]])) as SharedOptions;
}

type Rules = Readonly<Record<string, OptionRule<unknown> | ArgumentRule<unknown>>>;

/** The values that come of rules. */
export type Given<Of extends Rules> = { readonly [Name in keyof Of]: Of[Name]['otherwise'] };

/** A command: what it takes, and what it does. */
export interface CliCommand {
  /** In their order. */
  readonly takes: Readonly<Record<string, ArgumentRule<unknown>>>;
  /** Beside {@link SHARED_OPTIONS}, by their names in camel case: `timeZone` is `--time-zone`. */
  readonly options: Readonly<Record<string, OptionRule<unknown>>>;
  /** Whether it loads modules of others: whatever these keep open, the process ends when the command has. */
  readonly loadsModules: boolean;
  run(call: Call, given: Readonly<Record<string, unknown>>): Promise<ExitCode>;
}

/** Makes a command, whose values have the types that its rules say. */
export function defineCommand<
  Takes extends Readonly<Record<string, ArgumentRule<unknown>>>,
  Options extends Readonly<Record<string, OptionRule<unknown>>>,
>(parts: {
  takes: Takes;
  options: Options;
  /** Default false. */
  loadsModules?: true;
  run(call: Call, given: Given<Takes> & Given<Options>): Promise<ExitCode>;
}): CliCommand {
  const { takes, options, loadsModules = false } = parts;
  return {
    takes,
    options,
    loadsModules,
    // Whoever runs it reads the values by these very rules.
    run: (call, given) => parts.run(call, given as Given<Takes> & Given<Options>),
  };
}

function keyPrefix(description: string): OptionRule<string | undefined> {
  const { allowed, parse: read } = CONFIG_FORMATS['key-prefix'] ?? { allowed: '', parse: () => undefined };
  const parse = (given: string): string => {
    if (read(given) === undefined) throw wrong(`must be ${allowed}`);
    return given;
  };
  return { description, placeholder: 'text', parse, otherwise: undefined };
}
