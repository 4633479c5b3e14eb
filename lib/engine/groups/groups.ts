import { systemClock } from '../../clock.ts';
import type { QueueKeys } from '../keys.ts';
import { type NewJob, recordOf } from '../record/new-job.ts';
import { makeJobId, type StoredOptions } from '../record/record.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** What changing groups works with: a queue. */
export interface GroupDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** A group that jobs join, and what its producer says of it; what was said last counts. */
export interface GroupJoin {
  /** As {@link groupKey} makes it. */
  group: string;
  /** It is due so long after the last job has joined, */
  graceMs: number;
  /** so long after the first has joined at the latest, */
  maxDelayMs: number;
  /** and at once when so many have joined, which is also the most that one carrier has. */
  maxSize: number;
  /** The options of its carriers but for time and size, as the inside of a JSON object. */
  carrierOptions: string;
}

/** What handing groups over did. */
export interface Fired {
  carriers: number;
  jobs: number;
  /** When to look again, in ms; null where there is no group. */
  nextInMs: number | null;
}

/** A job to be taken out of its group; it is removed, or becomes failed with the record and the message given. */
export type GroupLeave = { id: string } & (
  | { as: 'removed' }
  | { as: 'failed' | 'cancelled'; before: string; after: string; message: string }
);

/** What taking a job out of its group did; `none` when it waits in none, `changed` when it is not as it was read. */
export type GroupLeft = 'waiting' | 'delayed' | 'none' | 'changed';

/** The most jobs that one carrier may have: no script is to hold Redis for long. */
export const MOST_PER_CARRIER = 1_000;

/** How many jobs join in one call; `gather.lua` relies on it. */
export const JOIN_CHUNK = 250;
/** How many groups one call looks at, and about how many jobs it hands over at most. */
const FIRE_GROUPS = 100;
const FIRE_JOBS = 1_000;
/** How many jobs are removed at a time. */
const EMPTY_STEP = 200;

/** The name of a group in Redis: those of two types are two groups. A type has no colon, so there is no doubt. */
export function groupKey(type: string, name: string): string {
  return `${type}:${name}`;
}

/** The group in which a stored job waits, or waited until it was made to run alone; null for any other. */
export function groupOfMember({ group, type }: StoredOptions): string | null {
  if (group === undefined || group.size !== undefined || type === undefined) return null;
  return groupKey(type, group.name);
}

/** Stores jobs in their group; resolves with true for each that was created and false for each whose id existed. */
export async function joinGroup(
  deps: GroupDeps,
  jobs: readonly NewJob[],
  { group, graceMs, maxDelayMs, maxSize, carrierOptions }: GroupJoin,
): Promise<boolean[]> {
  const rule = `${graceMs} ${maxDelayMs} ${maxSize} ${carrierOptions}`;
  const answers: boolean[] = [];
  for (let from = 0; from < jobs.length; from += JOIN_CHUNK) {
    const chunk = jobs.slice(from, from + JOIN_CHUNK);
    const members = chunk.map((job): [string, string] => [job.id, recordOf(job, deps.keys)]);
    answers.push(...(await joinRecords(deps, members, { group, rule, start: chunk[0]?.start ?? '' })));
  }
  return answers;
}

/**
 * Does the same with what is written out already, for {@link JOIN_CHUNK} jobs at most: the rule of the group as
 * `join-group.lua` tells it, and one start of all.
 */
export function joinRecords(
  { client, keys }: GroupDeps,
  members: readonly [id: string, record: string][],
  { group, rule, start }: { group: string; rule: string; start: string },
): Promise<boolean[]> {
  const args = { group, rule, start, base: newId() };
  return runScript(client, { script: 'join-group', queue: keys, args, rest: members.flat() });
}

/** Whether a text says what there is to say of a group, as `join-group.lua` tells it. */
export function isGroupRule(rule: string): boolean {
  const [, options] = /^\d{1,15} \d{1,15} \d{1,15} (.*)$/s.exec(rule) ?? [];
  if (options === undefined) return false;
  try {
    // It ends within the object that names the group, where the size of a carrier is written.
    return 'group' in JSON.parse(`{${options}}}`);
  } catch {
    return false;
  }
}

/** Hands over the groups that are due, a hundred at most; where more are due, the next look is at once. */
export function fireDueGroups(deps: GroupDeps): Promise<Fired> {
  return fire(deps, '');
}

/** Hands over what has joined a group, due or not; jobs of it that are delayed stay. */
export function fireGroup(deps: GroupDeps, group: string): Promise<Fired> {
  return fire(deps, group);
}

/** Takes a job out of the group in which it waits; says in which state it was. */
export async function leaveGroup({ client, keys }: GroupDeps, leave: GroupLeave): Promise<GroupLeft> {
  const { id, as } = leave;
  const { before, after, message } = as === 'removed' ? { before: '', after: '', message: '' } : leave;
  const args = { id, base: newId(), before, after, message: JSON.stringify(message), as };
  const reply = await runScript(client, { script: 'leave-group', queue: keys, args });
  return reply === '' ? 'none' : reply;
}

/** Removes all jobs that wait in a group, delayed ones too; resolves with how many. */
export async function emptyGroup(deps: GroupDeps, group: string): Promise<number> {
  const set = deps.keys.group(group);
  let removed = 0;
  // What joins meanwhile stays, and what is handed over meanwhile is gone from here.
  for (let left = await deps.client.zcard(set); left > 0; left -= EMPTY_STEP) {
    const ids = await deps.client.zrange(set, 0, String(Math.min(EMPTY_STEP, left) - 1));
    const answers = await Promise.all(ids.map((id) => leaveGroup(deps, { id, as: 'removed' })));
    removed += answers.filter((answer) => answer !== 'none').length;
  }
  return removed;
}

/** Lets a delayed job join its group now; resolves with false when there is no such job in a group. */
export function promoteMember({ client, keys }: GroupDeps, id: string): Promise<boolean> {
  return runScript(client, { script: 'promote-member', queue: keys, args: { id, base: newId() } });
}

async function fire({ client, keys }: GroupDeps, group: string): Promise<Fired> {
  const args = { named: group, base: newId(), mostGroups: FIRE_GROUPS, most: FIRE_JOBS };
  const [carriers, jobs, next, now] = await runScript(client, { script: 'fire-groups', queue: keys, args });
  return { carriers, jobs, nextInMs: next < 0 ? null : Math.max(0, next - now) };
}

/** Carriers are named before they are known to be needed, so that no script draws lots. */
function newId(): string {
  return makeJobId(systemClock.now());
}
