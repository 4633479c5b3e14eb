import { isoTime } from '../../clock.ts';
import type { StoredJob } from '../record/stored-job.ts';
import { waitsOf } from '../record/waits.ts';

/** It waits for signals, any of which ends the wait, for `dueInMs` more at most. */
export interface AwaitsSignals {
  reason: 'awaits-signals';
  signals: string[];
  dueInMs: number;
  text: string;
}

/** Tells which signals a delayed job waits for; null when for none. */
export function whyAwaiting({ record, dueAt }: StoredJob, now: number): AwaitsSignals | null {
  const signals: unknown = waitsOf(record.options)?.on;
  if (!Array.isArray(signals) || !signals.every((one) => typeof one === 'string')) return null;
  const until = dueAt ?? now;
  const text = `it waits for ${signalsText(signals)}, until ${isoTime(until)} at most`;
  return { reason: 'awaits-signals', signals, dueInMs: Math.max(0, until - now), text };
}

/** Names signals, any of which is waited for. */
export function signalsText(signals: readonly string[]): string {
  const [only = '', ...others] = signals;
  return others.length === 0 ? `the signal ${only}` : `one of the signals ${signals.join(', ')}`;
}
