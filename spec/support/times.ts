import { type TimedAttempt, TimeTally } from '../../lib/engine/times/time-tally.ts';

/** An attempt that succeeded within 25 ms, a second after its job was added. */
export function attemptOf(facts: Partial<TimedAttempt> = {}): TimedAttempt {
  const [waitedMs, durationMs] = [975, 25];
  return { id: '1', as: 'succeeded', waitedMs, durationMs, totalMs: 1_000, endedAt: Date.now(), ...facts };
}

/** A tally of one such attempt of each type. */
export function timed(...types: readonly string[]): TimeTally {
  const tally = new TimeTally();
  for (const type of types) tally.note(type, attemptOf());
  return tally;
}
