import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, readPage } from '../support/pages.ts';

interface Link {
  target: string;
  /** The names that its text or its title has in double quotes. */
  quoted: string[];
}

/**
 * What is wrong with the relative links in the text of a page, one sentence each: no such file, no such heading, or a
 * spec without the test that the link names in double quotes.
 *
 * @param page - where the text stands, as a path from the folder of the project
 */
export function linkFaults(page: string, text: string): string[] {
  return linksOf(text).flatMap((link) => faultsOf(page, link));
}

/** A file, with its ending; or a module or a folder of the code, which is named without one. */
const NAMED = [
  /`([\w.-]+(?:\/[\w.-]+)+\.(?:ts|tsx|lua|mjs|css|js|ya?ml|md))`(?!:$)/gm,
  /`((?:compose|lib|spec|engine|server)(?:\/[\w-]+)+)`(?!:$)/gm,
];
const ENDINGS = ['', '.ts', '.tsx', '.lua', '.mjs', '.spec.ts'];

/**
 * The files that the text of a page names in code style and that are not there, each as it is named. A name counts from
 * the folder of the project or from `lib`. One with a colon behind it is the title of a file of the reader's own.
 */
export function missingFiles(text: string): string[] {
  const prose = withoutCode(text);
  const files = NAMED.flatMap((named) => [...prose.matchAll(named)].map(([, file = '']) => file));
  return files.filter((file) => {
    const places = ['', 'lib'].map((folder) => join(ROOT, folder, file));
    return !places.some((place) => ENDINGS.some((ending) => existsSync(place + ending)));
  });
}

function linksOf(text: string): Link[] {
  const found = withoutCode(text).matchAll(/\[([^\]]*)\]\(([^()\s]+)(?:\s+(["'])(.*?)\3)?\)/g);
  const links = [...found].map(([, words = '', target = '', mark, title = '']) => ({
    target,
    quoted: [...quotedIn(words), ...(mark === '"' ? [title] : quotedIn(title))],
  }));
  return links.filter(({ target }) => !/^[a-z]+:/.test(target));
}

function quotedIn(words: string): string[] {
  return [...words.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
}

function faultsOf(page: string, { target, quoted }: Link): string[] {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, file))) return [`${file} does not exist`];
  if (anchor !== undefined && !anchors(readPage(file)).has(anchor))
    return [`${file} has no heading #${anchor}`];
  if (!file.startsWith('spec/')) return [];
  const names = testNames(readPage(file));
  return quoted
    .filter((name) => !names.some((pattern) => pattern.test(name)))
    .map((name) => `${file} has no test "${name}"`);
}

/** The anchors of a page's headings, by GitHub's rules: a heading that comes again has a number behind it. */
function anchors(text: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#+ (.+)$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{M}\d\-_ ]/gu, '').replaceAll(' ', '-');
    let again = 0;
    while (found.has(again === 0 ? anchor : `${anchor}-${again}`)) again++;
    found.add(again === 0 ? anchor : `${anchor}-${again}`);
  }
  return found;
}

function withoutCode(text: string): string {
  return text.replace(/^```.*?^```$/gms, '');
}

/** The names of a file's tests and of the groups they are in; where a name holds a value, any text stands for that. */
function testNames(source: string): RegExp[] {
  const found = source.matchAll(
    /\b(?:it|describe)\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`([^`]*)`)/g,
  );
  return [...found].map(([, single, double, template]) => {
    const name = (single ?? double ?? template ?? '').replace(/\\(.)/g, '$1');
    const literals = template === undefined ? [name] : name.split(/\$\{.*?\}/);
    return new RegExp(
      `^${literals.map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')}$`,
    );
  });
}
