import { z } from 'zod';
import { defineJob } from '../../lib/jobs/define.ts';

const DEEDS = [
  'work',
  'hang',
  'heed',
  'die',
  'block',
  'compute',
  'blockNatively',
  'blockAndExit',
  'exit',
  'abort',
  'exhaust',
  'throwLater',
  'rejectLater',
  'emitError',
  'throwElsewhere',
  'putOff',
] as const;

/** The job that the crews of the specs do: it takes a while, and does to its worker what the worker was told. */
export const toil = defineJob({
  type: 'spec.toil',
  queue: 'toil',
  schema: z.object({ forMs: z.number(), deed: z.enum(DEEDS).optional() }),
  retries: 0,
});

/**
 * What running the job does: `work` waits as long as it says, `hang` waits for ever, `heed` until it is
 * told to stop, `die` kills the worker by SIGKILL, `block` blocks its event loop as long as it says, `compute`
 * does so by computing after an `await`, `blockNatively` in native code that cannot be interrupted, `blockAndExit` ends the process right behind
 * that, `exit` ends the
 * process, `abort` and `exhaust` let it crash, the one as native code does, the other for want of memory, `putOff` asks two times of three to be run again after as long as it says; the others leave an error after as long as it says that nobody handles, and wait for ever: from a timer, in a
 * promise, as an `error` event without a listener, or where nobody can know whose it is. A job may name its own.
 */
export type Deed = (typeof DEEDS)[number];

/** The job that a crew does in threads of its own; its handler is that of the specs of isolation. */
export const isolatedToil = defineJob({
  type: 'spec.isolated',
  queue: 'toil',
  schema: z.object({ do: z.string(), with: z.unknown() }),
  retries: 0,
});
