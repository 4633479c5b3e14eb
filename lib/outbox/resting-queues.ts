import type { Clock } from '../clock.ts';

/** How long a queue rests, in ms: from so long, twice as long each time, to so long. */
const REST_MS = { first: 500, most: 30_000 };

/** The queues that can take nothing for now, while rows of others are moved. */
export class RestingQueues {
  readonly #clock: Clock;
  readonly #resting = new Map<string, { until: number; times: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lets a queue rest, longer each time, or only ever so long where it has no room: that may end at any moment. */
  rest(queue: string, { isFull }: { isFull: boolean }): void {
    const times = isFull ? 0 : (this.#resting.get(queue)?.times ?? 0);
    const restMs = Math.min(REST_MS.most, REST_MS.first * 2 ** times);
    this.#resting.set(queue, { until: this.#clock.elapsed() + restMs, times: times + 1 });
  }

  /** Notes that a queue took something. */
  wake(queue: string): void {
    this.#resting.delete(queue);
  }

  /** Which rest now. */
  names(): string[] {
    const now = this.#clock.elapsed();
    return [...this.#resting].filter(([, { until }]) => until > now).map(([queue]) => queue);
  }

  /** How long until the next may be tried again, in ms; infinite where none rests. */
  nextInMs(): number {
    const now = this.#clock.elapsed();
    const waits = [...this.#resting.values()].map(({ until }) => until - now).filter((ms) => ms > 0);
    return Math.min(...waits);
  }
}
