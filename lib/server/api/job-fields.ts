import { z } from 'zod';
import type { JobLinkInfo } from '../../inspector/inspector.ts';

const name = z.string();
const count = z.int().min(0);

/** A line that the handler of a job logged. */
export const jobLogLine = z.strictObject({
  at: z.int().meta({ description: 'epoch milliseconds' }),
  level: z.enum(['info', 'warn', 'error', 'fatal']),
  message: z.string().meta({ description: 'with the fields in it' }),
});

/** What is shown of how a job is tied to others, and of what its handlers did once. */
export const jobLinkFields = {
  follows: z
    .strictObject({ queue: name, id: name })
    .nullable()
    .meta({ description: 'the job whose success added it' }),
  chain: z
    .strictObject({ id: name, step: count, steps: count, nextId: name.nullable() })
    .nullable()
    .meta({ description: 'the chain that it is a step of' }),
  batch: z
    .strictObject({ id: name, queue: name, role: z.enum(['member', 'last']) })
    .nullable()
    .meta({ description: 'the batch that it belongs to' }),
  workflow: z
    .strictObject({ id: name, queue: name, step: name })
    .nullable()
    .meta({ description: 'the workflow that it is a step of' }),
  once: z
    .array(z.strictObject({ key: name, at: z.int() }))
    .meta({ description: 'effects that are not repeated, and when they were done' }),
} satisfies Record<keyof JobLinkInfo, z.ZodType>;
