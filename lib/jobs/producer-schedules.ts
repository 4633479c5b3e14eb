import { queueKeys } from '../engine/keys.ts';
import { readTiming } from '../engine/schedules/occurrences.ts';
import type { Schedule } from '../engine/schedules/schedule.ts';
import { ScheduleStore } from '../engine/schedules/schedule-store.ts';
import { Schedules } from '../engine/schedules/schedules.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { type Outbox, outboxOf } from '../engine/store/outbox.ts';
import type { Keyring } from '../keyring.ts';
import { requireName } from '../names.ts';
import { requireObject } from '../require-given.ts';
import type { JobDefinition } from './define.ts';
import { writeData } from './given-data.ts';
import type { ProducerCalls } from './producer-calls.ts';
import {
  checkScheduleData,
  declaredOf,
  type RawSchedule,
  resolveSchedule,
  type ScheduleOptions,
  type Timed,
} from './schedule.ts';
import { lookForShards, type ShardsAsked } from './unkeyed.ts';

/** What a call that stores a schedule did: `unchanged` when it said what was there already. */
export type ScheduleChange = 'created' | 'replaced' | 'unchanged';

/** What schedules are changed by. */
export interface ProducerSchedulesDeps {
  client: RedisClient;
  prefix: string;
  calls: ProducerCalls;
  /** How long the data of a job may be, as JSON in bytes. */
  maxDataBytes: number;
  /** By what they are encrypted; null for nothing. */
  keyring: Keyring | null;
  /** Which queues have shards. */
  stores: ShardsAsked;
}

/** Adds, changes and removes schedules at run time; any process may. */
export class ProducerSchedules {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #calls: ProducerCalls;
  readonly #outbox: Outbox;
  readonly #all: Schedules;
  readonly #maxDataBytes: number;
  readonly #keyring: Keyring | null;
  readonly #stores: ShardsAsked;

  constructor({ client, prefix, calls, maxDataBytes, keyring, stores }: ProducerSchedulesDeps) {
    this.#stores = stores;
    this.#keyring = keyring;
    this.#maxDataBytes = maxDataBytes;
    this.#client = client;
    this.#prefix = prefix;
    this.#calls = calls;
    this.#outbox = outboxOf(client);
    this.#all = new Schedules({ client, prefix });
  }

  /**
   * Adds a schedule of jobs of a type, or changes the one of that name in the queue of the type: it stays paused if it
   * is, and keeps its next tick where it has the same ticks. One that workers declare stays as put here until their
   * declaration changes. Rejects with JOB_INVALID naming each wrong field.
   */
  put<Input>(
    definition: JobDefinition<Input, unknown>,
    options: ScheduleOptions<Input> & Timed,
  ): Promise<ScheduleChange> {
    return this.putAny(definition, options);
  }

  /** Does the same with options of which the compiler cannot know that they have a time. */
  putAny<Input>(
    definition: JobDefinition<Input, unknown>,
    options: ScheduleOptions<Input>,
  ): Promise<ScheduleChange> {
    return this.#calls.begin(async () => {
      const made = declaredOf(definition, options);
      const checking = checkScheduleData(made, this.#maxDataBytes);
      if (checking) await checking;
      return this.#put(definition.queue, made.schedule);
    });
  }

  /** Does the same where no definition is at hand: the data is stored as it is, for a worker elsewhere to check. */
  putRaw(given: RawSchedule): Promise<ScheduleChange> {
    return this.#calls.begin(async () => {
      const { type, queue, ...options } = requireObject('putRaw', 'type, queue, name and data', given);
      return this.#put(queue, resolveSchedule({ type, defaults: {} }, options));
    });
  }

  /** Stops a schedule from firing until {@link resume}; the ticks until then fall. False when it was paused already. */
  pause(queue: string, name: string, by: string): Promise<boolean> {
    return this.#change(() => this.#all.pause(queue, name, by));
  }

  /** Lets it fire again, from the next tick on. False when it was not paused. */
  resume(queue: string, name: string): Promise<boolean> {
    return this.#change(() => this.#all.resume(queue, name));
  }

  /**
   * Removes it without a trace; its jobs stay. False when there was none. A worker that declares it makes it anew at
   * its start.
   */
  remove(queue: string, name: string): Promise<boolean> {
    return this.#change(() => this.#all.remove(queue, name));
  }

  async #put(queue: string, made: Schedule): Promise<ScheduleChange> {
    requireName('type', made.type);
    requireName('queue', queue);
    writeData(made.type, made.data, this.#maxDataBytes);
    const look = lookForShards(this.#stores, [{ queue, stored: made.options }]);
    const keys = queueKeys(this.#prefix, queue, this.#client.isCluster, this.#keyring);
    const store = new ScheduleStore(this.#client, keys);
    const how = { rule: readTiming(made.timing), manner: 'put' } as const;
    const put = (): Promise<ScheduleChange | 'outvoted' | 'absent'> => store.put(made, how);
    const change = await this.#outbox.hold(() => (look ? look().then(put) : put()));
    if (change === 'outvoted' || change === 'absent')
      throw new Error(`a schedule was put and is ${change}, as only one that workers declare can be`);
    return change;
  }

  /** Each may take several commands, and the next change of the same schedule must find what it left. */
  #change<T>(call: () => Promise<T>): Promise<T> {
    return this.#calls.begin(() => this.#outbox.hold(call));
  }
}
