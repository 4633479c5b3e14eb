import { coerceError } from '../../errors.ts';
import { AnnouncedLoop, type AnnouncedLoopDeps } from '../announced-loop.ts';
import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';
import { type MissedTicks, planFirings } from './catch-up.ts';
import { fire, jobOfTick, type TickOutcome } from './firing.ts';
import { type Rule, readTiming } from './occurrences.ts';
import { idOfTick, jitterOf, openSchedule, parseSchedule, type StoredSchedule } from './schedule.ts';
import { type DueSchedule, ScheduleStore } from './schedule-store.ts';

/** What a scheduler works with. */
export interface SchedulerDeps extends Omit<AnnouncedLoopDeps, 'look'> {
  client: RedisClient;
  keys: QueueKeys;
  /** Told what this process has fired. */
  onFired?: (fired: Fired) => void;
}

/** What became of the ticks of a schedule that had come. */
export interface Fired {
  name: string;
  ticks: readonly (TickOutcome & { tick: number; lateMs: number })[];
  missed: MissedTicks | null;
}

/** A schedule that was read, for as long as its text is the same. */
interface Known {
  text: string;
  schedule: StoredSchedule;
  rule: Rule;
}

/** With schedules, looked at this often even when nothing was announced: a connection may die without a word. */
const LOOK_MS = 1_000;
/** Without any. */
const IDLE_LOOK_MS = 5_000;
const AFTER_TROUBLE_MS = 1_000;
/** How many schedules one look sees to. */
const MOST_DUE = 100;
const MOST_KNOWN = 1_000;

/**
 * Fires the schedules of one queue: sleeps until the next tick, wakes when they change. Each worker of the queue has
 * one, and all try; which of them fires is decided in Redis.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #store: ScheduleStore;
  readonly #known = new Map<string, Known>();
  readonly #loop: AnnouncedLoop;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#store = new ScheduleStore(deps.client, deps.keys);
    this.#loop = new AnnouncedLoop({ ...deps, look: () => this.fireDue() });
  }

  /** Starts; harmless twice. */
  start(): void {
    this.#loop.start();
  }

  /** Ends; resolves when what is under way has ended. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /**
   * Fires what is due, a hundred schedules at most; resolves with how long to sleep, 0 when it is worth looking again
   * at once.
   */
  async fireDue(): Promise<number> {
    const { now, next, due } = await this.#store.due(MOST_DUE);
    const fired = await Promise.all(due.map((one) => this.#tryToFire(one, now)));
    if (fired.includes(false)) return AFTER_TROUBLE_MS;
    // What comes next of those that fired is known in Redis.
    if (due.length > 0) return 0;
    if (next === null) {
      this.#known.clear();
      return IDLE_LOOK_MS;
    }
    return Math.min(next - now, LOOK_MS);
  }

  /** False when it failed: one schedule that cannot be read must not hold up the others. */
  async #tryToFire(due: DueSchedule, now: number): Promise<boolean> {
    try {
      await this.#fire(due, now);
      return true;
    } catch (error) {
      const message = `schedule ${due.name} could not fire: ${coerceError(error).message}`;
      this.#deps.onTrouble(new Error(message, { cause: error }));
      return false;
    }
  }

  async #fire({ name, tick, text }: DueSchedule, now: number): Promise<void> {
    const { schedule, rule } = this.#read(name, text);
    const { ticks, missed, next } = planFirings(rule, schedule.missed, { tick, now });
    const { clock } = this.#deps;
    const jobs = ticks.map((one) => {
      const jitterMs = jitterOf(schedule, one);
      return jobOfTick(schedule, { id: idOfTick(name, one), tick: one, now, clock, jitterMs });
    });
    const outcomes = await fire(this.#deps, { schedule, jobs, move: { tick, next }, missed });
    if (!outcomes) return;
    const told = outcomes.map((outcome, at) => ({ ...outcome, ...timesOf(ticks[at] ?? tick, now) }));
    this.#deps.onFired?.({ name, ticks: told, missed });
  }

  #read(name: string, text: string): Known {
    const known = this.#known.get(name);
    if (known?.text === text) return known;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    const schedule = openSchedule(parseSchedule(text), this.#deps.keys);
    const read = { text, schedule, rule: readTiming(schedule.timing) };
    this.#known.set(name, read);
    return read;
  }
}

function timesOf(tick: number, now: number): { tick: number; lateMs: number } {
  return { tick, lateMs: now - tick };
}
