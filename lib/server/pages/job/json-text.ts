import { toJson, toShownJson } from '../../shown-json.ts';

/** A value as JSON, for people to read. */
export interface JsonText {
  text: string;
  /** How many characters there are in all; null when the text is whole. */
  cutOf: number | null;
}

/** What is longer makes a page slow. */
const MOST_SHOWN = 100_000;

/**
 * Writes a value as JSON: indented where that is not too long, else as it is stored, and cut behind 100,000
 * characters. What is nested deeper than JSON can be written is told so in words.
 */
export function toJsonText(value: unknown): JsonText {
  const text = toJson(value);
  if (text === null) return { text: '(nested too deeply to be shown)', cutOf: null };
  if (text.length > MOST_SHOWN) return { text: text.slice(0, MOST_SHOWN), cutOf: text.length };
  // Each level indents all lines in it, so a little text can become a great deal.
  const indented = toShownJson(value);
  return { text: indented.length > MOST_SHOWN ? text : indented, cutOf: null };
}
