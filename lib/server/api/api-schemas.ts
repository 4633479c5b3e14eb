import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import {
  JOB_OUTCOMES,
  JOB_STATES,
  type JobInfo,
  PRIVACIES,
  type QueueInfo,
  type QueuePage,
} from '../../inspector/inspector.ts';
import type { AddWarning } from '../../jobs/worker-check.ts';
import type { Problem } from '../problem.ts';
import { jobLinkFields, jobLogLine } from './job-fields.ts';
import { JOB_OPTION_SCHEMAS, shownOptionsSchema } from './option-schemas.ts';
import {
  count,
  durationMs,
  epochMs,
  limitInQuery,
  nameCursorInQuery,
  nextCursor,
  queueInPath,
  queueName,
  typeName,
} from './schema-parts.ts';

/** The most jobs that one batch takes. */
export const MOST_PER_BATCH = 10_000;

/** One of the five states. */
export const state = z.enum(JOB_STATES);

const newJobOptions = closedObject({
  queue: queueName.optional().meta({
    description: 'where it waits instead of where its type says; required for a type that is not known here',
  }),
  ...JOB_OPTION_SCHEMAS,
  requireWorker: z.boolean().optional().meta({
    description:
      'whether the add is refused, with 409, where no live worker takes jobs of the type from the queue; default false',
  }),
});

/** A job to be added. */
export const newJobSchema = closedObject({
  type: typeName,
  data: z.unknown().optional().meta({
    description: 'any JSON value that the schema of the type accepts; required for a type not known here',
  }),
  options: newJobOptions.optional(),
}).meta({ id: 'NewJob' });

/** A job to be added, once it was found right. */
export type NewJob = z.output<typeof newJobSchema>;

/** Many jobs to be added; each is checked by itself, so that a wrong one does not stop the others. */
export const newBatchSchema = closedObject({
  jobs: z.array(z.unknown().meta({ $ref: '#/components/schemas/NewJob' })).max(MOST_PER_BATCH),
}).meta({ id: 'NewBatch' });

/** The headers that adding a job reads. */
export const addHeadersSchema = z.object({
  // Node reads headers as Latin-1, so other characters would make another id than the same text in options.id.
  'Idempotency-Key': z
    .string()
    .regex(/^[\x20-\x7e]{1,256}$/, 'must be 1 to 256 characters of ASCII')
    .optional()
    .meta({ description: 'taken as options.id; under the same key another type or other data is 409' }),
});

/** The header that one job may have is refused by a batch: it would name all of them, or none. */
export const batchHeadersSchema = z.object({
  'Idempotency-Key': z
    .string()
    .refine(() => false, 'is for one job; give each job of a batch its own options.id')
    .optional()
    .meta({ description: 'refused here: it is for one job; give each its own options.id' }),
});

/** The queue in a path. */
export const queuePathSchema = z.object({ queue: queueInPath });

/** Which page of queues is wanted. */
export const queuesQuerySchema = closedObject({
  cursor: nameCursorInQuery,
  limit: limitInQuery,
  prefix: z.string().optional().meta({ description: 'only queues whose names begin so' }),
});

/** How a queue is to be deleted. */
export const deletionQuerySchema = closedObject({
  force: z.enum(['true', 'false']).default('false').meta({ description: 'whether the jobs it holds go too' }),
  running: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'with force, whether those go too that run; their ends change nothing' }),
});

/** The queue and the job in a path. */
export const jobPathSchema = z.object({
  queue: queueInPath,
  id: z.string().meta({ description: 'of the job' }),
});

/** What there is to think of where jobs were added. */
export const warningsSchema = z
  .array(
    z
      .strictObject({
        code: z.enum(['no-worker', 'schema-differs']),
        queue: z.string(),
        type: z.string(),
        message: z.string(),
      } satisfies Record<keyof AddWarning, z.ZodType>)
      .meta({ id: 'AddWarning' }),
  )
  .max(100)
  .optional()
  .meta({
    description:
      'there when no live worker takes jobs of a type from its queue, or one does that goes by another schema',
  });

const addedFields = {
  id: z.string(),
  queue: z.string(),
  type: z.string(),
  state: state.nullable().meta({
    description: 'null when the job that was there has ended and is not kept',
  }),
  created: z.boolean(),
  replaced: z.literal(true).optional().meta({
    description: 'there when the job that holds the unique key has the new data and options now',
  }),
};

/** The answer to an added job. */
export const addedSchema = z
  .strictObject({ ...addedFields, warnings: warningsSchema })
  .meta({ id: 'AddedJob' });

/** The answer to an added job, as it is typed. */
export type AddedJob = z.output<typeof addedSchema>;

/** An error, as RFC 9457 writes it. */
export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'the fields at fault' }),
    jobs: z
      .array(z.strictObject({ id: z.string(), queue: z.string() }))
      .optional()
      .meta({ description: 'what is stored all the same, where that is not as durable as asked for' }),
  })
  .meta({ id: 'Problem' }) satisfies z.ZodType<Omit<Problem, 'errors' | 'jobs'>>;

