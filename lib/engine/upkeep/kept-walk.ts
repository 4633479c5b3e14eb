import { type EndState, type KeptDeps, type Noted, readDue, settleNoted, toldBy } from './kept-notes.ts';

/** From how many jobs on a walk is worth it, in an order how long, and how many one walk looks for. */
const MANY = 100;
const LONG = 10_000;
const MOST_SOUGHT = 10_000;
/** How many places one step looks at, and by how many what is taken from the right end may move others meanwhile. */
const WINDOW = 1_000;
const MOVED = 200;

/**
 * Removes of one queue what has stayed for as long as it says, where that is much and the order of jobs that succeeded
 * is long: to search for each would cost Redis a pass through all of it, so the order is walked once for many. Those
 * that are not met, as they moved meanwhile, are left for another way. Resolves with how many were removed.
 */
export async function pruneByWalk(deps: KeptDeps, now: number): Promise<number> {
  let removed = 0;
  for (;;) {
    if ((await deps.client.llen(deps.keys.succeededOrder)) < LONG) return removed;
    const noted = await readDue(deps, now, MOST_SOUGHT);
    if (noted.length < MANY) return removed;
    const gone = await walk(deps, noted);
    removed += gone;
    if (gone === 0) return removed;
  }
}

async function walk(deps: KeptDeps, noted: readonly Noted[]): Promise<number> {
  const told = await toldBy(deps, noted);
  const sought = new Map(noted.filter(({ id }) => told.get(id) === 'succeeded').map((one) => [one.id, one]));
  const others = noted.filter(({ id }) => !sought.has(id));
  const removed = await settleNoted(deps, { noted: others, told });
  return removed + (await removeMet(deps, { sought, told }));
}

/** From the right end on: what is to go was there long. */
async function removeMet(
  deps: KeptDeps,
  { sought, told }: { sought: Map<string, Noted>; told: ReadonlyMap<string, EndState> },
): Promise<number> {
  const { client, keys } = deps;
  let removed = 0;
  for (let near = 1; sought.size > 0; near += WINDOW) {
    const ids = await client.lrange(keys.succeededOrder, -(near + WINDOW - 1), -near);
    if (ids.length === 0) break;
    const noted = ids.flatMap((id) => sought.get(id) ?? []);
    for (const { id } of noted) sought.delete(id);
    const window = { near: Math.max(1, near - MOVED), far: near + WINDOW + MOVED };
    if (noted.length > 0) removed += await settleNoted(deps, { noted, told }, window);
  }
  // An empty id stands where each was.
  if (removed > 0) await client.lrem(keys.succeededOrder, 0, '');
  return removed;
}
