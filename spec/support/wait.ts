import { type Clock, systemClock } from '../../lib/clock.ts';

/**
 * How long it waits from one look to the next: briefly at first, and the longer the longer it has waited already. Looks
 * keep a core busy that those who are waited for need, where several files wait at once.
 */
const LEAST_POLL_MS = 5;
const MOST_POLL_MS = 100;
const SHARE_OF_WAIT = 1 / 50;

/**
 * How much longer than written specs may take, since machines differ. `npm test` sets it, so that none fails for being
 * slow; who runs one file hears of what hangs at the times that are written.
 */
export const PATIENCE = Number(process.env['SPEC_PATIENCE'] ?? 1);

/** A clock by which what is given so long gets as many times as long as `PATIENCE` says. */
export const patientClock: Clock = { ...systemClock, elapsed: () => systemClock.elapsed() / PATIENCE };

/** A limit that a spec gives to what it tries, as many times over as `PATIENCE` says. */
export function patiently(limitMs: number): number {
  return limitMs * PATIENCE;
}

/**
 * Resolves when the condition holds; rejects with `what` was awaited when it does not within `limitMs` (default 30 s),
 * as many times over as `PATIENCE` says. The one place in the specs with a timer.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 30_000,
): Promise<void> {
  const begun = performance.now();
  while (!(await condition())) {
    const waitedMs = performance.now() - begun;
    if (waitedMs >= patiently(limitMs))
      throw new Error(`waited ${patiently(limitMs)} ms in vain until ${what}`);
    const pollMs = Math.min(MOST_POLL_MS, Math.max(LEAST_POLL_MS, waitedMs * SHARE_OF_WAIT));
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
