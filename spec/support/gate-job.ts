import { z } from 'zod';
import { defineJob } from '../../lib/jobs/define.ts';

/** The job that waits for two signals, one after the other. */
export const gate = defineJob({
  type: 'spec.gate',
  queue: 'gates',
  schema: z.object({ n: z.int() }),
  retries: 0,
  signals: { first: z.int(), second: z.int() },
});
