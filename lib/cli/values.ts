import { InvalidArgumentError } from 'commander';
import { systemClock } from '../clock.ts';
import { isWhole } from '../field-checks.ts';

/** What an option of a command takes. One without a placeholder takes nothing: it is there or not. */
export interface OptionRule<Value> {
  readonly description: string;
  readonly placeholder: string | null;
  readonly choices?: readonly string[];
  /** Reads what came; throws {@link wrong} for what cannot be. */
  parse(text: string): Value;
  /** What counts when it is left out. */
  readonly otherwise: Value;
}

/** What an argument of a command is. */
export interface ArgumentRule<Value> {
  readonly description: string;
  /** Whether it must be there, may be there, or may come any number of times. */
  readonly count: 'one' | 'maybe' | 'many';
  /** What counts when it is left out. */
  readonly otherwise: Value;
}

/** What is thrown for a value that is not right; `rule` is what it must be, in words that begin with `must`. */
export function wrong(rule: string): Error {
  return new InvalidArgumentError(`It ${rule}.`);
}

/** An argument that must be there. */
export function one(description: string): ArgumentRule<string> {
  return { description, count: 'one', otherwise: '' };
}

/** An argument that may be left out. */
export function maybe(description: string): ArgumentRule<string | undefined> {
  return { description, count: 'maybe', otherwise: undefined };
}

/** All arguments that are left, none perhaps. */
export function many(description: string): ArgumentRule<readonly string[]> {
  return { description, count: 'many', otherwise: [] };
}

/** An option that takes nothing. */
export function flag(description: string): OptionRule<boolean> {
  return { description, placeholder: null, parse: () => true, otherwise: false };
}

/** An option that takes a text which is not empty. */
export function text(placeholder: string, description: string): OptionRule<string | undefined> {
  const parse = (given: string): string => {
    if (given === '') throw wrong('must not be empty');
    return given;
  };
  return { description, placeholder, parse, otherwise: undefined };
}

/** An option that takes one of some words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  description: string,
): OptionRule<Word | undefined> {
  const parse = (given: string): Word => {
    const known = words.find((word) => word === given);
    if (known === undefined) throw wrong(`must be one of ${words.join(', ')}`);
    return known;
  };
  return {
    description: `${description}: ${words.join(', ')}`,
    placeholder: 'word',
    choices: words,
    parse,
    otherwise: undefined,
  };
}

/** An option that takes a whole number between two; the value when it is left out may be given. */
export function whole(
  description: string,
  bounds: { least: number; most: number; otherwise: number },
): OptionRule<number>;
export function whole(
  description: string,
  bounds: { least: number; most: number },
): OptionRule<number | undefined>;
export function whole(
  description: string,
  { least, most, otherwise }: { least: number; most: number; otherwise?: number },
): OptionRule<number | undefined> {
  const parse = (given: string): number => {
    const value = /^-?\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
    if (!isWhole(value, least, most)) throw wrong(`must be a whole number from ${least} to ${most}`);
    return value;
  };
  return { description, placeholder: 'n', parse, otherwise };
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const MOST_DURATION_MS = 315_360_000_000;
const DURATION = /^(\d{1,12})(ms|s|m|h|d)$/;

/** An option that takes a duration such as `90s`, `5m` or `2d`, up to ten years, and says it in ms. */
export function duration(description: string): OptionRule<number | undefined> {
  return { description, placeholder: 'time', parse: durationMs, otherwise: undefined };
}

/** An option that takes a time: an ISO date with its zone, epoch milliseconds, or a duration, counted from now. */
export function moment(description: string): OptionRule<number | undefined> {
  const parse = (given: string): number => {
    if (/^\d{1,15}$/.test(given)) return Number(given);
    if (DURATION.test(given)) return systemClock.now() + durationMs(given);
    const at = /(Z|[+-]\d\d:\d\d)$/.test(given) ? Date.parse(given) : Number.NaN;
    if (Number.isNaN(at)) throw wrong('must be a date such as 2030-01-31T09:00:00Z, or a duration');
    return at;
  };
  return { description, placeholder: 'time', parse, otherwise: undefined };
}

function durationMs(given: string): number {
  const [, count = '', unit = ''] = DURATION.exec(given) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  if (ms <= MOST_DURATION_MS) return ms;
  throw wrong('must be a duration such as 500ms, 90s, 5m, 2h or 7d, up to ten years');
}
