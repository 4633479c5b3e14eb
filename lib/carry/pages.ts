import type { RedisClient } from '../redis/connect.ts';

/** A member of a sorted set of another library. */
export interface Scored {
  id: string;
  score: number;
}

/** How many ids are read at a time. */
const PAGE = 150;
/** By how much each page reaches into the one before: what goes meanwhile moves the others past its edge. */
const OVERLAP = 50;

/** Walks a list from its left end, by distances from its right, which adding at the left does not change. */
export async function* pagesOfList(client: RedisClient, key: string): AsyncGenerator<string[]> {
  const fresh = withoutRepeats<string>((id) => id);
  const length = await client.llen(key);
  for (let farthest = length; farthest > 0; farthest -= PAGE) {
    const overlap = farthest === length ? 0 : OVERLAP;
    yield fresh(await client.lrange(key, -farthest - overlap, -Math.max(1, farthest - PAGE + 1)));
  }
}

/** Walks a sorted set from its highest score down, as others take from it at its lowest. */
export async function* pagesOfSorted(client: RedisClient, key: string): AsyncGenerator<Scored[]> {
  const fresh = withoutRepeats<Scored>(({ id }) => id);
  for (let start = 0; ; start += PAGE) {
    const from = Math.max(0, start - OVERLAP);
    const reply = await client.zrevrange(key, from, start + PAGE - 1, 'WITHSCORES');
    const page = reply.flatMap((id, at) => (at % 2 === 0 ? [{ id, score: Number(reply[at + 1]) }] : []));
    yield fresh(page);
    if (page.length < start + PAGE - from) return;
  }
}

/** Walks a set, in no order. */
export async function* pagesOfSet(client: RedisClient, key: string): AsyncGenerator<string[]> {
  let cursor = '0';
  do {
    const [next, ids] = await client.sscan(key, cursor, 'COUNT', PAGE);
    cursor = next;
    yield ids;
  } while (cursor !== '0');
}

/** Leaves out what was in the page before. */
function withoutRepeats<Item>(nameOf: (item: Item) => string): (page: readonly Item[]) => Item[] {
  let before = new Set<string>();
  return (page) => {
    const fresh = page.filter((item) => !before.has(nameOf(item)));
    before = new Set(page.map(nameOf));
    return fresh;
  };
}
