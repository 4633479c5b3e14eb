import { z } from 'zod';
import type { ShownOptions } from '../../inspector/inspector.ts';

const epochMs = z.int().meta({ description: 'epoch milliseconds' });
const durationMs = z.number().meta({ description: 'milliseconds' });
const count = z.int().min(0);

/** What is shown of the options of a job. One that is left out does not compile. */
export const shownOptionsSchema = z.strictObject({
  retriesLeft: z.int(),
  timeoutMs: durationMs.nullable(),
  backoff: z
    .strictObject({
      type: z.string(),
      delayMs: durationMs,
      maxDelayMs: durationMs.nullable(),
      jitter: z.boolean().nullable(),
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
} satisfies { [Name in keyof ShownOptions]-?: z.ZodType<ShownOptions[Name]> });
