import { closedObject } from '../../closed-object.ts';
import { ApiaryError } from '../../errors.ts';
import { type ApiRoute, route } from './api-route.ts';
import { jobPathSchema, jobSchema } from './api-schemas.ts';
import { type JobAtEndDeps, jobAtEnd } from './job-at-end.ts';
import { waitTime } from './wait-time.ts';

const querySchema = closedObject({
  wait: waitTime
    .optional()
    .meta({ description: 'answers at its end, or when this time is over; default at once' }),
});

/** The call that reads one job, at once or at its end. */
export function getJobRoute(deps: JobAtEndDeps): ApiRoute {
  return route({
    method: 'get',
    path: '/v1/queues/{queue}/jobs/{id}',
    operationId: 'getJob',
    tag: 'jobs',
    scope: 'read',
    summary: 'Reads one job: at once, or at its end.',
    params: jobPathSchema,
    query: querySchema,
    answers: { 200: jobSchema },
    refusals: [404, 429],
    run: async ({ params: { queue, id }, query: { wait: waitMs = 0 }, gone }) => {
      const job = await jobAtEnd(deps, { queue, id, waitMs, gone: gone() });
      if (job === null) throw new ApiaryError('JOB_NOT_FOUND', `queue ${queue} has no job ${id}`);
      return { status: 200, body: job };
    },
  });
}
