import { readTiming } from '../../lib/engine/schedules/occurrences.ts';
import type { Schedule } from '../../lib/engine/schedules/schedule.ts';
import { type PutManner, type PutResult, ScheduleStore } from '../../lib/engine/schedules/schedule-store.ts';
import { Schedules } from '../../lib/engine/schedules/schedules.ts';
import { resolveSchedule, type ScheduleOptions } from '../../lib/jobs/schedule.ts';
import { openEngine, type SpecEngine } from './engine.ts';

export const HOUR_MS = 3_600_000;

/** The schedules of one queue that no other spec has. */
export interface SpecSchedules extends SpecEngine {
  /** The name of the queue. */
  readonly queue: string;
  readonly all: Schedules;
  /** What is known of the one named `tidy`. */
  readonly kept: ScheduleStore;
  /** Stores one; by default named `tidy`, of jobs of the type `job`, once an hour. */
  put(changes?: Partial<ScheduleOptions>, manner?: PutManner): Promise<PutResult>;
  /** Lets the next tick be the one that came so long ago, as if nobody had seen to it since; resolves with it. */
  setBack(byMs: number, everyMs?: number): Promise<number>;
  /** When the next tick is, or null. */
  nextAt(): Promise<number | null>;
  /** The names of all keys that schedules have left in Redis. */
  leftovers(): Promise<string[]>;
}

/** A schedule as it is stored; by default named `tidy`, of jobs of the type `job`, once an hour. */
export function scheduleOf(changes: Partial<ScheduleOptions> = {}): Schedule {
  const timing = changes.cron === undefined ? { everyMs: HOUR_MS } : {};
  return resolveSchedule(
    { type: 'job', defaults: {} },
    { name: 'tidy', data: { a: 1 }, ...timing, ...changes },
  );
}

/** Opens the schedules of one queue on the Redis that the specs share. */
export function openSchedules(): SpecSchedules {
  const engine = openEngine();
  const { client, keys } = engine;
  const queue = keys.jobs.split(':')[1] ?? '';
  const kept = new ScheduleStore(client, keys);
  return {
    ...engine,
    queue,
    kept,
    all: new Schedules({ client, prefix: 'bq' }),
    put: (changes, manner = 'put') => {
      const schedule = scheduleOf(changes);
      return kept.put(schedule, { rule: readTiming(schedule.timing), manner });
    },
    setBack: async (byMs, everyMs = HOUR_MS) => {
      const tick = Math.floor(((await kept.now()) - byMs) / everyMs) * everyMs;
      await client.zadd(keys.scheduleTicks, 'XX', tick, 'tidy');
      return tick;
    },
    nextAt: async () => (await kept.get('tidy'))?.nextTick ?? null,
    leftovers: async () => {
      const names = [keys.schedules, keys.scheduleTicks, keys.firings, keys.declarations];
      const there = await Promise.all(names.map(async (name) => (await client.exists(name)) === 1));
      return names.filter((_name, at) => there[at]);
    },
  };
}
