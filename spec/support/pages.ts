import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The pages of the documentation, by their paths from the folder of the project. */
export const PAGES = [
  ...readdirSync(ROOT),
  ...readdirSync(join(ROOT, 'docs')).map((name) => join('docs', name)),
].filter((page) => page.endsWith('.md'));

/** The text of a file, by its path from the folder of the project. */
export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
