import { readLimits, writeLimits } from '../limits/limits.ts';
import { nextTick, readTiming } from '../schedules/occurrences.ts';
import { writeSchedule } from '../schedules/schedule.ts';
import { ScheduleStore } from '../schedules/schedule-store.ts';
import { runScript } from '../scripts.ts';
import type { Moved, MovedLimits, MovedSchedule, RestoreDeps } from './moved.ts';
import { restoreJobs } from './restore-jobs.ts';
import { restoreMembers } from './restore-members.ts';

/**
 * Stores what comes from another queue, in the order in which it was exported; resolves with how much was stored. What
 * is there already is left alone.
 */
export async function restore(deps: RestoreDeps, moved: readonly Moved[], now: number): Promise<number> {
  const limits = moved.filter((one) => one.kind === 'limits');
  const schedules = moved.filter((one) => one.kind === 'schedule');
  const members = moved.filter((one) => one.kind === 'member');
  const jobs = moved.filter((one) => one.kind === 'job');
  return (
    (await oneByOne(limits, (one) => restoreLimits(deps, one))) +
    (await oneByOne(schedules, (one) => restoreSchedule(deps, one))) +
    (await restoreMembers(deps, members, now)) +
    (await restoreJobs(deps, jobs, now))
  );
}

async function restoreSchedule(
  { client, keys }: RestoreDeps,
  { schedule, paused, fired }: MovedSchedule,
): Promise<boolean> {
  const { name, timing, limit = Number.POSITIVE_INFINITY } = schedule;
  const next = nextTick(readTiming(timing), await new ScheduleStore(client, keys).now());
  const tick = (fired ?? 0) < limit ? next : null;
  const note = paused === null ? '' : JSON.stringify(paused);
  const { text } = writeSchedule(schedule, keys);
  const args = { name, schedule: text, tick: tick ?? '', note, fired: fired ?? '' };
  return runScript(client, { script: 'restore-schedule', queue: keys, args });
}

async function restoreLimits({ client, keys }: RestoreDeps, { note }: MovedLimits): Promise<boolean> {
  if ((await readLimits(client, keys)) !== null) return false;
  await writeLimits(client, keys, note);
  return true;
}

async function oneByOne<T>(moved: readonly T[], store: (one: T) => Promise<boolean>): Promise<number> {
  let stored = 0;
  for (const one of moved) if (await store(one)) stored++;
  return stored;
}
