/** The ending of the modules of this package, as they run: they are JavaScript unless they run from source. */
const ENDING = /\.[^.]+$/.exec(import.meta.url)?.[0] ?? '.js';

/** Whether this package runs from source, as TypeScript. */
export const RUNS_FROM_SOURCE = ENDING !== '.js';

/** The file of a module of this package, given without its ending, as by `new URL('./child', import.meta.url)`. */
export function ownModule(place: URL): URL {
  return new URL(`${place.href}${ENDING}`);
}
