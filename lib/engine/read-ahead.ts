/** How far ahead a lane reads at least if it pays, also where few jobs run at a time. */
const LEAST_CAP = 16;

/**
 * How many jobs a lane takes beyond its free slots: as many as end during one round trip to Redis, so that slots do not
 * stand idle while the next jobs are on their way. Where jobs take longer than a round trip that is none.
 *
 * Measured from one reply to the next: of the attempts that ended in between, the share of the time that the exchange
 * was under way. Halved towards each new measure, so one odd round trip does not decide.
 */
export class ReadAhead {
  readonly #cap: number;
  #size = 0;
  #ended = 0;
  #repliedAt = Number.NEGATIVE_INFINITY;

  constructor(concurrency: number) {
    this.#cap = Math.max(LEAST_CAP, concurrency);
  }

  /** How many jobs to take beyond the free slots. */
  get size(): number {
    return Math.min(this.#cap, Math.round(this.#size));
  }

  /** Counts an attempt that ended. */
  noteEnded(): void {
    this.#ended++;
  }

  /** Measures an exchange; both times in ms of one growing clock. */
  noteReply(sentAt: number, repliedAt: number): void {
    const share = Math.min(1, (repliedAt - sentAt) / (repliedAt - this.#repliedAt));
    this.#size = (this.#size + this.#ended * share) / 2;
    this.#ended = 0;
    this.#repliedAt = repliedAt;
  }

  /** Starts anew: the queue is empty, or what was read ahead could not be started soon. */
  reset(): void {
    this.#size = 0;
  }
}
