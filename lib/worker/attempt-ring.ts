import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { AttemptEnd, EndedAttempt } from '../engine/queries/kept-lanes.ts';

/** When an attempt ran, and how it ended; `startedAt` is epoch ms by Redis's clock. */
export interface AttemptTimes {
  startedAt: number;
  durationMs: number;
  end: AttemptEnd;
}

/** The last attempts, as many as there is room for. A new one takes the place of the oldest, and nothing is made. */
export class AttemptRing {
  readonly #places: EndedAttempt[] = [];
  readonly #size: number;
  #next = 0;
  #droppedAt = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** When the last that had to go had ended, epoch ms by Redis's clock; 0 as long as none had to. */
  get droppedAt(): number {
    return this.#droppedAt;
  }

  /** Remembers one; of the job itself nothing is kept but its names. */
  add({ queue, id, type }: ActiveJob, { startedAt, durationMs, end }: AttemptTimes): void {
    const endedAt = startedAt + durationMs;
    const place = this.#places[this.#next];
    if (place === undefined) {
      this.#places.push({ queue, id, type, startedAt, endedAt, end });
    } else {
      this.#droppedAt = place.endedAt;
      place.queue = queue;
      place.id = id;
      place.type = type;
      place.startedAt = startedAt;
      place.endedAt = endedAt;
      place.end = end;
    }
    this.#next = (this.#next + 1) % this.#size;
  }

  /** What is remembered, in no order. */
  list(): EndedAttempt[] {
    return this.#places.map((place) => ({ ...place }));
  }
}
