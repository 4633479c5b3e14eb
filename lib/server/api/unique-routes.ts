import { z } from 'zod';
import { ApiaryError } from '../../errors.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import type { UniqueKeyInfo } from '../../inspector/inspector.ts';
import { QUEUE_OPERATIONS } from '../../inspector/queue-operations.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { auditedRun } from './audited-run.ts';
import { epochMs, queueInPath } from './schema-parts.ts';

const uniqueKeySchema = z
  .strictObject({
    queue: z.string(),
    key: z.string(),
    holderId: z.string().meta({ description: 'of a throttle the job may have ended, or be gone' }),
    release: z.enum(['end', 'ttl']).meta({ description: 'what lets go: its end, or the time alone' }),
    endsAt: epochMs.nullable().meta({ description: 'when it is let go at the latest' }),
    parkedId: z.string().nullable().meta({ description: 'the job that runs once the holder has ended' }),
  } satisfies Record<keyof UniqueKeyInfo, z.ZodType>)
  .meta({ id: 'UniqueKey' });

const freedKeySchema = z
  .strictObject({
    queue: z.string(),
    key: z.string(),
    holderId: z.string().nullable().meta({ description: 'the job that held it; null when none did' }),
  })
  .meta({ id: 'FreedUniqueKey' });

const keyPath = z.object({
  queue: queueInPath,
  key: z.string().meta({ description: 'the unique key' }),
});

const PATH = '/v1/queues/{queue}/unique-keys/{key}';

/** The calls that tell who holds a unique key, and let go of it. */
export function uniqueRoutes(deps: AuditedDeps): ApiRoute[] {
  return [holderRoute(deps), freeRoute(deps)];
}

function holderRoute({ inspector }: AuditedDeps): ApiRoute {
  return route({
    method: 'get',
    path: PATH,
    operationId: 'getUniqueKey',
    tag: 'queues',
    scope: 'read',
    summary: 'Tells which job holds a unique key.',
    params: keyPath,
    answers: { 200: uniqueKeySchema },
    refusals: [404],
    run: async ({ params: { queue, key } }) => {
      const found = await inspector.uniqueKeys.holder(queue, key);
      if (found) return ok(found);
      throw new ApiaryError('JOB_NOT_FOUND', `no job of queue ${queue} holds the unique key ${key}`);
    },
  });
}

function freeRoute(deps: AuditedDeps): ApiRoute {
  const { action, summary, run } = QUEUE_OPERATIONS.freeKey;
  return route({
    method: 'delete',
    path: PATH,
    operationId: 'freeUniqueKey',
    tag: 'queues',
    scope: 'operate',
    summary,
    params: keyPath,
    answers: { 200: freedKeySchema },
    run: auditedRun(deps)(action, async ({ params: { queue, key }, by }) => {
      const { holderId } = await run(deps.inspector, { queue, by }, { key });
      return ok({ queue, key, holderId });
    }),
  });
}
