import type { JobHold } from '../engine/pump/active-job.ts';
import type { JobRecord } from '../engine/record/record.ts';
import type { KitClock } from './kit-clock.ts';

/** Holds a job that is in no Redis: what would be stored is kept here. */
export class LoneHold implements JobHold {
  readonly incarnation = 'alone';
  readonly isCluster = false;
  /** What the handler said of its progress, in order. */
  readonly progressed: unknown[] = [];
  /** The record as it was stored last; null as long as it was not. */
  stored: JobRecord | null = null;
  readonly #clock: KitClock;
  #fences = 0;

  constructor(clock: KitClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  timeAt(elapsedMs: number): number {
    return elapsedMs;
  }

  async progress(id: string, record: JobRecord): Promise<boolean> {
    this.progressed.push(record.progress);
    return this.storeRecord(id, record);
  }

  async storeRecord(_id: string, record: JobRecord): Promise<boolean> {
    this.stored = structuredClone(record);
    return true;
  }

  async holds(): Promise<boolean> {
    return true;
  }

  async fencingNumber(): Promise<number> {
    this.#fences++;
    return this.#fences;
  }

  async split(): Promise<boolean> {
    return true;
  }
}