/** The answers to the jobs of a batch, in their order. */
export const batchResultSchema = z
  .strictObject({
    results: z.array(
      z.union([
        z.strictObject(addedFields).meta({ id: 'AddedEntry' }),
        z.strictObject({ error: problemSchema }),
      ]),
    ),
    warnings: warningsSchema,
  })
  .meta({ id: 'BatchResult' });

const countsSchema = z.strictObject({
  waiting: count,
  active: count,
  delayed: count,
  succeeded: count,
  failed: count,
});

/** A queue as it is shown. */
export const queueSchema = z
  .strictObject({
    name: z.string(),
    counts: countsSchema,
    latencyMs: durationMs.meta({ description: 'age of the job that is next to run; 0 when none waits' }),
    overdueMs: durationMs.meta({
      description: 'how late the earliest delayed job, group or schedule is; 0 when none is due',
    }),
    paused: z.strictObject({ by: z.string(), at: epochMs }).nullable(),
    grouped: count.meta({ description: 'jobs that wait in groups; they are in none of the counts' }),
    processedToday: count,
    failedToday: count,
    shards: z
      .array(z.strictObject({ name: z.string(), counts: countsSchema, latencyMs: durationMs }))
      .optional()
      .meta({ description: 'its shards, whose counts are in those above; absent where it has none' }),
  })
  .meta({ id: 'Queue' }) satisfies z.ZodType<QueueInfo>;

/** A page of queues, by name. */
export const queuesSchema = z
  .strictObject({
    queues: z.array(queueSchema),
    unreadable: z
      .array(z.strictObject({ name: z.string(), reason: z.string() }))
      .meta({ description: 'those of the page that cannot be read: which key is wrong, and what to do' }),
    cursor: nextCursor,
  })
  .meta({ id: 'QueuePage' }) satisfies z.ZodType<QueuePage>;

/** What a deletion did. */
export const deletedQueueSchema = z
  .strictObject({
    queue: z.string(),
    deleted: z.boolean().meta({ description: 'false when there was none' }),
  })
  .meta({ id: 'DeletedQueue' });

/** What a pause or a resume did. */
export const pauseResultSchema = z
  .strictObject({
    queue: z.string(),
    paused: z.boolean(),
    changed: z.boolean().meta({ description: 'false when it was so before' }),
  })
  .meta({ id: 'PauseResult' });

/** A failed attempt as it is shown. */
export const jobErrorSchema = z.strictObject({
  name: z.string(),
  message: z.string(),
  code: z.string().optional(),
  causes: z
    .array(z.strictObject({ name: z.string(), message: z.string(), code: z.string().optional() }))
    .optional()
    .meta({ description: 'what led to it, or its parts; up to five, nearest first' }),
  at: epochMs.nullable(),
  attempt: z.int().nullable(),
  worker: z.string().nullable(),
  durationMs: durationMs.nullable(),
  version: z.string().optional().meta({ description: 'the APP_VERSION of the worker' }),
  stack: z.string().nullable(),
});

/** A job as it is shown. */
export const jobSchema = z
  .strictObject({
    id: z.string(),
    queue: z.string(),
    type: z.string(),
    state,
    outcome: z.enum(JOB_OUTCOMES).nullable().meta({ description: 'how it ended' }),
    addedBy: z.string().nullable(),
    rerunOf: z.string().nullable().meta({ description: 'the job of the queue that it runs anew' }),
    encrypted: z.enum(PRIVACIES).meta({
      description:
        'closed: its key is not here, or the key of the call has not the scope operate; data, result, texts of errors and the like are (encrypted) then',
    }),
    data: z.unknown(),
    headers: z.record(z.string(), z.string()),
    schedule: z.strictObject({ name: z.string(), tick: epochMs }).nullable(),
    options: shownOptionsSchema,
    awaits: z
      .array(z.string())
      .nullable()
      .meta({ description: 'the signals that it waits for, until options.runAt at most' }),
    progress: z.unknown(),
    attempts: count,
    result: z.unknown(),
    errors: z.array(jobErrorSchema).meta({ description: 'the last ten failures, newest first' }),
    logs: z.array(jobLogLine).max(100).meta({ description: 'what the handler logged, newest last' }),
    logsDropped: count.meta({ description: 'how many older lines are not kept' }),
    ...jobLinkFields,
    createdAt: epochMs,
    startedAt: epochMs.nullable(),
    finishedAt: epochMs.nullable(),
    durationMs: durationMs.nullable(),
    worker: z.string().nullable(),
  } satisfies Record<keyof JobInfo, z.ZodType>)
  .meta({ id: 'Job' });

/** A page of jobs, newest first. */
export const jobPageSchema = z
  .strictObject({
    jobs: z.array(jobSchema),
    cursor: nextCursor,
  })
  .meta({ id: 'JobPage' });
