import { ApiaryError } from './errors.ts';
import { numbersOf, type TextNumber } from './json-text.ts';

/** What may be such a number at all; most bodies have none. */
const SUSPECT = /\d{16}|[eE]\+?\d{3}/;
const MOST_FOUND = 100;
/** So much of a number is shown, in characters. */
const MOST_SHOWN = 40;

/**
 * Finds the numbers of a JSON text that reading it would change: whole numbers that have no exact place among those of
 * JavaScript (beyond 2^53), and those that are too large for it. Decimal places beyond the seventeenth digit are
 * nobody's loss.
 */
export function inexactNumbers(text: string): TextNumber[] {
  const found: TextNumber[] = [];
  if (!SUSPECT.test(text)) return found;
  for (const number of numbersOf(text)) {
    if (isExact(number.text)) continue;
    found.push(number);
    if (found.length === MOST_FOUND) break;
  }
  return found;
}

/** The refusal of such numbers, each with its path from the `skip`-th step on. */
export function inexactRefusal(numbers: readonly TextNumber[], skip = 0): ApiaryError {
  const problems = numbers.map(({ text, path }) => ({
    path: path.slice(skip).map(String).join('.'),
    message: `the number ${text.slice(0, MOST_SHOWN)} would be changed: give it as a text`,
  }));
  const [first] = problems;
  const message = `the request is not valid: ${first?.path ?? ''} ${first?.message ?? ''}`;
  return new ApiaryError('JOB_INVALID', message, { problems });
}

function isExact(text: string): boolean {
  const read = Number(text);
  if (!Number.isFinite(read)) return false;
  return Number.isSafeInteger(read) || !/^-?\d+$/.test(text) || BigInt(text) === BigInt(read);
}
