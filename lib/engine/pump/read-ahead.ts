/** How far ahead a lane reads at most: in jobs where few run at a time, in multiples of the concurrency otherwise. */
const LEAST_CAP = 128;
const CAP_FACTOR = 4;
const MOST_CAP = 400;
/** What a lane may hold is cut into parts: one runs, and each of two exchanges brings another. */
const PARTS = 3;
/** More at once would not be cheaper for Redis, and what is held longer costs the garbage collector more. */
const MOST_PER_EXCHANGE = 250;
/** Grown at most to the double and this at a time: a few quick jobs in a row are no sign of many. */
const FIRST_STEP = 0.01;
/** Shorter than this no stretch of running jobs is taken to be: clocks are coarse. */
const LEAST_BUSY_MS = 0.01;

/** One exchange with Redis, in ms of one growing clock. */
export interface Flight {
  sentAt: number;
  repliedAt: number;
  /** Since when nothing ran any more, or null while something does. */
  idleSince: number | null;
}

/**
 * How many jobs a lane takes beyond its free slots: as many as end during one round trip to Redis, so that slots do not
 * stand idle while the next jobs are on their way. Where jobs take longer than a round trip that is none.
 *
 * Measured from one reply to the next: the attempts that ended, over the time in which anything ran, give the rate at
 * which jobs would end if there were always one more. The mean of old and new, so one odd round trip does not decide.
 */
export class ReadAhead {
  readonly #concurrency: number;
  readonly #cap: number;
  #size = 0;
  #ended = 0;
  #repliedAt: number | null = null;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
    this.#cap = Math.min(MOST_CAP, Math.max(LEAST_CAP, CAP_FACTOR * concurrency));
  }

  /** How many jobs to take beyond the free slots. */
  get size(): number {
    return Math.round(this.#size);
  }

  /** How many jobs one exchange takes at most. With so many read ahead it is a third of all that may be held. */
  mostPerExchange(ahead: number): number {
    const third = Math.ceil((this.#concurrency + ahead) / PARTS);
    return ahead === 0 ? MOST_PER_EXCHANGE : Math.min(MOST_PER_EXCHANGE, third);
  }

  /** Counts an attempt that ended. */
  noteEnded(): void {
    this.#ended++;
  }

  /** Measures an exchange. */
  noteReply({ sentAt, repliedAt, idleSince }: Flight): void {
    const ended = this.#ended;
    const since = this.#repliedAt;
    this.#ended = 0;
    this.#repliedAt = repliedAt;
    // The first reply begins the first measure.
    if (since === null) return;
    const idleMs = idleSince === null ? 0 : repliedAt - Math.max(idleSince, since);
    const busyMs = Math.max(LEAST_BUSY_MS, repliedAt - since - idleMs);
    const perFlight = (ended * (repliedAt - sentAt)) / busyMs;
    const most = Math.min(this.#cap, 2 * this.#size + FIRST_STEP);
    this.#size = Math.min(most, (this.#size + perFlight) / 2);
  }

  /** Starts anew: the queue is empty, or what was read ahead could not be started soon. */
  reset(): void {
    this.#size = 0;
  }
}
