import { SCRIPT_BODIES } from './script-bodies.ts';

/** The names of all files, without their ending. */
export const SCRIPT_FILES: readonly string[] = Object.keys(SCRIPT_BODIES);

/** What the file of this name does. */
export function bodyOf(name: string): string {
  const body = SCRIPT_BODIES[name];
  if (body === undefined) throw new Error(`scripts/ has no file ${name}.lua`);
  return body.replace(/^--\[\[.*?\]\]\n/s, '').trimEnd();
}
