import type { Clock } from '../../clock.ts';
import type { QueueKeys } from '../keys.ts';
import { readOwn } from '../own-json.ts';
import { type NewJob, newJob, recordEnding, recordOf } from '../record/new-job.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { PARKED_LOOK_MS } from '../unique/unique.ts';
import type { MissedTicks } from './catch-up.ts';
import type { StoredSchedule } from './schedule.ts';

/**
 * What became of a tick that fired: `fired`, its job was stored; `overlap`, the job of an earlier one goes on;
 * `unique`, another job holds the unique key; `exists`, there is a job of that id already. `jobId` is that of the job
 * named.
 */
export interface TickOutcome {
  outcome: 'fired' | 'overlap' | 'unique' | 'exists';
  jobId: string;
}

/** What a schedule did at a time; all times are epoch ms. */
export type Firing =
  | (TickOutcome & { tick: number; firedAt: number; lateMs: number })
  /** Ticks that fell because no worker was there; `atLeast` when only so many were counted. */
  | { outcome: 'missed'; tick: number; lastTick: number; count: number; atLeast: boolean; firedAt: number };

/** A job of a tick, ready to be stored. */
export interface TickJob {
  tick: number;
  job: NewJob;
}

/** What firing works with: a queue. */
export interface FiringDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** What is to be fired. */
export interface FireCall {
  schedule: StoredSchedule;
  jobs: readonly TickJob[];
  /** The tick that is due and the one after it; null for firing by hand. */
  move: { tick: number; next: number | null } | null;
  missed: MissedTicks | null;
}

/** How many firings of a schedule are kept. */
export const KEPT_FIRINGS = 100;

/** Makes the job of a tick, put off by `jitterMs`; `now` is epoch ms by Redis's clock. */
export function jobOfTick(
  schedule: StoredSchedule,
  {
    id,
    tick,
    now,
    clock,
    jitterMs = 0,
  }: { id: string; tick: number; now: number; clock: Clock; jitterMs?: number },
): TickJob {
  const { name, data, options } = schedule;
  const delayMs = (schedule.delayMs ?? 0) + jitterMs;
  const ending = recordEnding({
    ...options,
    timestamp: now,
    ...(delayMs && { delay: now + delayMs }),
    schedule: { name, tick },
  });
  return { tick, job: newJob(clock, { id, data, ending, start: delayMs ? { inMs: delayMs } : null }) };
}

/**
 * Stores the jobs, as many as its limit leaves, and moves the schedule on, in one step; null when another one has, or
 * the schedule is not what it was.
 */
export async function fire(
  { client, keys }: FiringDeps,
  { schedule, jobs, move, missed }: FireCall,
): Promise<TickOutcome[] | null> {
  const { name, fingerprint, overlap, limit, unique } = schedule;
  const args = {
    name,
    fingerprint,
    tick: move?.tick ?? '',
    nextTick: move?.next ?? '',
    overlap,
    limit: limit ?? '',
    kept: KEPT_FIRINGS,
    missed: missed ? insideOf(missed) : '',
    key: unique?.key ?? '',
    release: unique?.release ?? '',
    ttl: unique?.ttlMs ?? '',
    onConflict: unique?.onConflict ?? '',
    lookMs: PARKED_LOOK_MS,
  };
  const rest = jobs.flatMap(({ tick, job }) => [tick, job.id, recordOf(job, keys), job.start]);
  const outcomes = await runScript(client, { script: 'schedule-fire', queue: keys, args, rest });
  return outcomes?.map(([outcome, jobId]) => ({ outcome, jobId })) ?? null;
}

/** Reads what a schedule did, newest first, so many at most; default all that are kept. */
export async function readFirings(
  { client, keys }: FiringDeps,
  name: string,
  most = KEPT_FIRINGS,
): Promise<Firing[]> {
  const members = await client.zrevrangebylex(keys.firings, `(${name};`, `[${name}:`, 'LIMIT', 0, most);
  return members.map((member) => toFiring(member.slice(member.indexOf('{'))));
}

function insideOf({ first, last, count, atLeast }: MissedTicks): string {
  const missed = { tick: first, outcome: 'missed', lastTick: last, count, atLeast };
  return JSON.stringify(missed).slice(1, -1);
}

function toFiring(json: string): Firing {
  // As schedule-fire.lua wrote it.
  const firing = readOwn<Firing>(json);
  if (firing.outcome === 'missed') return firing;
  return { ...firing, lateMs: Math.max(0, firing.firedAt - firing.tick) };
}
