import { z } from 'zod';
import { defineJob } from '../../lib/jobs/define.ts';

/** The job whose groups the worker processes of the specs are handed. */
export const note = defineJob({
  type: 'spec.note',
  queue: 'notes',
  schema: z.object({ n: z.number() }),
  retries: 0,
  group: { graceMs: 150, maxDelayMs: 800, maxSize: 15 },
});
