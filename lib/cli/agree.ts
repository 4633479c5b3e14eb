import { countText } from '../texts.ts';
import type { Call } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';

/**
 * Makes sure that a change of so many is meant: one is, and so is any number with `--yes`; else whoever sits there is
 * asked. Throws what ends the command where the answer is not yes, or nobody can be asked.
 */
export async function requireAgreement(
  call: Call,
  { verb, count, of = '' }: { verb: string; count: number; of?: string },
): Promise<void> {
  if (count <= 1 || call.shared.yes) return;
  const what = `${verb} ${countText(count, 'job')}${of}`;
  const answer = await call.terminal.ask(`${what}? [y/N] `);
  if (answer === null) {
    throw new CommandFailure(EXIT.wrongUse, `to ${what}, give --yes; to look first, --dry-run`);
  }
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure(EXIT.partly, 'nothing was changed');
}
