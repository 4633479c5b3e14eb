import { calendarTime, timeText } from '../../texts.ts';
import { toJson, toShownJson } from '../shown-json.ts';

/** Text that Handlebars puts into a page as it is. */
type AsIs = { toHTML(): string };

/** So much of a value is shown. */
const MOST_SHOWN = 1_000_000;
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
    // Where it is null because of its depth, there is no editor on the page.
    return (toJson(value) ?? 'null').replaceAll('<', '\\u003c');
  },

  /** Whether a value is a whole number, or the text of one. */
  isNumber(value: unknown): boolean {
    const isShort = typeof value === 'number' || typeof value === 'string';
    return isShort && String(Number.parseInt(String(value), 10)) === String(value);
  },

  /** A time (epoch ms) by UTC, which a script of ours shows in the zone of the reader; not in that of this machine. */
  moment(at: unknown): AsIs {
    const iso = typeof at === 'number' ? calendarTime(at) : null;
    return asIs(iso === null ? 'not known' : `<time datetime="${iso}">${timeText(Number(at))}</time>`);
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

function asIs(text: string): AsIs {
  return { toHTML: () => text };
}
