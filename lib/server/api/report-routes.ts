import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import type { HistoryDay, RateMinute, Rates } from '../../inspector/inspector.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { jobPathSchema, queuePathSchema } from './api-schemas.ts';
import { count, epochMs, wholeInQuery } from './schema-parts.ts';
import { whySchema } from './why-schemas.ts';

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

/** The calls that report on a queue or a job: history, rates, and why a job is not running. */
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
