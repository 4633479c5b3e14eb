import { expect } from 'chai';

/** The nearest results that a step is given. */
const MOST_READ = 30;

/** Expects that the workers have told of each effect; one whose worker died before it was noted may be done anew. */
export function expectEffects(lines: readonly string[], total: number): void {
  const done = lines.filter((line) => line.startsWith('effect '));
  const began = lines.filter((line) => line.startsWith('began ')).length;
  expect(new Set(done).size, 'each effect was done').to.equal(total);
  const anew = done.length - total;
  expect(anew, 'and anew by attempts after a death alone').to.be.at.most(began - total);
}

/** Expects that each step was given the results of those before it, the nearest ones, by every attempt. */
export function expectResults(
  lines: readonly string[],
  total: number,
  beforeOf: (n: number) => readonly number[],
): void {
  const read = lines.filter((line) => line.startsWith('read '));
  for (let n = 0; n < total; n++) {
    const ofStep = read.filter((line) => line.startsWith(`read flow ${n} `));
    const given = ofStep.map((line) => line.split(' ')[3]);
    const expected = String(Math.min(MOST_READ, countBefore(n, beforeOf)));
    expect(new Set(given), `step ${n}`).to.deep.equal(new Set([expected]));
  }
}

function countBefore(n: number, beforeOf: (n: number) => readonly number[]): number {
  const found = new Set(beforeOf(n));
  for (const one of found) for (const before of beforeOf(one)) found.add(before);
  return found.size;
}
