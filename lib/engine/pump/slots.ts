import type { Clock } from '../../clock.ts';
import type { ActiveJob } from './active-job.ts';

/** What slots work with. */
export interface SlotsDeps {
  clock: Clock;
  /** A slot has come free of a job that had it for so long. */
  onFree: (job: ActiveJob, forMs: number) => void;
  /** Called after that where the attempt of the job had ended before. */
  onFreeLate: () => void;
}

/** The slots of a pump: how many are taken, and for how long. */
export class Slots {
  readonly #deps: SlotsDeps;
  #taken = 0;
  #lastFreedAt = Number.NEGATIVE_INFINITY;
  readonly #lingering = new Set<ActiveJob>();

  constructor(deps: SlotsDeps) {
    this.#deps = deps;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Since when none is taken (ms of the clock's growing time), or null while one is. */
  get idleSince(): number | null {
    return this.#taken === 0 ? this.#lastFreedAt : null;
  }

  /** The jobs that have theirs still, as their handlers outlive the attempts. */
  get lingering(): readonly ActiveJob[] {
    return [...this.#lingering];
  }

  /** Takes one. */
  take(): void {
    this.#taken++;
  }

  /**
   * Takes note that the attempt has ended that had taken one then; the slot is free now, or when its handler ends that
   * outlives it. Both times are ms of the clock's growing time.
   */
  ended(job: ActiveJob, takenAt: number, endedAt: number): void {
    const { lingering } = job;
    if (lingering) void this.#freeAfter(lingering, job, takenAt);
    else this.#free(job, takenAt, endedAt);
  }

  async #freeAfter(lingering: Promise<void>, job: ActiveJob, takenAt: number): Promise<void> {
    this.#lingering.add(job);
    await lingering;
    this.#lingering.delete(job);
    this.#free(job, takenAt, this.#deps.clock.elapsed());
    this.#deps.onFreeLate();
  }

  #free(job: ActiveJob, takenAt: number, freedAt: number): void {
    this.#taken--;
    this.#lastFreedAt = freedAt;
    this.#deps.onFree(job, freedAt - takenAt);
  }
}
