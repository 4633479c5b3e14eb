import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { coerceError } from '../errors.ts';
import { inexactNumbers, inexactRefusal } from '../exact-numbers.ts';
import type { Call } from './command.ts';
import { CommandFailure, EXIT } from './exit-code.ts';

/** How JSON is given to a command, for its help. */
export const DATA_RULE = 'JSON, @file to read it from a file, or - for standard input';

/**
 * Reads JSON that was given as a word. Throws what ends the command for what is none, and for numbers that JavaScript
 * would change.
 */
export async function readGiven(call: Call, word: string): Promise<unknown> {
  const json = await textOf(call, word);
  try {
    const value: unknown = JSON.parse(json);
    const numbers = inexactNumbers(json);
    if (numbers.length > 0) throw inexactRefusal(numbers);
    return value;
  } catch (error) {
    throw new CommandFailure(EXIT.wrongUse, `the data cannot be used: ${coerceError(error).message}`);
  }
}

/** Reads likewise the options that were given as JSON; what they may be is seen by who takes them. */
export async function readOptions(call: Call, word: string): Promise<object> {
  const given = await readGiven(call, word);
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given;
  throw new CommandFailure(EXIT.wrongUse, '--options must be a JSON object');
}

async function textOf({ terminal }: Call, word: string): Promise<string> {
  if (word === '-') return text(terminal.stdin);
  if (!word.startsWith('@')) return word;
  return readFile(resolve(terminal.folder, word.slice(1)), 'utf8').catch((error: unknown) => {
    throw new CommandFailure(EXIT.wrongUse, `${word} cannot be read: ${coerceError(error).message}`);
  });
}
