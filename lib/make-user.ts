import { text } from 'node:stream/consumers';
import { EXIT, type ExitCode } from './cli/exit-code.ts';
import { sayError } from './cli/run.ts';
import type { Terminal } from './cli/terminal.ts';
import { parseRole } from './monitor-rights.ts';
import { hashPassword } from './server/monitor/password-hash.ts';

/** Prints an entry of MONITOR_USERS; the password is read from standard input. */
export async function makeUser(
  { name, role }: { name: string; role: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const password = (await text(terminal.stdin)).replace(/\r?\n$/, '');
  if (password === '' || /[:,]/.test(name)) {
    sayError(terminal, 'a user needs a name without colons and commas, and a password on standard input');
    return EXIT.wrongUse;
  }
  if (parseRole(role) === undefined) {
    sayError(
      terminal,
      '--queues must be names of queues such as mail+shop-*, and --servers names of Redis servers such as redis+eu',
    );
    return EXIT.wrongUse;
  }
  await terminal.out(`${name}:${await hashPassword(password)}:${role}\n`);
  return EXIT.done;
}
