import { Argument, type Command, Option } from 'commander';
import { type CliCommand, SHARED_OPTIONS } from './command.ts';
import type { ArgumentRule, OptionRule } from './values.ts';

type Rules<Rule> = readonly [string, Rule][];

/** Says to commander what a command takes; `run` is then called with what came, by the names of the rules. */
export function declare(
  program: Command,
  { takes, options }: CliCommand,
  run: (given: Readonly<Record<string, unknown>>) => Promise<void>,
): void {
  const own: Rules<ArgumentRule<unknown>> = Object.entries(takes);
  for (const [name, rule] of own) program.addArgument(toArgument(name, rule));
  for (const [name, rule] of optionRules(options)) program.addOption(toOption(name, rule));
  program.action((...came: unknown[]) => {
    const values = own.map(([name, { otherwise }], at) => [name, came[at] ?? otherwise]);
    return run({ ...Object.fromEntries(values), ...valuesOf(program, options) });
  });
}

/** How an option is written: `timeZone` as `--time-zone`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The options of a command, those that all have among them. */
export function optionRules(options: CliCommand['options']): Rules<OptionRule<unknown>> {
  return [...Object.entries(options), ...Object.entries(SHARED_OPTIONS)];
}

function valuesOf(program: Command, options: CliCommand['options']): Record<string, unknown> {
  const came: Record<string, unknown> = program.opts();
  return Object.fromEntries(
    optionRules(options).map(([name, { otherwise }]) => [name, came[name] ?? otherwise]),
  );
}

function toArgument(name: string, { description, count }: ArgumentRule<unknown>): Argument {
  const forms: Record<typeof count, string> = { one: `<${name}>`, maybe: `[${name}]`, many: `[${name}...]` };
  return new Argument(forms[count], description);
}

function toOption(name: string, { description, placeholder, parse }: OptionRule<unknown>): Option {
  const option = new Option(
    placeholder === null ? flagOf(name) : `${flagOf(name)} <${placeholder}>`,
    description,
  );
  return placeholder === null ? option : option.argParser(parse);
}
