import { PAGES, readPage } from '../support/pages.ts';

/** A block of code of a page. */
export interface Block {
  page: string;
  /** The line of the page at which its code begins. */
  line: number;
  /** What stands behind the opening fence; empty when nothing does. */
  language: string;
  code: string;
  /** The file that it is, where the page names one right before it as `path`: or in its first line as a comment. */
  path: string | null;
  /** What the page takes for granted in it, by a comment before it: `<!-- ts: with inspector -->`. */
  taken: readonly string[];
}

/** Every block of code of every page, in order. */
export const BLOCKS: readonly Block[] = PAGES.flatMap((page) => blocksOf(page, readPage(page)));

/** The blocks of code in the text of a page. */
export function blocksOf(page: string, text: string): Block[] {
  const found = text.matchAll(
    /(?:`([\w./-]+)`:\n\n)?(?:<!-- ts: with ([\w, ]+) -->\n)?^```([\w-]*)\n(.*?)^```$/gms,
  );
  return [...found].map(({ index, 0: whole, 1: title, 2: taken = '', 3: language = '', 4: code = '' }) => ({
    page,
    line: text.slice(0, index + whole.length - code.length).split('\n').length - 1,
    language,
    code,
    path: title ?? /^# (\S+\.\w+)$/m.exec(code.split('\n')[0] ?? '')?.[1] ?? null,
    taken: taken.split(/, */).filter((name) => name !== ''),
  }));
}

/** Where a block stands, for the message of a spec. */
export function placeOf({ page, line }: Block): string {
  return `${page}:${line}`;
}
