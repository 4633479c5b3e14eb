import { readFileSync } from 'node:fs';
import { Argument, Command, CommanderError, Option } from 'commander';
import { CLI_COMMANDS, type CommandEntry } from './cli/commands.ts';
import { type Completed, completionScript, SHELLS } from './cli/completion.ts';
import { declare, flagOf, optionRules } from './cli/declare.ts';
import { EXIT } from './cli/exit-code.ts';
import { runCommand, sayError } from './cli/run.ts';
import { processTerminal, type Terminal } from './cli/terminal.ts';
import type { Chosen } from './start.ts';

/** What runs when a group of commands is called by its name alone, as `schedules`. */
const DEFAULT_OF_GROUP = 'list';

/** What a group is for that is no kind of thing. */
const GROUP_TEXTS: Readonly<Record<string, string>> = { outbox: 'set up an outbox in PostgreSQL' };

/** How a command ended. */
interface Ending {
  exitCode: number;
}

/**
 * Runs the command that the words name; resolves with what to answer to the shell. `start` goes on then, and ends the
 * process by itself.
 */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  const ending: Ending = { exitCode: EXIT.done };
  const program = newProgram(terminal);
  addStart(program);
  addUser(program, terminal, ending);
  addCompletion(program, terminal);
  await addCommands(program, { words, terminal, ending });
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  }
  return ending.exitCode;
}

function newProgram(terminal: Terminal): Command {
  return new Command('apiary')
    .description('Background jobs on bee-queue and Redis.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.out(text),
      writeErr: (text) => terminal.err(text),
      outputError: (text) => sayError(terminal, text.replace(/^error: /, '')),
      getOutHelpWidth: () => terminal.columns ?? 100,
    })
    .version(packageVersion());
}

/** The version in package.json, which stands one folder up both from source and built. */
function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? '';
}

function addStart(program: Command): void {
  program
    .command('start')
    .description(
      'run the roles worker, monitor (Arena, port 8081) and api (port 8080); all three unless chosen',
    )
    .option('--worker', 'run jobs')
    .option('--monitor', 'serve Arena, health and metrics')
    .option('--api', "serve the producers' HTTP API")
    .option('--relay', 'bring the rows of the outbox at OUTBOX_URL to Redis')
    .option('--watch', 'in development: replace the worker when a file of its handlers has changed')
    .action(async (chosen: Chosen) => {
      const { start } = await import('./start.ts');
      await start(chosen);
    });
}

/** What the user may do, and where. */
interface UserOptions {
  role: string;
  queues?: string;
  servers?: string;
}

function addUser(program: Command, terminal: Terminal, ending: Ending): void {
  program
    .command('user')
    .description('make an entry of MONITOR_USERS; the password is read from standard input')
    .argument('<name>', 'how the user logs in')
    .addOption(
      new Option('--role <role>', 'what the user may do').choices(['viewer', 'operator']).default('viewer'),
    )
    .option('--queues <names>', 'in which queues alone, such as mail+shop-*')
    .option('--servers <names>', 'on which Redis servers alone, such as redis+eu')
    .action(async (name: string, { role, queues, servers }: UserOptions) => {
      const { makeUser } = await import('./make-user.ts');
      const where = servers === undefined ? role : `${role}@${servers}`;
      const grant = queues === undefined ? where : `${where}:${queues}`;
      ending.exitCode = await makeUser({ name, role: grant }, terminal);
    });
}

function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description('print what lets a shell complete commands and options')
    .addArgument(new Argument('<shell>', 'which shell').choices([...SHELLS]))
    .action(async (shell: string) => {
      await terminal.out(completionScript(shell, await completed(program)) ?? '');
    });
}

/** Every command with its options: of those that were not called, they are known once they are loaded. */
async function completed(program: Command): Promise<Completed[]> {
  const entries: [string, CommandEntry][] = Object.entries(CLI_COMMANDS);
  const own = entries.map(async ([name, { summary, load }]) => {
    const { options } = await load();
    return { name, summary, flags: optionRules(options).map(([option]) => flagOf(option)) };
  });
  const loaded = new Set(entries.map(([name]) => name.split(' ')[0]));
  const others = program.commands.filter((command) => !loaded.has(command.name()));
  return [
    ...others.map((command) => ({
      name: command.name(),
      summary: command.description().replaceAll("'", ''),
      flags: command.options.flatMap(({ long }) => long ?? []),
    })),
    ...(await Promise.all(own)),
  ];
}

/** Only of the command that is called it is known what it takes, and so of that only its help tells. */
async function addCommands(
  program: Command,
  { words, terminal, ending }: { words: readonly string[]; terminal: Terminal; ending: Ending },
): Promise<void> {
  const groups = new Map<string, Command>();
  const entries: [string, CommandEntry][] = Object.entries(CLI_COMMANDS);
  for (const [name, { summary, load }] of entries) {
    const [first = '', second] = name.split(' ');
    const made =
      second === undefined
        ? program.command(first)
        : groupOf(program, groups, first).command(second, { isDefault: second === DEFAULT_OF_GROUP });
    made.description(summary);
    if (!isMeant(words, first)) continue;
    const command = await load();
    declare(made, command, async (given) => {
      ending.exitCode = await runCommand(command, given, terminal);
    });
  }
}

function groupOf(program: Command, groups: Map<string, Command>, name: string): Command {
  const known = groups.get(name);
  if (known) return known;
  const made = program.command(name).description(GROUP_TEXTS[name] ?? `look at ${name} and change them`);
  groups.set(name, made);
  return made;
}

function isMeant(words: readonly string[], name: string): boolean {
  return words[words[0] === 'help' ? 1 : 0] === name;
}
