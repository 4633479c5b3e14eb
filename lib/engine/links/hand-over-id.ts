/** Whether one id of a stream comes before another; the empty one, of none, before all. */
export function isBefore(one: string, other: string): boolean {
  const [ms, nth] = partsOf(one);
  const [otherMs, otherNth] = partsOf(other);
  return ms < otherMs || (ms === otherMs && nth < otherNth);
}

/** The first id that can come after this one. */
export function nextId(id: string): string {
  const [ms, nth] = partsOf(id);
  return `${ms}-${nth + 1}`;
}

function partsOf(id: string): [ms: number, nth: number] {
  const [ms, nth] = id.split('-').map(Number);
  return [ms || -1, nth ?? 0];
}
