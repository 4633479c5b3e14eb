import {
  dropNameless,
  endStates,
  type KeptDeps,
  readDue,
  settleNoted,
  toldBy,
  toNoted,
} from './kept-notes.ts';
import { pruneByWalk } from './kept-walk.ts';

/** How many jobs one step looks at, and how many steps look for notes without a job. */
const STEP = 100;
const MOST_SWEEPS = 100;

/**
 * Removes ended jobs of one queue that have stayed for as long as they say themselves; resolves with how many. One read
 * where there are none. In small steps, so that Redis serves others in between. `now` is epoch ms.
 */
export async function pruneKept(deps: KeptDeps, now: number): Promise<number> {
  let removed = 0;
  let settled = '';
  for (let isFirst = true; ; isFirst = false) {
    const noted = await readDue(deps, now, STEP);
    const [first] = noted;
    if (!first) break;
    if (isFirst && noted.length === STEP) {
      removed += await pruneByWalk(deps, now);
      continue;
    }
    const name = `${first.at} ${first.id}`;
    // What was settled and is still there has a name that cannot be read; else the next round looks at it.
    if (name === settled && (await dropNameless(deps, STEP)) === 0) break;
    settled = name;
    removed += await settleNoted(deps, { noted, told: await toldBy(deps, noted) });
  }
  await forgetGone(deps);
  return removed;
}

/** What is removed in another way leaves its note until its time: where there are many such, they are looked for. */
async function forgetGone(deps: KeptDeps): Promise<void> {
  const { client, keys } = deps;
  const [noted, succeeded, failed] = await Promise.all([
    client.zcard(keys.keptUntil),
    client.scard(keys.succeeded),
    client.scard(keys.failed),
  ]);
  if (noted <= succeeded + failed) return;
  let cursor = '0';
  for (let step = 0; step < MOST_SWEEPS; step++) {
    const [next, found] = await client.zscan(keys.keptUntil, cursor, 'COUNT', STEP);
    const read = toNoted(found);
    const told = await endStates(deps, read);
    const gone = read.filter(({ id }) => told.get(id) === '');
    if (gone.length > 0) await settleNoted(deps, { noted: gone, told });
    cursor = next;
    if (cursor === '0') return;
  }
}
