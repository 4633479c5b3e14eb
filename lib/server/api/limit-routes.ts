import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import type { Limit, QueueLimits, RateLimit, WaitingKey } from '../../inspector/inspector.ts';
import { QUEUE_OPERATIONS } from '../../inspector/queue-operations.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { queuePathSchema } from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';
import { count, epochMs, limitInQuery } from './schema-parts.ts';

const from1 = z.int().min(1).max(1_000_000_000);

const rate = closedObject({
  count: from1.meta({ description: 'tokens that come evenly in perMs' }),
  perMs: from1,
  burst: from1.optional().meta({ description: 'how many tokens are saved up; default count' }),
} satisfies Record<keyof RateLimit, z.ZodType>).meta({ id: 'RateLimit' });

const limitFields = {
  concurrency: from1.optional().meta({ description: 'how many jobs run at a time, over all workers' }),
  rate: rate.optional().meta({ description: 'how many jobs begin in a time' }),
} satisfies Record<keyof Limit, z.ZodType>;

const limitsSchema = closedObject({
  ...limitFields,
  perKey: closedObject(limitFields)
    .optional()
    .meta({ description: 'for each `key` of the jobs by itself; makes the keys take turns' }),
  maxWaiting: from1.optional().meta({ description: 'how many jobs may wait; an add beyond that is 429' }),
  fair: z.boolean().optional().meta({ description: 'whether keys take turns' }),
  agingMs: from1.optional().meta({
    description: 'how long a job waits until it takes turns with those of priority 0; default never',
  }),
} satisfies Record<keyof QueueLimits, z.ZodType>).meta({ id: 'QueueLimits' });

const queueLimitsSchema = z
  .strictObject({
    queue: z.string(),
    limits: limitsSchema.nullable().meta({ description: 'null when there are none' }),
    by: z.string().nullable().meta({ description: 'who set them' }),
    at: epochMs.nullable(),
  })
  .meta({ id: 'LimitsOfQueue' });

const changedSchema = z
  .strictObject({
    queue: z.string(),
    limited: z.boolean(),
    changed: z.boolean().meta({ description: 'false when there were no limits to lift' }),
  })
  .meta({ id: 'LimitsChange' });

const waitingKeysSchema = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        key: z.string().nullable().meta({ description: 'null stands for the jobs without a key' }),
        waiting: count,
        running: count.meta({ description: 'where that is limited, else 0' }),
        state: z.enum(['ready', 'full', 'paced']),
        freesAt: z.number().nullable().meta({ description: 'when its next token comes, epoch milliseconds' }),
      } satisfies Record<keyof WaitingKey, z.ZodType>),
    ),
  })
  .meta({ id: 'WaitingKeys' });

/** The calls that look at the limits of a queue, set and lift them. */
export function limitRoutes(deps: AuditedDeps): ApiRoute[] {
  const { inspector } = deps;
  const noted = auditedRun(deps);
  const { limit, refill } = QUEUE_OPERATIONS;
  const path = '/v1/queues/{queue}/limits';
  const about = { tag: 'queues', params: queuePathSchema } as const;
  return [
    route({
      ...about,
      method: 'get',
      path,
      operationId: 'getLimits',
      scope: 'read',
      summary: 'Reads the limits of a queue, who set them and when.',
      answers: { 200: queueLimitsSchema },
      run: async ({ params: { queue } }) => {
        const note = await inspector.limits.get(queue);
        return ok({ queue, ...(note ?? { limits: null, by: null, at: null }) });
      },
    }),
    route({
      ...about,
      method: 'put',
      path,
      operationId: 'setLimits',
      scope: 'operate',
      summary: 'Sets all limits of a queue in the place of those that it had; {} lifts them.',
      body: limitsSchema,
      answers: { 200: changedSchema },
      run: noted(limit.action, async ({ params: { queue }, body, by }) => {
        const { done } = await limit.run(inspector, { queue, by }, body);
        return ok({ queue, limited: Object.keys(body).length > 0, changed: done });
      }),
    }),
    route({
      ...about,
      method: 'delete',
      path,
      operationId: 'liftLimits',
      scope: 'operate',
      summary: 'Lifts all limits of a queue.',
      answers: { 200: changedSchema },
      run: noted(limit.action, async ({ params: { queue }, by }) => {
        const { done } = await limit.run(inspector, { queue, by }, {});
        return ok({ queue, limited: false, changed: done });
      }),
    }),
    route({
      ...about,
      method: 'get',
      path: `${path}/keys`,
      operationId: 'listWaitingKeys',
      scope: 'read',
      summary: 'Reads the keys with waiting jobs in a queue with limits, those with most first.',
      query: closedObject({ limit: limitInQuery }),
      answers: { 200: waitingKeysSchema },
      run: async ({ params: { queue }, query }) => ok({ keys: await inspector.limits.keys(queue, query) }),
    }),
    route({
      ...about,
      method: 'post',
      path: `${path}/refill`,
      operationId: 'refillLimits',
      scope: 'operate',
      summary: refill.summary,
      answers: {
        200: z.strictObject({ queue: z.string(), refilled: z.literal(true) }).meta({ id: 'Refill' }),
      },
      run: noted(refill.action, async ({ params: { queue }, by }) => {
        await refill.run(inspector, { queue, by });
        return ok({ queue, refilled: true });
      }),
    }),
  ];
}
