import { type AddDeps, addBatch, addJob, withIdempotencyKey } from './add-job.ts';
import { type ApiRoute, route } from './api-route.ts';
import {
  addedSchema,
  addHeadersSchema,
  batchResultSchema,
  newBatchSchema,
  newJobSchema,
} from './api-schemas.ts';

/** The calls that add jobs. */
export function jobRoutes(deps: AddDeps): ApiRoute[] {
  return [
    route({
      method: 'post',
      path: '/v1/jobs',
      operationId: 'addJob',
      summary:
        'Adds a job: 201 when it was created, 200 with the existing one when its id or unique key was there.',
      headers: addHeadersSchema,
      body: newJobSchema,
      answers: { 200: addedSchema, 201: addedSchema },
      refusals: [404, 409],
      run: async ({ body, headers }) => {
        const added = await addJob(deps, withIdempotencyKey(body, headers['Idempotency-Key']));
        const { queue, id, created } = added;
        return { status: created ? 201 : 200, body: added, location: locationOf(queue, id) };
      },
    }),
    route({
      method: 'post',
      path: '/v1/jobs/batch',
      operationId: 'addJobs',
      summary: 'Adds up to 10,000 jobs, each by itself; the results are in the order of the jobs.',
      body: newBatchSchema,
      line: newJobSchema,
      answers: { 200: batchResultSchema },
      run: async ({ body }) => ({ status: 200, body: { results: await addBatch(deps, body.jobs) } }),
    }),
  ];
}

function locationOf(queue: string, id: string): string {
  return `/v1/queues/${encodeURIComponent(queue)}/jobs/${encodeURIComponent(id)}`;
}
