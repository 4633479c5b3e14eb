import { queueKeys } from '../engine/keys.ts';
import { readTiming } from '../engine/schedules/occurrences.ts';
import { type Schedule, writeSchedule } from '../engine/schedules/schedule.ts';
import { ScheduleStore } from '../engine/schedules/schedule-store.ts';
import { Schedules } from '../engine/schedules/schedules.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { requireName } from '../names.ts';
import type { JobDefinition } from './define.ts';
import {
  checkScheduleData,
  type RawSchedule,
  resolveSchedule,
  type ScheduleOptions,
  schedule,
} from './schedule.ts';

/** What a call that stores a schedule did: `unchanged` when it said what was there already. */
export type ScheduleChange = 'created' | 'replaced' | 'unchanged';

/** Adds, changes and removes schedules at run time; any process may. */
export class ProducerSchedules {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #all: Schedules;

  constructor(client: RedisClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
    this.#all = new Schedules({ client, prefix });
  }

  /**
   * Adds a schedule of jobs of a type, or changes the one of that name in the queue of the type: it stays paused if it
   * is, and keeps its next tick where it has the same ticks. One that workers declare stays as put here until their
   * declaration changes. Rejects with JOB_INVALID naming each wrong field.
   */
  async put<Input>(
    definition: JobDefinition<Input, unknown>,
    options: ScheduleOptions<Input>,
  ): Promise<ScheduleChange> {
    const made = schedule(definition, options);
    await checkScheduleData(made);
    return this.#put(definition.queue, made.schedule);
  }

  /** Does the same where no definition is at hand: the data is stored as it is, for a worker elsewhere to check. */
  async putRaw({ type, queue, ...options }: RawSchedule): Promise<ScheduleChange> {
    return this.#put(queue, resolveSchedule({ type, defaults: {} }, options));
  }

  /** Stops a schedule from firing until {@link resume}; the ticks until then fall. False when it was paused already. */
  pause(queue: string, name: string, by: string): Promise<boolean> {
    return this.#all.pause(queue, name, by);
  }

  /** Lets it fire again, from the next tick on. False when it was not paused. */
  resume(queue: string, name: string): Promise<boolean> {
    return this.#all.resume(queue, name);
  }

  /** Removes it without a trace; its jobs stay. False when there was none. A worker that declares it makes it anew at its start. */
  remove(queue: string, name: string): Promise<boolean> {
    return this.#all.remove(queue, name);
  }

  async #put(queue: string, made: Schedule): Promise<ScheduleChange> {
    requireName('type', made.type);
    requireName('queue', queue);
    const store = new ScheduleStore(this.#client, queueKeys(this.#prefix, queue, this.#client.isCluster));
    const how = { rule: readTiming(made.timing), manner: 'put' } as const;
    // Only what workers declare is outvoted, or absent.
    return (await store.put(made.name, writeSchedule(made), how)) as ScheduleChange;
  }
}
