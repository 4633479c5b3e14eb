import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import {
  type JobTimes,
  type SlowestJob,
  SPAN_NAMES,
  type TimeBucket,
  type TimedJobs,
  type TimedType,
  type TimeSummary,
  type TimesSlot,
  type VersionEnds,
} from '../../inspector/inspector.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { queuePathSchema } from './api-schemas.ts';
import { count, durationMs, epochMs } from './schema-parts.ts';

const quantile = durationMs.nullable().meta({ description: 'milliseconds; null where none was timed' });

const summarySchema = z
  .strictObject({
    count: count.meta({ description: 'how many were timed' }),
    p50Ms: quantile,
    p95Ms: quantile,
    p99Ms: quantile,
  } satisfies Record<keyof TimeSummary, z.ZodType>)
  .meta({ id: 'TimeSummary' });

const timedFields = {
  succeeded: count,
  failed: count.meta({ description: 'jobs that failed for good' }),
  retried: count.meta({ description: 'attempts that failed and are followed by another' }),
  waiting: summarySchema,
  duration: summarySchema,
  total: summarySchema,
} satisfies Record<keyof TimedJobs, z.ZodType>;

const bucketsSchema = z.array(
  z.strictObject({
    fromMs: durationMs,
    toMs: durationMs,
    count,
  } satisfies Record<keyof TimeBucket, z.ZodType>),
);

const timesSchema = z
  .strictObject({
    ...timedFields,
    span: z.enum(SPAN_NAMES),
    slotMs: count.meta({ description: 'how long a slot is, in milliseconds' }),
    slots: z
      .array(
        z.strictObject({
          ...timedFields,
          at: epochMs,
          spread: z.strictObject({ waiting: bucketsSchema, duration: bucketsSchema, total: bucketsSchema }),
        } satisfies Record<keyof TimesSlot, z.ZodType>),
      )
      .meta({ description: 'all of the span, the oldest first; the last is not over' }),
    slowest: z.array(
      z.strictObject({
        id: z.string(),
        durationMs,
        endedAt: epochMs,
      } satisfies Record<keyof SlowestJob, z.ZodType>),
    ),
    types: z.array(
      z.strictObject({
        ...timedFields,
        type: z.string().nullable().meta({ description: 'null for all that are not kept by themselves' }),
      } satisfies Record<keyof TimedType, z.ZodType>),
    ),
    versions: z.array(
      z.strictObject({
        version: z.string(),
        firstAt: epochMs,
        lastAt: epochMs,
        succeeded: count,
        failed: count,
        retried: count,
      } satisfies Record<keyof VersionEnds, z.ZodType>),
    ),
    isOwn: z.boolean().meta({ description: 'false where the type is counted together with others' }),
  } satisfies Record<keyof JobTimes, z.ZodType>)
  .meta({ id: 'Times' });

/** The call that tells how long the jobs of a queue took. */
export function timesRoute({ inspector }: AuditedDeps): ApiRoute {
  return route({
    method: 'get',
    scope: 'read',
    path: '/v1/queues/{queue}/times',
    operationId: 'getTimes',
    tag: 'queues',
    summary: 'Reads how long jobs waited, ran and took in all, of a queue or one of its types.',
    params: queuePathSchema,
    query: closedObject({
      span: z.enum(SPAN_NAMES).default('hour').meta({ description: 'an hour, a day or 90 days' }),
      type: z.string().min(1).optional().meta({ description: 'of this type alone; default all' }),
    }),
    answers: { 200: timesSchema },
    run: async ({ params: { queue }, query }) => ok(await inspector.times(queue, query)),
  });
}
