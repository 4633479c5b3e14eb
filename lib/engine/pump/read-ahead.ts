/** The most that a lane reads ahead is so many jobs for each slot, but within these bounds. */
const LEAST_CAP = 128;
const CAP_FACTOR = 4;
const MOST_CAP = 400;
/** The jobs that a lane may hold are three parts: one runs, and two exchanges on their way bring one each. */
const PARTS = 3;
/** More in one exchange would be no cheaper for Redis, and jobs that are held longer cost more to collect. */
const MOST_PER_EXCHANGE = 250;
/** An exchange at most doubles the size and adds this: a few quick jobs in a row are no sign of many. */
const FIRST_STEP = 0.01;
/** The shortest time for which jobs are taken to have run: clocks are coarse. */
const LEAST_BUSY_MS = 0.01;

/** One exchange with Redis, in ms of one growing clock. */
export interface Flight {
  sentAt: number;
  repliedAt: number;
  /** Since when nothing runs; null while something does. */
  idleSince: number | null;
}

/**
 * How many jobs a lane takes beyond its free slots: as many as end during one round trip to Redis, so that slots do not
 * stand idle while the next jobs are on their way. Where jobs take longer than a round trip that is none.
 *
 * It measures from one reply to the next. The attempts that ended, divided by the time in which anything ran, are the
 * rate at which jobs end where there is always a next one. That rate times the round trip is how many to read ahead.
 * The size becomes the mean of the old and the new one, so that one odd round trip does not decide.
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
