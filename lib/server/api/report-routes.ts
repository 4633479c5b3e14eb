import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import type {
  FailureGroup,
  FailureGroups,
  HistoryDay,
  RateMinute,
  Rates,
} from '../../inspector/inspector.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { jobPathSchema, queuePathSchema } from './api-schemas.ts';
import { count, epochMs, wholeInQuery } from './schema-parts.ts';
import { whySchema } from './why-schemas.ts';

const failuresSchema = z
  .strictObject({
    scanned: count.meta({ description: 'how many failed jobs were looked at, the newest' }),
    total: count.meta({ description: 'how many there are' }),
    groups: z.array(
      z.strictObject({
        fingerprint: z.string(),
        type: z.string(),
        message: z.string().meta({ description: 'of the newest of them' }),
        count,
        newestAt: z.number().meta({ description: 'epoch milliseconds' }),
        newestId: z.string(),
      } satisfies Record<keyof FailureGroup, z.ZodType>),
    ),
  } satisfies Record<keyof FailureGroups, z.ZodType>)
  .meta({ id: 'Failures' });

const historySchema = z
  .strictObject({
    days: z.array(
      z.strictObject({
        day: z.string().meta({ examples: ['2030-01-31'] }),
        processed: count,
        succeeded: count,
        failed: count,
      } satisfies Record<keyof HistoryDay, z.ZodType>),
    ),
  })
  .meta({ id: 'History' });

const ratesSchema = z
  .strictObject({
    inPerMin: z.number().nullable().meta({ description: 'now; null when no worker has taken note' }),
    outPerMin: z.number().nullable(),
    minutes: z
      .array(
        z.strictObject({
          at: epochMs,
          added: count,
          succeeded: count,
          failed: count,
        } satisfies Record<keyof RateMinute, z.ZodType>),
      )
      .meta({ description: 'the last sixty at most, oldest first' }),
  } satisfies Record<keyof Rates, z.ZodType>)
  .meta({ id: 'Rates' });

/** The calls that report on a queue or a job: failures by kind, history, rates, and why a job is not running. */
export function reportRoutes({ inspector }: AuditedDeps): ApiRoute[] {
  const about = { method: 'get', scope: 'read' } as const;
  const ofQueue = { ...about, tag: 'queues', params: queuePathSchema } as const;
  return [
    route({
      ...about,
      path: '/v1/queues/{queue}/jobs/{id}/why',
      operationId: 'whyJob',
      tag: 'jobs',
      summary: 'Tells why a job is not running: every reason that holds, the most important first.',
      params: jobPathSchema,
      answers: { 200: whySchema },
      run: async ({ params: { queue, id } }) => ok({ reasons: await inspector.why(queue, id) }),
    }),
    route({
      ...ofQueue,
      path: '/v1/queues/{queue}/failures',
      operationId: 'listFailures',
      summary: 'Puts the newest failed jobs into groups by what they died of, the most frequent first.',
      query: closedObject({
        most: wholeInQuery(1, 10_000).default(1_000).meta({ description: 'how many jobs are looked at' }),
      }),
      answers: { 200: failuresSchema },
      run: async ({ params: { queue }, query }) => ok(await inspector.failures.groups(queue, query)),
    }),
    route({
      ...ofQueue,
      path: '/v1/queues/{queue}/history',
      operationId: 'getHistory',
      summary: 'Reads what ended on each of the last days, by UTC, today first.',
      query: closedObject({ days: wholeInQuery(1, 90).default(90) }),
      answers: { 200: historySchema },
      run: async ({ params: { queue }, query: { days } }) =>
        ok({ days: await inspector.history(queue, days) }),
    }),
    route({
      ...ofQueue,
      path: '/v1/queues/{queue}/rates',
      operationId: 'getRates',
      summary: 'Reads how many jobs come in and how many end per minute, now and over the last hour.',
      answers: { 200: ratesSchema },
      run: async ({ params: { queue } }) => ok(await inspector.rates(queue)),
    }),
  ];
}
