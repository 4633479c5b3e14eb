import type { QueueKeys } from '../keys.ts';
import { parseRecord } from '../record/record.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** What adopting works with: a queue. */
export interface AdopterDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How many ids of a set one step looks at, and how many steps one run takes at most. */
const STEP = 500;
const MOST_STEPS = 20;
/** A job that was made within this time before now is taken for one that has just ended. */
const RECENT_MS = 600_000;

type EndedPlace = 'newest' | 'oldest' | 'failed';

/**
 * Makes jobs that stock workers ended known to reading and pruning, which go by our order of ended jobs; resolves
 * with how many. When a stock worker ended a job is written nowhere: one made long ago goes behind the oldest that
 * succeeded, so that a past full of them drives out nothing newer. Two counts per set when there is nothing to do,
 * and up to 10,000 ids looked at when there is. `now` is epoch ms.
 */
export async function adoptFinished(deps: AdopterDeps, now: number): Promise<number> {
  const { client, keys } = deps;
  const [succeeded, ordered, failed, dated] = await Promise.all([
    client.scard(keys.succeeded),
    client.llen(keys.succeededOrder),
    client.scard(keys.failed),
    client.zcard(keys.failedOrder),
  ]);
  let adopted = 0;
  if (succeeded > ordered) {
    const known = new Set(await client.lrange(keys.succeededOrder, 0, -1));
    adopted += await adoptFrom(deps, keys.succeeded, async (ids) => {
      const unknown = ids.filter((id) => !known.has(id));
      return placesByAge(deps, unknown, now);
    });
  }
  if (failed > dated) adopted += await adoptFrom(deps, keys.failed, (ids) => placesOfFailed(deps, ids));
  return adopted;
}

async function adoptFrom(
  { client, keys }: AdopterDeps,
  set: string,
  placesOf: (ids: string[]) => Promise<[id: string, place: EndedPlace][]>,
): Promise<number> {
  let adopted = 0;
  let cursor = '0';
  for (let step = 0; step < MOST_STEPS; step++) {
    const [next, ids] = await client.sscan(set, cursor, 'COUNT', STEP);
    const places = (await placesOf(ids)).flat();
    if (places.length > 0) {
      adopted += await runScript(client, { script: 'adopt-finished', queue: keys, rest: places });
    }
    cursor = next;
    if (cursor === '0') break;
  }
  return adopted;
}

async function placesByAge(
  { client, keys }: AdopterDeps,
  ids: string[],
  now: number,
): Promise<[string, EndedPlace][]> {
  if (ids.length === 0) return [];
  const records = await client.hmget(keys.jobs, ...ids);
  return ids.map((id, at) => {
    const madeAt = parseRecord(records[at] ?? 'null')?.options.timestamp ?? 0;
    return [id, madeAt > now - RECENT_MS ? 'newest' : 'oldest'];
  });
}

async function placesOfFailed({ client, keys }: AdopterDeps, ids: string[]): Promise<[string, EndedPlace][]> {
  if (ids.length === 0) return [];
  const scores = await client.zmscore(keys.failedOrder, ...ids);
  return ids.filter((_id, at) => scores[at] === null).map((id) => [id, 'failed']);
}
