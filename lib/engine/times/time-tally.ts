import { isLabel, isName } from '../../names.ts';
import { MOST_SLOWEST, OTHER_TYPES, rowOfType } from './spans.ts';
import { bucketOf, type TimedEnd } from './time-buckets.ts';
import {
  addSparse,
  COUNTS_LENGTH,
  END_PLACE,
  type SparseCounts,
  TIME_PLACE,
  type TimeCounts,
  toSparse,
} from './time-counts.ts';

/** An attempt that has ended. Times are null that its record does not tell. */
export interface TimedAttempt {
  id: string;
  as: TimedEnd;
  waitedMs: number | null;
  durationMs: number;
  /** Only of the attempt that was the last. */
  totalMs: number | null;
  /** Epoch ms. */
  endedAt: number;
}

/** A job that ran long: for how many ms, its id, when it ended. */
export type SlowJob = [durationMs: number, id: string, endedAt: number];

/** What was counted of one row, ready to be sent: a type, or what is not counted by itself. */
export interface TallyRow {
  row: string;
  counts: SparseCounts;
  slowest: SlowJob[];
}

/** So many types are counted by themselves at a time, more than are kept, so that the busiest can be told. */
const MOST_ROWS = 40;

/**
 * Counts how long the jobs of one queue take, by type, between one time that this is sent and the next. Callers may
 * name any type: past some dozens, and for what can be the name of none, all others are counted together.
 */
export class TimeTally {
  #rows = new Map<string, TypeTally>();
  readonly #others = new TypeTally(OTHER_TYPES);

  /** Counts an attempt of a job of this type. */
  note(type: string, attempt: TimedAttempt): void {
    (this.#rows.get(type) ?? this.#newRow(type)).note(attempt);
  }

  /** Takes what was counted since the last time, the busiest first, and begins anew. */
  take(): TallyRow[] {
    const busy = [...this.#rows].filter(([, tally]) => tally.ended > 0);
    busy.sort(([, one], [, other]) => other.ended - one.ended);
    // What is busy has its row from the beginning on the next time; what is not makes room.
    this.#rows = new Map(busy.slice(0, MOST_ROWS / 2));
    const tallies = [...busy.map(([, tally]) => tally), this.#others];
    return tallies.filter(({ ended }) => ended > 0).map((tally) => tally.take());
  }

  /** Counts again what was taken and could not be sent. */
  giveBack(rows: readonly TallyRow[]): void {
    for (const { row, ...counted } of rows) this.#tallyOf(row).add(counted);
  }

  #tallyOf(row: string): TypeTally {
    const type = row.startsWith(TYPE_START) ? row.slice(TYPE_START.length) : null;
    return type === null ? this.#others : (this.#rows.get(type) ?? this.#newRow(type));
  }

  #newRow(type: string): TypeTally {
    if (this.#rows.size >= MOST_ROWS || !isName(type)) return this.#others;
    const tally = new TypeTally(rowOfType(type));
    this.#rows.set(type, tally);
    return tally;
  }
}

const TYPE_START = rowOfType('');

class TypeTally {
  readonly #row: string;
  readonly #counts: TimeCounts = new Uint32Array(COUNTS_LENGTH);
  #slowest: SlowJob[] = [];
  /** A job that ran longer is among the slowest. */
  #slowFromMs = 0;
  ended = 0;

  constructor(row: string) {
    this.#row = row;
  }

  note({ id, as, waitedMs, durationMs, totalMs, endedAt }: TimedAttempt): void {
    this.ended++;
    this.#count(END_PLACE[as]);
    this.#count(TIME_PLACE.duration + bucketOf(durationMs));
    if (waitedMs !== null) this.#count(TIME_PLACE.waiting + bucketOf(waitedMs));
    if (totalMs !== null) this.#count(TIME_PLACE.total + bucketOf(totalMs));
    if (durationMs > this.#slowFromMs && isLabel(id)) {
      this.#addSlow([[Math.round(durationMs), id, Math.round(endedAt)]]);
    }
  }

  take(): TallyRow {
    const taken = { row: this.#row, counts: toSparse(this.#counts), slowest: this.#slowest };
    this.#counts.fill(0);
    this.#slowest = [];
    this.#slowFromMs = 0;
    this.ended = 0;
    return taken;
  }

  add({ counts, slowest }: Omit<TallyRow, 'row'>): void {
    addSparse(this.#counts, counts);
    this.ended = Object.values(END_PLACE).reduce((sum, place) => sum + (this.#counts[place] ?? 0), 0);
    this.#addSlow(slowest);
  }

  #count(place: number): void {
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }

  #addSlow(jobs: readonly SlowJob[]): void {
    this.#slowest = slowestOf([...this.#slowest, ...jobs]);
    const [least] = this.#slowest[MOST_SLOWEST - 1] ?? [0];
    this.#slowFromMs = least;
  }
}

/** Those that ran longest, the longest first. */
export function slowestOf(jobs: readonly SlowJob[], most: number = MOST_SLOWEST): SlowJob[] {
  return [...jobs].sort(([one], [other]) => other - one).slice(0, most);
}
