import type { JobState } from '../../../lib/engine/keys.ts';
import type { SignalResult } from '../../../lib/engine/signals/send-signal.ts';

/** The names that signals have in the model. */
export type SignalName = 'a' | 'b';

/** What a job with signals is to be, one thing after the other. */
export class SignalModel {
  /** Null where there is none. */
  state: JobState | null = null;
  /** What it has been given, as JSON. */
  readonly signals = new Map<SignalName, string>();
  /** What it waits for, from the end of the attempt that waited until that of the next. */
  readonly awaits = new Set<SignalName>();
  #losses = 0;

  added(): void {
    this.state = 'waiting';
    this.signals.clear();
    this.awaits.clear();
    this.#losses = 0;
  }

  removed(): void {
    this.state = null;
  }

  taken(): void {
    this.state = 'active';
  }

  /** It is given a signal; what comes of it. */
  signal(name: SignalName, json: string): SignalResult {
    const { state } = this;
    if (state === null || state === 'succeeded' || state === 'failed') return { done: false, state };
    if (this.signals.has(name)) return { done: true, created: false };
    this.signals.set(name, json);
    if (!this.awaits.has(name)) return { done: true, created: true };
    this.awaits.clear();
    if (state === 'delayed') this.state = 'waiting';
    return { done: true, created: true };
  }

  /** Its attempt ends by waiting for any of these. */
  waits(names: readonly SignalName[]): void {
    this.awaits.clear();
    const hasCome = names.some((name) => this.signals.has(name));
    this.state = hasCome ? 'waiting' : 'delayed';
    if (!hasCome) for (const name of names) this.awaits.add(name);
  }

  /** Its attempt ends otherwise. */
  ends(as: 'succeeded' | 'failed' | 'retried' | 'retriedLater' | 'snoozed' | 'interrupted'): void {
    if (as !== 'interrupted') this.awaits.clear();
    if (as === 'succeeded' || as === 'failed') this.ended(as);
    else this.state = as === 'retried' || as === 'interrupted' ? 'waiting' : 'delayed';
  }

  ended(as: 'succeeded' | 'failed'): void {
    this.state = as;
    this.#losses = 0;
  }

  /** It is offered again after it failed; it has its signals still. */
  retried(): void {
    this.state = 'waiting';
  }

  /** Its delay is over, where it has one. */
  due(): void {
    if (this.state === 'delayed') this.state = 'waiting';
  }

  /** The worker that has taken it dies. */
  died(mostLosses: number): void {
    this.#losses++;
    this.state = this.#losses === mostLosses ? 'failed' : 'waiting';
  }
}
