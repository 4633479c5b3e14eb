import { z } from 'zod';
import type { JobOptions } from '../../jobs/options.ts';
import { stringMap } from '../../jobs/string-map.ts';
import { isLabel, LABEL_RULE } from '../../names.ts';
import { closedObject, name, queueName } from './schema-parts.ts';

const epochMs = z.int().meta({ description: 'epoch milliseconds' });
/** Text that names something of the caller's choice. The message does not repeat what came, which may be a megabyte. */
const ownName = z.string().refine(isLabel, `must be ${LABEL_RULE}`);

const backoff = closedObject({
  type: name().meta({
    description: 'exponential, fixed, or the name of a function that the workers have',
    examples: ['exponential'],
  }),
  delayMs: z.int().min(0).optional().meta({ description: 'the first delay; default 1,000' }),
  maxDelayMs: z.int().min(0).optional().meta({ description: 'default one hour' }),
  jitter: z.boolean().optional().meta({ description: 'default true, with fixed false' }),
});

const unique = closedObject({
  key: ownName.meta({ description: 'of your choice, per queue' }),
  ttlMs: z.int().min(1).optional().meta({
    description:
      'how long the key is held at most, from the start of the job; default until the job has ended',
  }),
  onConflict: z.enum(['return', 'reject', 'replace']).optional().meta({
    description: 'what is done where another job holds the key; default return',
  }),
  release: z.enum(['end', 'ttl']).optional().meta({
    description: 'default end, of the job; ttl holds the key for the whole ttlMs, which is a throttle',
  }),
} satisfies Record<keyof NonNullable<JobOptions['unique']>, z.ZodType>);

/** The options of a job to be added. */
export const newJobOptions = closedObject({
  queue: queueName.optional().meta({
    description: 'where it waits instead of where its type says; required for a type that is not known here',
  }),
  id: ownName.optional().meta({
    description: 'your own id; adding it again changes nothing and returns the existing job',
  }),
  delayMs: z.int().min(0).optional().meta({ description: 'earliest start, counted from now' }),
  runAt: epochMs.optional().meta({
    description: 'earliest start in epoch milliseconds; not together with delayMs',
  }),
  retries: z.int().min(0).optional().meta({ description: 'further attempts after the first; default 3' }),
  backoff: backoff.optional(),
  timeoutMs: z.int().min(1).optional().meta({ description: 'of one attempt; default 300,000' }),
  expiresAt: epochMs.optional().meta({ description: 'no attempt begins at or after this time' }),
  deadlineAt: epochMs
    .optional()
    .meta({ description: 'as expiresAt, and a running attempt is aborted by it' }),
  headers: stringMap().optional().meta({ description: 'handed to the handler' }),
  unique: unique.optional().meta({ description: 'a key that at most one job of the queue holds at a time' }),
  group: ownName.optional().meta({
    description: 'the group in which it waits for others, to be handed over with them in one call',
  }),
  key: ownName.optional().meta({
    description: 'a tenant or resource: the limits of the queue per key count it, and keys take turns',
  }),
  cost: z.int().min(1).optional().meta({ description: 'tokens of a rate limit that it takes; default 1' }),
} satisfies Record<keyof JobOptions | 'queue', z.ZodType>);
