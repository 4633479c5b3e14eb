/** Text that Handlebars puts into a page as it is. */
type AsIs = { toHTML(): string };

/** So much of a value is shown. */
const MOST_SHOWN = 1_000_000;
/** Indenting what is nested deeper makes a page of megabytes out of a job of some kilobytes. */
const DEEPEST_INDENTED = 50;
/** What Arena takes for the name of a list, or of a dump of one, in the place of a job's id. */
const LIST_WORD =
  /^(waiting|prioritized|active|completed|succeeded|failed|delayed|paused|waiting-children)(\.|$)/i;
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What Arena's templates call by name, where Arena's own function will not do. */
export const ARENA_HELPERS = {
  /** A value as JSON in a page; cut off where it is long, and a word for it where it cannot be written. */
  json(value: unknown): AsIs {
    const text = toShownJson(value);
    const rest = text.length - MOST_SHOWN;
    const shown = rest > 0 ? `${text.slice(0, MOST_SHOWN)}\n… ${rest} more characters` : text;
    return asIs(shown.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character));
  },

  /** A value as it stands in a script; to be put there with three braces. For one that cannot be written, null. */
  script(value: unknown): string {
    if (!isWritable(value)) return 'null'; // There is no editor on the page then.
    return (JSON.stringify(value) ?? 'null').replaceAll('<', '\\u003c');
  },

  /** Whether a value is a whole number, or the text of one. */
  isNumber(value: unknown): boolean {
    const isShort = typeof value === 'number' || typeof value === 'string';
    return isShort && String(Number.parseInt(String(value), 10)) === String(value);
  },

  /** A part of an address. An id that is the name of a list would lead to the list, unless it is written otherwise. */
  encodeURI(part: unknown): string {
    if (typeof part !== 'string') return '';
    const encoded = encodeURIComponent(part);
    return isListWord(part) ? asOtherwiseWritten(encoded) : encoded;
  },

  /** The page, in pages of another size, that the first job of this page is on. */
  adjustedPage(page: number, size: number, otherSize: number): number {
    return Math.floor(((page - 1) * size) / otherSize) + 1;
  },
};

/** Whether Arena takes a part of an address for the name of a list. */
export function isListWord(part: string): boolean {
  return LIST_WORD.test(part);
}

/** The same part of an address with its first letter escaped: equal to who decodes it, not to who matches it. */
export function asOtherwiseWritten(part: string): string {
  return `%${part.charCodeAt(0).toString(16)}${part.slice(1)}`;
}

/** Whether a value can be written as JSON at all: what Redis holds may be nested deeper than the stack is. */
export function isWritable(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

/** Writes a value as JSON to be read: indented unless it nests deeply, and a word for it where it cannot be written. */
export function toShownJson(value: unknown): string {
  if (!isWritable(value)) return '"nested too deeply to be shown"';
  const text = JSON.stringify(value) ?? 'null';
  return depthOf(text) > DEEPEST_INDENTED ? text : (JSON.stringify(value, null, 2) ?? 'null');
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

function asIs(text: string): AsIs {
  return { toHTML: () => text };
}
