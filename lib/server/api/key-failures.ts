import { type Clock, systemClock } from '../../clock.ts';
import type { Logger } from '../../logger.ts';

/** Why a call was refused: it brought no key at all, or one that nobody has. */
export type KeyFailure = 'missing' | 'wrong';

/** Where failed uses of keys are told. */
export interface KeyFailureDeps {
  log: Logger;
  /** Called at each one. */
  count?: (why: KeyFailure) => void;
  clock?: Clock;
}

/** Who made the call that was refused. */
export interface RefusedCall {
  why: KeyFailure;
  /** The IP address of the other end of the connection. */
  address: string;
  method: string;
}

const LINE_EVERY_MS = 60_000;

/**
 * Makes what tells of failed uses of keys: each is counted, and the log has one line for the first and then at most
 * one a minute, with how many came since the line before; so that whoever guesses fills no disk. What was sent is not
 * told.
 */
export function createKeyFailures({
  log,
  count,
  clock = systemClock,
}: KeyFailureDeps): (call: RefusedCall) => void {
  let untold = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (call) => {
    count?.(call.why);
    untold++;
    const now = clock.elapsed();
    if (now - toldAt < LINE_EVERY_MS) return;
    log.warn('calls without a known key were refused', { ...call, calls: untold });
    untold = 0;
    toldAt = now;
  };
}
