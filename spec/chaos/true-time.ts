import { systemClock } from '../../lib/clock.ts';

const MICROS_PER_MS = 1_000;

/**
 * When the machine's growing clock was at 0, epoch ms. The processes of a run have it from who started them, as their
 * own clock on the wall may be moved.
 */
export const TRUE_ZERO_MS = Number(process.env.TRUE_ZERO_MS ?? systemClock.now() - grownMs());

/** The true time, epoch ms, in all processes of a run alike. */
export function trueNow(): number {
  return Math.floor(TRUE_ZERO_MS + grownMs());
}

function grownMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / MICROS_PER_MS;
}
