import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { ShownOptions } from '../../inspector/inspector.ts';
import type { BackoffOptions, JobOptionName, JobRetention } from '../../jobs/options.ts';
import { stringMap } from '../../jobs/string-map.ts';
import { CONFLICTS, RELEASES, type UniqueOptions } from '../../jobs/unique.ts';
import { count, durationMs, epochMs, labelText, nameText, priorityValue, timeValue } from './schema-parts.ts';

const jitter = z.union([z.boolean(), z.number().min(0).max(1)]);

const backoff = closedObject({
  type: nameText().meta({
    description: 'exponential, fixed, or the name of a function that the workers have',
    examples: ['exponential'],
  }),
  delayMs: z.int().min(0).optional().meta({ description: 'the first delay; default 1,000' }),
  maxDelayMs: z.int().min(0).optional().meta({ description: 'default one hour' }),
  jitter: jitter.optional().meta({
    description:
      'the part of the delay that is left to chance, all or none of it; default true, with fixed false',
  }),
} satisfies Record<keyof BackoffOptions, z.ZodType>);

const unique = closedObject({
  key: labelText().meta({ description: 'of your choice, per queue' }),
  ttlMs: z.int().min(1).optional().meta({
    description:
      'how long the key is held at most, from the start of the job; default until the job has ended',
  }),
  onConflict: z.enum(CONFLICTS).optional().meta({
    description: 'what is done where another job holds the key; default return',
  }),
  release: z.enum(RELEASES).optional().meta({
    description: 'default end, of the job; ttl holds the key for the whole ttlMs, which is a throttle',
  }),
} satisfies Record<keyof UniqueOptions, z.ZodType>);

const retention = closedObject({
  succeededMs: z.int().min(0).optional().meta({ description: 'if it succeeded; 0 keeps it not at all' }),
  failedMs: z.int().min(0).optional().meta({ description: 'if it failed, likewise' }),
} satisfies Record<keyof JobRetention, z.ZodType>);

/** What each option of a job may be in a document, with its sentence there. One that is left out does not compile. */
export const JOB_OPTION_SCHEMAS = {
  id: labelText().optional().meta({
    description: 'your own id; adding it again changes nothing and returns the existing job',
  }),
  delayMs: z.int().min(0).optional().meta({ description: 'earliest start, counted from now' }),
  runAt: timeValue().optional().meta({
    description:
      'earliest start, in epoch milliseconds or as an ISO date with its zone; not together with delayMs',
  }),
  retries: z.int().min(0).optional().meta({ description: 'further attempts after the first; default 3' }),
  backoff: backoff.optional(),
  timeoutMs: z.int().min(1).optional().meta({ description: 'of one attempt; default 300,000' }),
  expiresAt: timeValue().optional().meta({ description: 'no attempt begins at or after this time' }),
  deadlineAt: timeValue()
    .optional()
    .meta({ description: 'as expiresAt, and a running attempt is aborted by it' }),
  headers: stringMap().optional().meta({ description: 'handed to the handler' }),
  unique: unique.optional().meta({ description: 'a key that at most one job of the queue holds at a time' }),
  key: labelText().optional().meta({
    description: 'a tenant or resource: the limits of the queue per key count it, and keys take turns',
  }),
  cost: z.int().min(1).optional().meta({ description: 'tokens of a rate limit that it takes; default 1' }),
  priority: priorityValue().optional().meta({
    description: 'which waiting jobs are served first: 0 the first, 9 the last; default 4',
  }),
  front: z.boolean().optional().meta({
    description: 'whether it is the next of its priority; default false',
  }),
  group: labelText().optional().meta({
    description: 'the group in which it waits for others, to be handed over with them in one call',
  }),
  encrypt: z.boolean().optional().meta({
    description: 'whether its data, and what comes of it, are encrypted in Redis; default false',
  }),
  retention: retention.optional().meta({
    description: 'how long it stays once it has ended, where that is less long than the workers say',
  }),
} satisfies Record<JobOptionName, z.ZodType>;

/** What is shown of the options of a job. One that is left out does not compile. */
export const shownOptionsSchema = z.strictObject({
  retriesLeft: z.int(),
  timeoutMs: durationMs.nullable(),
  backoff: z
    .strictObject({
      type: z.string(),
      delayMs: durationMs,
      maxDelayMs: durationMs.nullable(),
      jitter: jitter.nullable(),
    })
    .nullable(),
  runAt: epochMs.nullable(),
  expiresAt: epochMs.nullable(),
  deadlineAt: epochMs.nullable(),
  unique: z
    .strictObject({ key: z.string(), ttlMs: durationMs.nullable(), release: z.enum(['end', 'ttl']) })
    .nullable(),
  key: z.string().nullable(),
  cost: count,
  priority: z.int().min(0).max(9).meta({ description: '0 comes first, 9 last' }),
  front: z.boolean().meta({ description: 'whether it goes before those of its priority that wait' }),
  group: z
    .strictObject({
      name: z.string(),
      size: count.nullable().meta({ description: 'of a job that carries so many of the group' }),
    })
    .nullable(),
  retention: z
    .strictObject({ succeededMs: durationMs.nullable(), failedMs: durationMs.nullable() })
    .nullable()
    .meta({ description: 'how long it stays at most once it has ended, where it says so' }),
} satisfies { [Name in keyof ShownOptions]-?: z.ZodType<ShownOptions[Name]> });
