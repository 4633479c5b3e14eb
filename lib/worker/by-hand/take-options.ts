import { checkOptions, type Option, wholeOption } from '../../check-options.ts';
import { MOST_SLOTS } from '../../engine/queries/worker-order.ts';
import { ApiaryError } from '../../errors.ts';
import type { Taker } from './taker.ts';

/** What `worker.take` may be told. */
export interface TakeOptions {
  /** How long it waits for the first job, in ms from 1 up to an hour; default 10,000. */
  waitMs?: number;
}

/** What `take` is asked for, with all defaults filled in. */
export interface AskedTake {
  taker: Taker;
  waitMs: number;
}

const DEFAULT_WAIT_MS = 10_000;
const MOST_WAIT_MS = 3_600_000;

const TAKE = { waitMs: wholeOption(1, MOST_WAIT_MS).optional() } satisfies Record<keyof TakeOptions, Option>;
const COUNT = { count: wholeOption(1, MOST_SLOTS) };

/** Checks a call of `take`. Throws CONFIG_INVALID for what cannot be, and where the worker has handlers of its own. */
export function askedTake(taker: Taker | null, count: number, options: TakeOptions): AskedTake {
  if (taker === null) {
    const message = 'take: this worker runs its jobs by handlers; give it byHand(definition) in their place';
    throw new ApiaryError('CONFIG_INVALID', message);
  }
  checkOptions('take', COUNT, { count });
  checkOptions('take', TAKE, options);
  return { taker, waitMs: options.waitMs ?? DEFAULT_WAIT_MS };
}
