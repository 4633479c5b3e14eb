import { z } from 'zod';
import { defineJob } from '../../lib/jobs/define.ts';

/** The job that the crews of the specs do: it takes a while, and does to its worker what the worker was told. */
export const toil = defineJob({
  type: 'spec.toil',
  queue: 'toil',
  schema: z.object({ forMs: z.number() }),
  retries: 0,
});

/**
 * What running the job does: `work` waits as long as it says, `hang` waits for ever, `heed` until it is
 * told to stop, `die` kills the worker by
 * SIGKILL, `block` blocks its event loop as long as it says.
 */
export type Deed = 'work' | 'hang' | 'heed' | 'die' | 'block';
