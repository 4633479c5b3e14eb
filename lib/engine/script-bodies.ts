import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const FOLDER = new URL('./scripts/', import.meta.url);
const ENDING = '.lua';

/**
 * What is in each file below `scripts/`, by its name without the ending. All are read at once, so that a process keeps
 * to the version that it began with. In the package this module has the texts in itself: see compose/build.mjs.
 */
export const SCRIPT_BODIES: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ENDING))
    .map((path) => [
      basename(path, ENDING),
      readFileSync(new URL(path.replaceAll('\\', '/'), FOLDER), 'utf8'),
    ]),
);
