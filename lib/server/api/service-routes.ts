import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import type { AuditEntry } from '../../inspector/inspector.ts';
import { seenWorkers } from '../../inspector/seen-workers.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import { coversAll, coversQueue } from '../../key-rights.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { listTypes, typesSchema } from './job-types.ts';
import { epochMs, limitInQuery, nextCursor, queueInPath, wholeInQuery } from './schema-parts.ts';
import { workerSchema } from './worker-schema.ts';

/** What the calls about the whole service work with. */
export interface ServiceRoutesDeps extends AuditedDeps {
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
}

const workersSchema = z
  .strictObject({
    workers: z.array(workerSchema),
  })
  .meta({ id: 'Workers' });

/** What the ids of notes have room for. */
const MOST_MS = 999_999_999_999_999;

const auditSchema = z
  .strictObject({
    entries: z.array(
      z.strictObject({
        entryId: z.string(),
        at: epochMs,
        by: z.string(),
        through: z.string(),
        action: z.string(),
        queue: z.string().nullable(),
        id: z
          .string()
          .nullable()
          .meta({ description: 'the job, the schedule, or whatever else it was about' }),
        outcome: z.enum(['done', 'refused', 'failed']),
        detail: z.string().nullable(),
      } satisfies Record<keyof AuditEntry, z.ZodType>),
    ),
    cursor: nextCursor,
  })
  .meta({ id: 'AuditPage' });

/** The calls about the service as a whole: workers, job types, and who changed what. */
export function serviceRoutes({ inspector, definitions }: ServiceRoutesDeps): ApiRoute[] {
  const about = { method: 'get', tag: 'service', scope: 'read' } as const;
  return [
    route({
      ...about,
      path: '/v1/workers',
      operationId: 'listWorkers',
      summary: 'Reads the live workers, as each last spoke of itself within fifteen seconds.',
      answers: { 200: workersSchema },
      narrows: true,
      run: async ({ rights }) => {
        const workers = await inspector.workers();
        const isSeen = (queue: string): boolean => coversQueue(rights, queue);
        return ok({ workers: coversAll(rights) ? workers : seenWorkers(workers, isSeen) });
      },
    }),
    route({
      ...about,
      path: '/v1/types',
      operationId: 'listTypes',
      summary:
        'Lists the job types that are known here or that live workers accept, with the JSON Schema of their data.',
      answers: { 200: typesSchema },
      narrows: true,
      run: async ({ rights }) => {
        const types = listTypes(definitions, (await inspector.contracts()).contracts);
        return ok({ types: types.filter(({ queue }) => coversQueue(rights, queue)) });
      },
    }),
    route({
      ...about,
      path: '/v1/audit',
      operationId: 'listAudit',
      summary:
        'Reads a page of who changed what through the monitor or the API, newest first: that of queues of the key.',
      query: closedObject({
        queue: queueInPath.optional(),
        cursor: z
          .string()
          .regex(/^\d{1,15}-\d{1,15}$/, 'must be as a page gave it')
          .optional()
          .meta({ description: 'as the page before gave it; default the newest' }),
        limit: limitInQuery,
        by: z.string().min(1).optional().meta({ description: 'only what somebody of this very name did' }),
        action: z.string().min(1).optional().meta({ description: 'only what is called so, such as retry' }),
        from: wholeInQuery(0, MOST_MS).optional().meta({ description: 'from this time on, epoch ms' }),
        to: wholeInQuery(0, MOST_MS).optional().meta({ description: 'before this time, epoch ms' }),
      }),
      answers: { 200: auditSchema },
      narrows: true,
      run: async ({ query: { cursor: before = null, ...asked }, rights }) => {
        const only = coversAll(rights) ? {} : { only: (name: string) => coversQueue(rights, name) };
        return ok(await inspector.audit.list({ before, ...only, ...asked }));
      },
    }),
  ];
}
