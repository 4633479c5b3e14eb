/** So many letters may be wrong in a name that was meant for another. */
const MOST_WRONG = 3;

/**
 * Says that a name is unknown, which known one may have been meant, and which there are; for a message that begins
 * with it.
 */
export function unknownAmong(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'unknown; there are none';
  const meant = nearestOf(name, known);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  return `unknown${hint}; known are ${known.join(', ')}`;
}

/** The known name that is the least away from another; null where none is near. */
export function nearestOf(name: string, known: readonly string[]): string | null {
  // Whoever hands in a name of a megabyte has meant none.
  if (name.length > 100) return null;
  let nearest: string | null = null;
  let least = Math.min(MOST_WRONG, Math.ceil(name.length / 2)) + 1;
  for (const one of known) {
    const away = distanceBetween(name.toLowerCase(), one.toLowerCase());
    if (away >= least) continue;
    least = away;
    nearest = one;
  }
  return nearest;
}

/** One that says a part of the other, as `delay` of `delayMs`, is nearest. */
function distanceBetween(one: string, other: string): number {
  return one.length > 2 && (other.startsWith(one) || one.startsWith(other)) ? 1 : distance(one, other);
}

/** How many letters have to be put in, left out or replaced to make one name of the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
