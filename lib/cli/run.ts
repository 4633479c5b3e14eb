import { escapeControls } from '../log-text.ts';
import { type CliCommand, sharedOf } from './command.ts';
import { type ExitCode, failureOf } from './exit-code.ts';
import { openCall } from './open-call.ts';
import type { Terminal } from './terminal.ts';

const LONGEST_LINE = 1_000;

/** Runs a command with what was given; resolves with what to answer to the shell, when all that it opened is closed. */
export async function runCommand(
  command: CliCommand,
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<ExitCode> {
  terminal.endWhenUnread();
  const exitCode = await runToEnd(command, given, terminal);
  if (command.loadsModules) terminal.end(exitCode);
  return exitCode;
}

async function runToEnd(
  command: CliCommand,
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { call, close } = openCall(terminal, sharedOf(given));
  try {
    return await command.run(call, given);
  } catch (thrown) {
    const { exitCode, message } = failureOf(thrown);
    sayError(terminal, message);
    return exitCode;
  } finally {
    await close();
  }
}

/** Says what is wrong, in one line that harms no screen. */
export function sayError({ err }: Terminal, message: string): void {
  const line = escapeControls(message.trim().replace(/\s*\n\s*/g, ' '));
  const cut = line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
  err(`apiary: ${cut}\n`);
}
