import type { QueueKeys } from '../keys.ts';
import { readOwn } from '../own-json.ts';
import type { PauseNote } from '../record/pause-note.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { nextTick, type Rule, readTiming } from './occurrences.ts';
import {
  parseSchedule,
  type Schedule,
  type StoredSchedule,
  UnknownSchedule,
  writeSchedule,
} from './schedule.ts';

/** A schedule with what there is of it beside what it says. */
export interface KeptSchedule {
  schedule: StoredSchedule;
  /** Epoch ms; null while it is paused, or when nothing is to come. */
  nextTick: number | null;
  paused: PauseNote | null;
  /** Whether a worker has declared it. */
  isDeclared: boolean;
  /** The job that it fired last, which may be gone. */
  lastJobId: string | null;
  /** How many jobs it has fired of its limit; 0 without one. */
  fired: number;
}

/** A schedule whose tick has come, as text: what cannot be read must not hold up the others. */
export interface DueSchedule {
  name: string;
  tick: number;
  text: string;
}

/** Who wants a schedule stored: a call, a worker that starts, or one that goes on. */
export type PutManner = 'put' | 'declare' | 'renew';

/**
 * What became of it; `outvoted`: live workers declare it otherwise, and were first; `absent`: it was removed by a
 * call.
 */
export type PutResult = 'created' | 'replaced' | 'unchanged' | 'outvoted' | 'absent';

/** For how long a worker stands behind what it declares; it says so again every third of it. */
export const DECLARATION_TTL_MS = 30_000;

/** How many are read at a time. */
const STEP = 50;

/** The schedules of one queue in Redis. */
export class ScheduleStore {
  readonly #client: RedisClient;
  readonly #keys: QueueKeys;

  constructor(client: RedisClient, keys: QueueKeys) {
    this.#client = client;
    this.#keys = keys;
  }

  /** Stores a schedule, or leaves it as it is. */
  async put(schedule: Schedule, { rule, manner }: { rule: Rule; manner: PutManner }): Promise<PutResult> {
    const next = nextTick(rule, await this.now());
    const { name } = schedule;
    const { text, limit } = writeSchedule(schedule, this.#keys);
    const args = { name, schedule: text, tick: next ?? '', limit: limit ?? '', how: manner };
    return runScript(this.#client, {
      script: 'schedule-put',
      queue: this.#keys,
      args: { ...args, ttl: DECLARATION_TTL_MS },
    });
  }

  /** Stops a schedule from firing. */
  async pause(name: string, note: PauseNote): Promise<'paused' | 'unchanged' | 'absent'> {
    const args = { name, note: JSON.stringify(note) };
    return runScript(this.#client, { script: 'schedule-pause', queue: this.#keys, args });
  }

  /** Lets a schedule fire again, from the next tick after now. */
  async resume(name: string): Promise<'resumed' | 'unchanged' | 'absent'> {
    for (;;) {
      const kept = await this.get(name);
      if (!kept) return 'absent';
      const { timing, fingerprint, limit } = kept.schedule;
      const next = nextTick(readTiming(timing), await this.now());
      const args = { name, fingerprint, tick: next ?? '', limit: limit ?? '' };
      const reply = await runScript(this.#client, { script: 'schedule-resume', queue: this.#keys, args });
      // Somebody changed it in between: what is next has to be reckoned anew.
      if (reply !== 'changed') return reply;
    }
  }

  /** Removes a schedule without a trace; its jobs stay. False when there was none. */
  async remove(name: string): Promise<boolean> {
    const args = { name, ttl: DECLARATION_TTL_MS };
    return runScript(this.#client, { script: 'schedule-remove', queue: this.#keys, args });
  }

  /** Reads one; null when there is none. */
  async get(name: string): Promise<KeptSchedule | null> {
    const { schedules, scheduleTicks } = this.#keys;
    const [fields, tick] = await Promise.all([
      this.#client.hmget(schedules, ...fieldsOf(name)),
      this.#client.zscore(scheduleTicks, name),
    ]);
    return toKept(fields, tick);
  }

  /** The names of all, sorted. */
  async names(): Promise<string[]> {
    const fields = await this.#client.hkeys(this.#keys.schedules);
    return fields.filter((field) => !field.includes(':')).sort();
  }

  /** Reads those of these names, default all; what another version has stored in another shape is passed over. */
  async list(wanted?: readonly string[]): Promise<KeptSchedule[]> {
    const names = wanted ?? (await this.names());
    const found = await Promise.all(names.map((name) => this.get(name).catch(passOver)));
    return found.filter((one) => one !== null);
  }

  /** Reads all in no order, in steps between which Redis serves others; what changes meanwhile may come twice. */
  async *scan(): AsyncGenerator<KeptSchedule[]> {
    let cursor = '0';
    do {
      const [next, pairs] = await this.#client.hscan(this.#keys.schedules, cursor, 'COUNT', STEP);
      cursor = next;
      yield await this.list(pairs.filter((field, at) => at % 2 === 0 && !field.includes(':')));
    } while (cursor !== '0');
  }

  /** Finds those whose tick has come, up to so many, and the earliest tick that is yet to come. */
  async due(most: number): Promise<{ now: number; next: number | null; due: DueSchedule[] }> {
    const reply = await runScript(this.#client, {
      script: 'schedule-due',
      queue: this.#keys,
      args: { most },
    });
    const [now, next, found] = reply;
    const due = found.map(([name, tick, text]) => ({ name, tick: Number(tick), text }));
    // What Redis writes `inf` comes never.
    const isTime = next !== '' && Number.isFinite(Number(next));
    return { now, next: isTime ? Number(next) : null, due };
  }

  /** Redis's time, epoch ms. */
  async now(): Promise<number> {
    return (await this.due(0)).now;
  }
}

function passOver(error: unknown): null {
  if (error instanceof UnknownSchedule) return null;
  throw error;
}

function fieldsOf(name: string): [string, string, string, string, string] {
  return [name, `${name}:paused`, `${name}:declared`, `${name}:last`, `${name}:fired`];
}

function toKept(fields: (string | null)[], tick: string | null): KeptSchedule | null {
  const [text, paused, declared, last, fired] = fields;
  if (!text) return null;
  return {
    schedule: parseSchedule(text),
    nextTick: tick === null ? null : Number(tick),
    paused: paused ? readOwn<PauseNote>(paused) : null,
    isDeclared: typeof declared === 'string',
    lastJobId: last ?? null,
    fired: Number(fired ?? 0),
  };
}
