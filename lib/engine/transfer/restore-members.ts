import { joinRecords } from '../groups/groups.ts';
import type { MovedMember, RestoreDeps } from './moved.ts';

/**
 * Stores jobs in the groups in which they wait, which begin to wait anew; resolves with how many were stored. One whose
 * id exists is left alone.
 */
export async function restoreMembers(
  deps: RestoreDeps,
  members: readonly MovedMember[],
  now: number,
): Promise<number> {
  const { client, keys } = deps;
  const known = await Promise.all(members.map(({ id }) => client.hexists(keys.jobs, id)));
  let stored = 0;
  const fresh = members.filter((_, at) => known[at] === 0);
  for (const some of together(fresh, now)) {
    const answers = await joinRecords(deps, some.members, some);
    stored += answers.filter(Boolean).length;
  }
  return stored;
}

/** Jobs that join one group at one time. */
interface Joining {
  group: string;
  rule: string;
  start: string;
  members: [id: string, record: string][];
}

/** Puts those together that follow each other and join at the same time. */
function together(members: readonly MovedMember[], now: number): Joining[] {
  const all: Joining[] = [];
  for (const { id, group, rule, at, record } of members) {
    const start = at > now ? String(Math.floor(at)) : '';
    const last = all.at(-1);
    if (last?.group === group && last.rule === rule && last.start === start) last.members.push([id, record]);
    else all.push({ group, rule, start, members: [[id, record]] });
  }
  return all;
}
