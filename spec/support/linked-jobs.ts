import { z } from 'zod';
import { defineJob } from '../../lib/jobs/define.ts';

/** In which of two queues the jobs of the specs on ties are. */
export const LINKED_QUEUES = ['linked', 'linked-too'] as const;

const schema = z.object({
  /** What it is part of. */
  of: z.string(),
  n: z.number(),
  /** How long it takes. */
  forMs: z.number(),
});

/** A job in the first of the queues, or in the second. */
export const linkedJobs = LINKED_QUEUES.map((queue) =>
  defineJob({ type: `spec.${queue}`, queue, schema, retries: 1_000, backoff: { type: 'fixed', delayMs: 1 } }),
);

/** The job that a job of n below zero adds as its follow-up. */
export const afterwards = defineJob({ type: 'spec.afterwards', queue: 'linked', schema });
