import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('./scripts/', import.meta.url);
const ENDING = '.lua';

/** What each file below `scripts/` does, by its name without the ending. */
const BODIES: ReadonlyMap<string, string> = new Map(
  readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ENDING))
    .map((path) => [nameOf(path), readFileSync(new URL(path.replaceAll('\\', '/'), FOLDER), 'utf8')]),
);

/** The names of all files, without their ending. */
export const SCRIPT_FILES: readonly string[] = [...BODIES.keys()];

/** What the file of this name does. */
export function bodyOf(name: string): string {
  const body = BODIES.get(name);
  if (body === undefined) throw new Error(`scripts/ has no file ${name}${ENDING}`);
  return body.replace(/^--\[\[.*?\]\]\n/s, '').trimEnd();
}

function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1, -ENDING.length);
}
