import { type Clock, systemClock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import { requireWhole } from '../../field-checks.ts';
import type { Keyring } from '../../keyring.ts';
import { requireList } from '../../require-given.ts';
import { findQueueNames } from '../discovery/discovery.ts';
import { eachQueue } from '../discovery/each-queue.ts';
import { type QueueKeys, queueKeys } from '../keys.ts';
import type { PauseNote } from '../record/pause-note.ts';
import { makeJobId, type StoredOptions } from '../record/record.ts';
import type { RedisClient } from '../scripts.ts';
import { type Firing, fire, jobOfTick, KEPT_FIRINGS, readFirings, type TickOutcome } from './firing.ts';
import {
  type Occurrence,
  occurrences,
  type RepeatedTime,
  readTiming,
  type SkippedTime,
} from './occurrences.ts';
import { type MissedPolicy, type OverlapPolicy, openSchedule, showSchedule } from './schedule.ts';
import { type KeptSchedule, ScheduleStore } from './schedule-store.ts';

/** A schedule as it is shown; times are epoch ms. */
export interface ScheduleInfo {
  name: string;
  queue: string;
  type: string;
  /** Its cron expression, or null when it fires at an interval. */
  cron: string | null;
  everyMs: number | null;
  /** Null at an interval, as are the next two. */
  timeZone: string | null;
  skippedTime: SkippedTime | null;
  repeatedTime: RepeatedTime | null;
  /** Between which moments it fires, the second left out; null where nothing bounds it. */
  startsAt: number | null;
  endsAt: number | null;
  missed: MissedPolicy;
  overlap: OverlapPolicy;
  data: unknown;
  /** What its jobs are stored with, in bee-queue's words. */
  options: Omit<StoredOptions, 'timestamp'>;
  delayMs: number | null;
  /** How many jobs it fires at most, and how many of them it has; null where nothing limits it. */
  limit: number | null;
  fired: number | null;
  /** By how much the start of each job is put off at most, in ms; null for not at all. */
  jitterMs: number | null;
  paused: PauseNote | null;
  /** Null while it is paused, or when nothing is to come. */
  nextAt: number | null;
  /** Whether a worker has declared it. */
  isDeclared: boolean;
  /** The job that it fired last, which may be gone. */
  lastJobId: string | null;
}

/** What schedules are looked at with. */
export interface SchedulesDeps {
  client: RedisClient;
  prefix: string;
  clock?: Clock;
  /** By what encrypted ones are opened; default nothing. */
  keyring?: Keyring | null;
}

const DEFAULT_COUNT = 10;
const MOST_SHOWN = 1_000;
const FIRE_TRIES = 5;

/** Looks at the schedules of all queues and changes them; none of it needs their definitions. */
export class Schedules {
  readonly #deps: SchedulesDeps;
  readonly #clock: Clock;

  constructor(deps: SchedulesDeps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
  }

  /**
   * Reads the schedules of a queue, or of all, which looks through the whole key space of Redis; by queue and name. Of
   * all, those of a queue that cannot be read are not among them.
   */
  async list(queue?: string): Promise<ScheduleInfo[]> {
    const { client, prefix } = this.#deps;
    if (queue !== undefined) return this.#listOf(queue);
    const names = [...(await findQueueNames(client, prefix))].sort();
    const deps = { client, prefix, clock: this.#clock };
    const { read } = await eachQueue(deps, names, (name) => this.#listOf(name));
    return read.flatMap(([, schedules]) => schedules);
  }

  /** Reads the names of the schedules of a queue, sorted. */
  names(queue: string): Promise<string[]> {
    return this.#store(queue).names();
  }

  /** Reads the schedules of a queue with these names; what is no schedule any more is left out. */
  async listNamed(queue: string, names: readonly string[]): Promise<ScheduleInfo[]> {
    requireList('listNamed', 'names', names);
    return (await this.#store(queue).list(names)).map((kept) => toInfo(this.#room(queue).keys, kept));
  }

  /** Reads one; null when there is none. */
  async get(queue: string, name: string): Promise<ScheduleInfo | null> {
    const kept = await this.#store(queue).get(name);
    return kept && toInfo(this.#room(queue).keys, kept);
  }

  /**
   * Reckons the next firings from now, 10 or up to 1,000, whether it is paused or not. Among them are the local times
   * that do not fire because of a change of the clocks, marked `skipped` and not counted.
   */
  async next(queue: string, name: string, count = DEFAULT_COUNT): Promise<Occurrence[]> {
    const { schedule, fired } = await this.#found(queue, name);
    const left = schedule.limit === undefined ? MOST_SHOWN : Math.max(0, schedule.limit - fired);
    return takeFirings(occurrences(readTiming(schedule.timing), await this.#store(queue).now()), count, left);
  }

  /**
   * Reads what it did at its last ticks, newest first, up to `most`; 100 are kept. Throws JOB_INVALID for any other
   * number.
   */
  async firings(queue: string, name: string, most: number = KEPT_FIRINGS): Promise<Firing[]> {
    requireWhole('most', most, { least: 1, most: KEPT_FIRINGS });
    await this.#found(queue, name);
    return readFirings(this.#room(queue), name, most);
  }

  /** Stops it from firing until {@link resume}; the ticks until then fall. False when it was paused already. */
  async pause(queue: string, name: string, by: string): Promise<boolean> {
    const result = await this.#store(queue).pause(name, { by, at: this.#clock.now() });
    if (result === 'absent') throw notFound(queue, name);
    return result === 'paused';
  }

  /** Lets it fire again, from the next tick on. False when it was not paused. */
  async resume(queue: string, name: string): Promise<boolean> {
    const result = await this.#store(queue).resume(name);
    if (result === 'absent') throw notFound(queue, name);
    return result === 'resumed';
  }

  /**
   * Removes it without a trace; its jobs stay. False when there was none. A worker that declares it makes it anew at
   * its start.
   */
  remove(queue: string, name: string): Promise<boolean> {
    return this.#store(queue).remove(name);
  }

  /**
   * Fires it once now, also while it is paused; its ticks stay as they are, and so do its rules of overlap and unique
   * keys.
   */
  async fireNow(queue: string, name: string): Promise<TickOutcome> {
    const id = `${name}@${makeJobId(this.#clock.now())}`;
    for (let tried = 0; tried < FIRE_TRIES; tried++) {
      const room = this.#room(queue);
      const schedule = openSchedule((await this.#found(queue, name)).schedule, room.keys);
      const now = await this.#store(queue).now();
      const job = jobOfTick(schedule, { id, tick: now, now, clock: this.#clock });
      const outcomes = await fire(room, { schedule, jobs: [job], move: null, missed: null });
      if (outcomes?.[0]) return outcomes[0];
    }
    throw new ApiaryError('JOB_STATE_FORBIDS', `schedule ${name} of queue ${queue} changes all the time`);
  }

  async #listOf(queue: string): Promise<ScheduleInfo[]> {
    return (await this.#store(queue).list()).map((kept) => toInfo(this.#room(queue).keys, kept));
  }

  async #found(queue: string, name: string): Promise<KeptSchedule> {
    const kept = await this.#store(queue).get(name);
    if (!kept) throw notFound(queue, name);
    return kept;
  }

  #store(queue: string): ScheduleStore {
    const { client, keys } = this.#room(queue);
    return new ScheduleStore(client, keys);
  }

  #room(queue: string): { client: RedisClient; keys: QueueKeys } {
    const { client, prefix, keyring = null } = this.#deps;
    return { client, keys: queueKeys(prefix, queue, client.isCluster, keyring) };
  }
}

/**
 * Takes from what is to come until so many fire, of which its limit leaves `left`. Throws JOB_INVALID unless the count
 * is a whole number from 1 to 1,000.
 */
export function takeFirings(
  all: Iterable<Occurrence>,
  count: number = DEFAULT_COUNT,
  left: number = MOST_SHOWN,
): Occurrence[] {
  requireWhole('count', count, { least: 1, most: MOST_SHOWN });
  const most = Math.min(count, left);
  const taken: Occurrence[] = [];
  let firing = 0;
  if (most === 0) return taken;
  for (const one of all) {
    taken.push(one);
    if (one.mark !== 'skipped' && ++firing === most) break;
  }
  return taken;
}

function notFound(queue: string, name: string): ApiaryError {
  return new ApiaryError('SCHEDULE_NOT_FOUND', `queue ${queue} has no schedule ${name}`);
}

function toInfo(
  keys: QueueKeys,
  { schedule, nextTick, paused, isDeclared, lastJobId, fired }: KeptSchedule,
): ScheduleInfo {
  const { queue } = keys;
  const shown = showSchedule(schedule, keys);
  const { name, type, timing, missed, overlap, data, options, delayMs, limit, jitterMs } = shown;
  return {
    name,
    queue,
    type,
    ...timesOf(timing),
    ...{ missed, overlap, data, options, delayMs },
    limit: limit ?? null,
    fired: limit === undefined ? null : fired,
    jitterMs: jitterMs ?? null,
    paused,
    nextAt: nextTick,
    isDeclared,
    lastJobId,
  };
}

type ShownTimes = 'cron' | 'everyMs' | 'timeZone' | 'skippedTime' | 'repeatedTime' | 'startsAt' | 'endsAt';

function timesOf(timing: KeptSchedule['schedule']['timing']): Pick<ScheduleInfo, ShownTimes> {
  const clockwise = timing.kind === 'cron' ? timing : null;
  return {
    cron: clockwise?.cron ?? null,
    everyMs: timing.kind === 'every' ? timing.everyMs : null,
    timeZone: clockwise?.timeZone ?? null,
    skippedTime: clockwise?.skippedTime ?? null,
    repeatedTime: clockwise?.repeatedTime ?? null,
    startsAt: timing.startsAt ?? null,
    endsAt: timing.endsAt ?? null,
  };
}
