/** Indenting what is nested deeper makes a page of megabytes out of a job of some kilobytes. */
const DEEPEST_INDENTED = 20;
const UNWRITABLE = '"nested too deeply to be shown"';

/** Writes a value as JSON; null where that cannot be: what Redis holds may be nested deeper than the stack is. */
export function toJson(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    return null;
  }
}

/** Writes a value as JSON to be read: indented unless it nests deeply, and a word for it where it cannot be written. */
export function toShownJson(value: unknown): string {
  const text = toJson(value);
  if (text === null) return UNWRITABLE;
  return depthOf(text) > DEEPEST_INDENTED ? text : (JSON.stringify(value, null, 2) ?? 'null');
}

/** The beginning of a value where its JSON is longer than `most`; else the value. */
export function beginningOf(value: unknown, most: number): unknown {
  const text = typeof value === 'string' ? value : (toJson(value) ?? UNWRITABLE);
  return text.length > most ? `${text.slice(0, most)}… ${text.length - most} more characters` : value;
}

/** How deep brackets nest, at most: those inside of texts count too. */
function depthOf(json: string): number {
  let [depth, deepest] = [0, 0];
  for (const character of json) {
    if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return deepest;
}
