/** The share of their cases that properties are tried with: a fifth, which finds what breaks them at large. */
const SHARE = Number(process.env['MODEL_SHARE'] ?? 0.2);

/** How many cases a property is tried with that has `full` in `npm run test:long`. */
export function modelRuns(full: number): number {
  return Math.ceil(full * SHARE);
}

/** Those of a list that are tried, spread over it: all of them in `npm run test:long`. */
export function modelCases<Case>(all: readonly Case[]): Case[] {
  const count = modelRuns(all.length);
  const share = (at: number): number => Math.floor((at * count) / all.length);
  return all.filter((_, at) => share(at) !== share(at - 1));
}
