import { z } from 'zod';
import type { NewBatch } from '../../lib/jobs/batch.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';

/** In which of two queues the jobs of the specs on ties are. */
export const LINKED_QUEUES = ['linked', 'linked-too'] as const;

const schema = z.object({
  /** What it is part of. */
  of: z.string(),
  n: z.number(),
  /** How long it takes. */
  forMs: z.number(),
});

/** One queue on each of the nodes of a cluster of three. */
export const APART_QUEUES = ['linked', 'linked-three', 'linked-there'] as const;

const linkedJob = (queue: string) =>
  defineJob({ type: `spec.${queue}`, queue, schema, retries: 1_000, backoff: { type: 'fixed', delayMs: 1 } });

/** A job in the first of the queues, or in the second. */
export const linkedJobs = LINKED_QUEUES.map(linkedJob);

/** A job on one of the nodes. */
export const apartJobs = APART_QUEUES.map(linkedJob);

/** The job that one of n below zero adds as its follow-up, and of which a batch is made. */
export const afterwards = defineJob({ type: 'spec.afterwards', queue: 'linked', schema });

/** A batch of this id whose members take no time; it and its jobs are in the first of the queues. */
export function linkedBatch(id: string, members: number): NewBatch {
  const jobs = Array.from({ length: members }, (_one, n) => jobFor(afterwards, { of: id, n, forMs: 0 }));
  return { id, jobs, last: jobFor(afterwards, { of: id, n: members, forMs: 0 }), when: 'ended' };
}
