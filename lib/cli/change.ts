import { audited, type Change } from '../inspector/audited.ts';
import type { Inspector } from '../inspector/inspector.ts';
import { nullLogger } from '../logger.ts';
import type { Call } from './command.ts';

/** Makes a change in the name of who runs the command, and notes in the audit stream what came of it. */
export function changed<T>(
  call: Call,
  inspector: Inspector,
  change: Omit<Change, 'by' | 'through'>,
  work: () => Promise<T>,
  tell?: (result: T) => string | null,
): Promise<T> {
  const log = {
    ...nullLogger,
    error: () => call.terminal.err('apiary: the change is not in the audit stream\n'),
  };
  return audited({ inspector, log }, { ...change, by: call.by, through: 'cli' }, work, tell);
}
