/** A value as JSON, for people to read. */
export interface JsonText {
  text: string;
  /** How many characters there are in all; null when the text is whole. */
  cutOf: number | null;
}

/** What is longer makes a page slow. */
const MOST_SHOWN = 100_000;
const MOST_DEPTH = 50;

/**
 * Writes a value as JSON: indented where that is not too long, else as it is stored, and cut behind 100,000 characters. What
 * is nested deeper than JSON can be written is told so in words.
 */
export function toJsonText(value: unknown): JsonText {
  const text = stringify(value);
  if (text.length > MOST_SHOWN) return { text: text.slice(0, MOST_SHOWN), cutOf: text.length };
  // Each level indents all lines in it, so a little text can become a great deal.
  const indented = isDeep(value, MOST_DEPTH) ? text : JSON.stringify(value ?? null, null, 2);
  return { text: indented.length > MOST_SHOWN ? text : indented, cutOf: null };
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value ?? null);
  } catch {
    return '(nested too deeply to be shown)';
  }
}

function isDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return left === 0 || Object.values(value).some((inner) => isDeep(inner, left - 1));
}
