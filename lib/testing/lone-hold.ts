import type { JobHold } from '../engine/pump/job-hold.ts';
import type { Sealing } from '../engine/record/private.ts';
import type { JobRecord } from '../engine/record/record.ts';
import type { KeptSignal, KeptSignals } from '../engine/signals/kept-signals.ts';
import { writeSignal } from '../jobs/signal-data.ts';
import { makeKeyring } from '../keyring.ts';
import type { KitClock } from './kit-clock.ts';

/** Holds a job that is in no Redis: what would be stored is kept here. */
export class LoneHold implements JobHold {
  readonly incarnation = 'alone';
  readonly isCluster = false;
  /** By what jobs that follow are sealed. */
  readonly sealing: Sealing;
  /** What the handler said of its progress, in order. */
  readonly progressed: unknown[] = [];
  /** The record as it was stored last; null as long as it was not. */
  stored: JobRecord | null = null;
  readonly #clock: KitClock;
  readonly #signals = new Map<string, KeptSignal>();
  #fences = 0;

  /** Throws JOB_INVALID for data of a signal that JSON cannot hold. */
  constructor(clock: KitClock, queue: string, signals: Readonly<Record<string, unknown>>) {
    this.#clock = clock;
    for (const [name, data] of Object.entries(signals))
      this.#signals.set(name, { at: clock.now(), json: writeSignal(name, data).json });
    this.sealing = { queue, keyring: makeKeyring() };
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

  async signalsOf(): Promise<KeptSignals> {
    return { now: this.now(), byName: this.#signals };
  }

  async split(): Promise<boolean> {
    return true;
  }
}
