/** Which queues are shown where not all can be. */
export interface ChosenQueues {
  /** By name. */
  names: string[];
  leftOut: number;
}

/**
 * Chooses up to `most` queues: those that somebody has named or serves (`first`), then the others by name. The choice
 * does not change as long as the queues are the same, so that what is drawn over time has no gaps.
 */
export function chooseQueues(all: readonly string[], first: Iterable<string>, most: number): ChosenQueues {
  if (all.length <= most) return { names: [...all], leftOut: 0 };
  const known = new Set(first);
  const names = [...all.filter((name) => known.has(name)), ...all.filter((name) => !known.has(name))];
  return { names: names.slice(0, most).sort(), leftOut: all.length - most };
}
