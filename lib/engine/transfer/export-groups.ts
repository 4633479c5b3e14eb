import { type WalkDeps, WINDOW } from '../queries/newest-first.ts';
import { SteppedRecords } from '../queries/stepped-records.ts';
import { parseRecord } from '../record/record.ts';
import type { RedisClient } from '../scripts.ts';
import type { MovedMember } from './moved.ts';

/** How many groups are looked for at a time. */
const STEP = 100;
const US = 1_000;

/** Reads the jobs of all groups of a queue, those of a group in the order in which they have joined. */
export async function* exportGroups(deps: WalkDeps): AsyncGenerator<MovedMember> {
  const { client, keys } = deps;
  const records = new SteppedRecords(deps);
  let cursor = '0';
  do {
    const [next, pairs] = await client.hscan(keys.groupRules, cursor, 'COUNT', STEP);
    cursor = next;
    for (let at = 0; at < pairs.length; at += 2) {
      const [group = '', rule = ''] = pairs.slice(at, at + 2);
      for await (const places of inOrder(client, keys.group(group))) {
        for await (const [{ id, score }, record] of records.of(places)) {
          if (parseRecord(record) === null) continue;
          yield { kind: 'member', id, group, rule, at: Math.floor(Number(score) / US), record };
        }
      }
    }
  } while (cursor !== '0');
}

/** A member of a sorted set. */
interface Place {
  id: string;
  score: string;
}

/** Walks a sorted set that others take from at its beginning. */
async function* inOrder(client: RedisClient, key: string): AsyncGenerator<Place[]> {
  for (let last: Place | undefined; ; ) {
    const start = last === undefined ? 0 : await behind(client, key, last);
    const reply = await client.zrange(key, start, String(start + WINDOW - 1), 'WITHSCORES');
    const places = reply.flatMap((id, at) => (at % 2 === 0 ? [{ id, score: reply[at + 1] ?? '' }] : []));
    if (places.length === 0) return;
    yield places;
    last = places.at(-1);
  }
}

/** The rank behind a member; of one that is gone, that of the first with its score or a later one. */
async function behind(client: RedisClient, key: string, { id, score }: Place): Promise<number> {
  const rank = await client.zrank(key, id);
  return rank === null ? client.zcount(key, '-inf', `(${score}`) : rank + 1;
}
