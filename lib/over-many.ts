import type { Clock } from './clock.ts';

/** How many things are looked at. */
export interface OverManyRule {
  clock: Clock;
  /** How many are looked at at a time; default 32. */
  atOnce?: number;
  /** After so many ms no further one is begun, and none is waited for; default never. */
  withinMs?: number;
  /** Whether an error ends the whole, as it is not about one of them; default none does. */
  isFatal?: (error: unknown) => boolean;
}

/** What came of looking at many things, each by itself; in their order. */
export interface OverMany<Item, Value> {
  done: [item: Item, value: Value][];
  failed: [item: Item, error: unknown][];
  /** Those that the time did not suffice for. */
  leftOut: Item[];
}

const AT_ONCE = 32;

/**
 * Looks at many things, so many at a time, each guarded by itself: one that fails hides no other, and when the time is
 * over the work stops. The one way to go over queues, and over whatever else callers can make many of. Rejects with a
 * fatal error alone.
 */
export async function overMany<Item, Value>(
  items: readonly Item[],
  visit: (item: Item) => Promise<Value>,
  { clock, atOnce = AT_ONCE, withinMs, isFatal = () => false }: OverManyRule,
): Promise<OverMany<Item, Value>> {
  const ends = new Map<number, { value: Value } | { error: unknown }>();
  const over = new AbortController();
  // One walk goes on where the others are.
  const rest = items.entries();
  const walk = async (): Promise<void> => {
    for (const [at, item] of rest) {
      if (over.signal.aborted) return;
      const end = await endOf(visit, item);
      if (over.signal.aborted) return;
      if ('error' in end && isFatal(end.error)) throw end.error;
      ends.set(at, end);
    }
  };
  const walks = Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, walk));
  try {
    await (withinMs === undefined ? walks : Promise.race([walks, clock.sleep(withinMs, over.signal)]));
  } finally {
    over.abort();
  }
  return sorted(items, ends);
}

async function endOf<Item, Value>(
  visit: (item: Item) => Promise<Value>,
  item: Item,
): Promise<{ value: Value } | { error: unknown }> {
  try {
    return { value: await visit(item) };
  } catch (error) {
    return { error };
  }
}

function sorted<Item, Value>(
  items: readonly Item[],
  ends: ReadonlyMap<number, { value: Value } | { error: unknown }>,
): OverMany<Item, Value> {
  const all: OverMany<Item, Value> = { done: [], failed: [], leftOut: [] };
  for (const [at, item] of items.entries()) {
    const end = ends.get(at);
    if (end === undefined) all.leftOut.push(item);
    else if ('error' in end) all.failed.push([item, end.error]);
    else all.done.push([item, end.value]);
  }
  return all;
}
