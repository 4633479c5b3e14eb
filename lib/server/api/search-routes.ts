import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import { coversQueue } from '../../key-rights.ts';
import { requireQueueOf } from './access.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { jobSchema } from './api-schemas.ts';
import { writeCursor } from './cursor-text.ts';
import { FIELD_AND_VALUE, hasFieldAndValue, jobCriteria, toSearch } from './job-query.ts';
import { count, cursorInQuery, limitInQuery, nextCursor, queueInPath, wholeInQuery } from './schema-parts.ts';

const querySchema = closedObject({
  id: z.string().min(1).optional().meta({ description: 'of the job, in whatever queue' }),
  queue: queueInPath.optional(),
  ...jobCriteria,
  cursor: cursorInQuery,
  limit: limitInQuery,
  most: wholeInQuery(1, 100_000).default(10_000).meta({ description: 'how many jobs are looked at' }),
})
  .refine(({ id, queue }) => (id === undefined) !== (queue === undefined), {
    path: ['id'],
    error: 'or queue is required, and not both: only an id is looked for in all queues',
  })
  .refine(hasFieldAndValue, FIELD_AND_VALUE);

const foundSchema = z
  .strictObject({
    jobs: z.array(jobSchema),
    scanned: count.meta({ description: 'how many jobs were looked at' }),
    closed: count.meta({
      description: 'how many of them are encrypted and could not be looked into for a field or an error',
    }),
    total: count.meta({ description: 'how many there are in the state, or in all' }),
    cursor: nextCursor,
  })
  .meta({ id: 'FoundJobs' });

/** The call that searches. */
export function searchRoutes({ inspector }: AuditedDeps): ApiRoute[] {
  return [
    route({
      method: 'get',
      path: '/v1/search',
      operationId: 'searchJobs',
      tag: 'jobs',
      scope: 'read',
      summary: 'Finds the jobs with an id in all queues of the key, or searches a queue, newest first.',
      query: querySchema,
      answers: { 200: foundSchema },
      narrows: true,
      run: async ({ query: { id, queue, most, ...criteria }, rights }) => {
        if (id !== undefined || queue === undefined) {
          const found = await inspector.find(id ?? '');
          const jobs = found.filter((job) => coversQueue(rights, job.queue));
          return ok({ jobs, scanned: jobs.length, closed: 0, total: jobs.length, cursor: null });
        }
        requireQueueOf(rights, queue);
        const found = await inspector.search(queue, { ...toSearch(criteria), most });
        return ok({ ...found, cursor: writeCursor(found.cursor) });
      },
    }),
  ];
}
