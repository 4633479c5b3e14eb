import type { Clock } from '../clock.ts';
import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { LaneHooks } from '../engine/pump/lane-hooks.ts';
import {
  type AttemptEnd,
  type BusyCell,
  CELL_MS,
  CELLS,
  type EndedAttempt,
  type KeptLanes,
} from '../engine/queries/kept-lanes.ts';
import { AttemptRing } from './attempt-ring.ts';

/** From that length on an attempt is seen in a picture of minutes; shorter ones must not push it out of the list. */
const LONG_MS = 250;
const MOST_LONG = 300;
const MOST_BRIEF = 200;
/** What is told at once is no more than this, in characters, and one attempt. */
const MOST_TEXT = 200_000;

/**
 * Remembers in memory what the slots of a worker did in the last minutes, for whoever asks: the last attempts, and for
 * each cell of time how long slots were taken, as that is all that can be shown of thousands a second.
 */
export class RecentAttempts {
  readonly #long = new AttemptRing(MOST_LONG);
  readonly #brief = new AttemptRing(MOST_BRIEF);
  /** Which cell of time each place is about, and what was in it. */
  readonly #cellOf = new Array<number>(CELLS).fill(-1);
  readonly #busyMs = new Array<number>(CELLS).fill(0);
  readonly #succeeded = new Array<number>(CELLS).fill(0);
  readonly #failed = new Array<number>(CELLS).fill(0);
  readonly #others = new Array<number>(CELLS).fill(0);
  readonly #clock: Clock;
  /** How far the clock of Redis is ahead of ours, as the last cell of time began. */
  #redisAheadMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same hooks, and each end that is told to them is remembered here. */
  over(hooks: LaneHooks): LaneHooks {
    return {
      settled: (job, outcome, durationMs) => {
        hooks.settled(job, outcome, durationMs);
        this.#note(job, outcome.kind, durationMs);
      },
      fenced: (job) => {
        hooks.fenced(job);
        this.#note(job, 'fenced', Math.max(0, job.now() - job.startedAt));
      },
      recovered: (queue, recovered) => hooks.recovered(queue, recovered),
      troubled: (queue, duty, error) => hooks.troubled(queue, duty, error),
    };
  }

  /** All of it. */
  describe(): KeptLanes {
    const now = this.#clock.now() + this.#redisAheadMs;
    const attempts = [...this.#long.list(), ...this.#brief.list()];
    const told = asMuchAsFits(attempts.sort((one, other) => other.endedAt - one.endedAt));
    const cutAt = told.length < attempts.length ? (told.at(-1)?.endedAt ?? now) : 0;
    const longSince = Math.max(cutAt, this.#long.droppedAt);
    return {
      at: now,
      cells: this.#cells(now),
      allSince: Math.max(longSince, this.#brief.droppedAt),
      longSince,
      attempts: told,
    };
  }

  #note(job: ActiveJob, end: AttemptEnd, durationMs: number): void {
    const { startedAt } = job;
    const ring = durationMs < LONG_MS ? this.#brief : this.#long;
    ring.add(job, { startedAt, durationMs, end });
    const endedAt = startedAt + durationMs;
    const cell = Math.floor(endedAt / CELL_MS);
    // Once for each cell, as each look at a clock costs.
    if (this.#cellOf[cell % CELLS] !== cell) this.#redisAheadMs = job.now() - this.#clock.now();
    const last = this.#placeOf(cell);
    if (last === null) return;
    if (end === 'succeeded') this.#succeeded[last] = (this.#succeeded[last] ?? 0) + 1;
    else if (end === 'failed' || end === 'retry') this.#failed[last] = (this.#failed[last] ?? 0) + 1;
    else this.#others[last] = (this.#others[last] ?? 0) + 1;
    this.#fill(startedAt, endedAt);
  }

  /** Spreads an attempt over the cells that it reaches into. */
  #fill(startedAt: number, endedAt: number): void {
    const last = Math.floor(endedAt / CELL_MS);
    const first = Math.max(Math.floor(startedAt / CELL_MS), last - CELLS + 1);
    for (let cell = last; cell >= first; cell--) {
      const place = this.#placeOf(cell);
      if (place === null) return;
      const within = Math.min(endedAt, (cell + 1) * CELL_MS) - Math.max(startedAt, cell * CELL_MS);
      this.#busyMs[place] = (this.#busyMs[place] ?? 0) + within;
    }
  }

  /** The place of a cell of time, emptied where it was that of an older one; null where that is too long ago. */
  #placeOf(cell: number): number | null {
    const place = cell % CELLS;
    const there = this.#cellOf[place] ?? -1;
    if (there === cell) return place;
    if (there > cell) return null;
    this.#cellOf[place] = cell;
    for (const counts of [this.#busyMs, this.#succeeded, this.#failed, this.#others]) counts[place] = 0;
    return place;
  }

  #cells(now: number): BusyCell[] {
    const last = Math.floor(now / CELL_MS);
    return Array.from({ length: CELLS }, (_, at): BusyCell => {
      const cell = last - CELLS + 1 + at;
      const place = cell % CELLS;
      const read = (counts: readonly number[]): number =>
        this.#cellOf[place] === cell ? (counts[place] ?? 0) : 0;
      return {
        at: cell * CELL_MS,
        busyMs: read(this.#busyMs),
        succeeded: read(this.#succeeded),
        failed: read(this.#failed),
        others: read(this.#others),
      };
    });
  }
}

/** Names of jobs and types may be long. */
function asMuchAsFits(attempts: readonly EndedAttempt[]): EndedAttempt[] {
  let text = 0;
  return attempts.filter(({ queue, id, type }) => {
    const fits = text <= MOST_TEXT;
    text += queue.length + id.length + type.length + 100;
    return fits;
  });
}
