import type { z } from 'zod';
import type { AuditedDeps } from '../../inspector/audited.ts';
import { JOB_STATES } from '../../inspector/inspector.ts';
import { JOB_OPERATIONS, type JobOperationName, operate } from '../../inspector/operations.ts';
import { QUEUE_OPERATIONS } from '../../inspector/queue-operations.ts';
import { coversQueue } from '../../key-rights.ts';
import { namesOf } from '../../names-of.ts';
import {
  archivedSchema,
  cancelledSchema,
  cancelQuerySchema,
  promotedSchema,
  removedSchema,
  rerunSchema,
  retriedSchema,
} from './api-repair-schemas.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import {
  deletedQueueSchema,
  deletionQuerySchema,
  jobPageSchema,
  jobPathSchema,
  pauseResultSchema,
  queuePathSchema,
  queueSchema,
  queuesQuerySchema,
  queuesSchema,
} from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';
import { writeCursor } from './cursor-text.ts';
import { jobsQuerySchema, toSearch } from './job-query.ts';

/** The calls that look at queues, delete and pause them. */
export function queueRoutes(deps: AuditedDeps): ApiRoute[] {
  const { inspector } = deps;
  const noted = auditedRun(deps);
  return [
    route({
      method: 'get',
      path: '/v1/queues',
      operationId: 'listQueues',
      tag: 'queues',
      scope: 'read',
      narrows: true,
      summary: 'Reads a page of the queues, by name: those of the key.',
      query: queuesQuerySchema,
      answers: { 200: queuesSchema },
      run: async ({ query: { cursor = null, limit, prefix = '' }, rights }) => {
        const only = (name: string): boolean => coversQueue(rights, name);
        return ok(await inspector.queues({ cursor, limit, prefix, only }));
      },
    }),
    route({
      method: 'get',
      path: '/v1/queues/{queue}',
      operationId: 'getQueue',
      tag: 'queues',
      scope: 'read',
      summary: 'Reads one queue; one that was never used is empty.',
      params: queuePathSchema,
      answers: { 200: queueSchema },
      run: async ({ params: { queue } }) => ok(await inspector.queue(queue)),
    }),
    route({
      method: 'delete',
      path: '/v1/queues/{queue}',
      operationId: 'deleteQueue',
      tag: 'queues',
      scope: 'operate',
      summary: QUEUE_OPERATIONS.delete.summary,
      params: queuePathSchema,
      query: deletionQuerySchema,
      answers: { 200: deletedQueueSchema },
      refusals: [409],
      run: noted(
        QUEUE_OPERATIONS.delete.action,
        async ({ params: { queue }, query: { force, running }, by }) => {
          const given = { force: force === 'true', running: running === 'true' };
          const { done: deleted } = await QUEUE_OPERATIONS.delete.run(inspector, { queue, by }, given);
          return ok({ queue, deleted });
        },
      ),
    }),
    pauseRoute(deps, 'pause'),
    pauseRoute(deps, 'resume'),
  ];
}

function pauseRoute(deps: AuditedDeps, name: 'pause' | 'resume'): ApiRoute {
  const { summary, action, run } = QUEUE_OPERATIONS[name];
  return route({
    method: 'post',
    path: `/v1/queues/{queue}/${name}`,
    operationId: `${name}Queue`,
    tag: 'queues',
    scope: 'operate',
    summary,
    params: queuePathSchema,
    answers: { 200: pauseResultSchema },
    run: auditedRun(deps)(action, async ({ params: { queue }, by }) => {
      const { done: changed } = await run(deps.inspector, { queue, by });
      return ok({ queue, paused: name === 'pause', changed });
    }),
  });
}

/** The calls that list the jobs of a queue, and those that repair them. */
export function queueJobRoutes(deps: AuditedDeps): ApiRoute[] {
  const { inspector } = deps;
  return [
    route({
      method: 'get',
      path: '/v1/queues/{queue}/jobs',
      operationId: 'listJobs',
      tag: 'jobs',
      scope: 'read',
      summary:
        'Reads a page of the jobs in one state or all, newest first. With criteria it looks at up to 10,000 jobs a page.',
      params: queuePathSchema,
      query: jobsQuerySchema,
      answers: { 200: jobPageSchema },
      run: async ({ params: { queue }, query }) => {
        const { jobs, cursor } = await inspector.search(queue, toSearch(query));
        return ok({ jobs, cursor: writeCursor(cursor) });
      },
    }),
    ...operationRoutes(deps),
  ];
}

/** How an operation on a job is called. */
interface OperationCall {
  method: 'post' | 'delete';
  /** What stands behind the path of the job. */
  suffix: string;
  operationId: string;
  schema: z.ZodType;
  /** What may be said of it in the query; default nothing. */
  query?: typeof cancelQuerySchema;
}

/** The call of each operation on a job; null for one that has none. */
const CALLS: Readonly<Record<JobOperationName, OperationCall | null>> = {
  removeAnywhere: {
    method: 'delete',
    suffix: '',
    operationId: 'removeJob',
    schema: removedSchema,
  },
  cancel: {
    method: 'post',
    suffix: '/cancel',
    operationId: 'cancelJob',
    schema: cancelledSchema,
    query: cancelQuerySchema,
  },
  retry: {
    method: 'post',
    suffix: '/retry',
    operationId: 'retryJob',
    schema: retriedSchema,
  },
  promote: {
    method: 'post',
    suffix: '/promote',
    operationId: 'promoteJob',
    schema: promotedSchema,
  },
  archive: {
    method: 'post',
    suffix: '/archive',
    operationId: 'archiveJob',
    schema: archivedSchema,
  },
  rerun: {
    method: 'post',
    suffix: '/rerun',
    operationId: 'rerunJob',
    schema: rerunSchema,
  },
  remove: null,
  // It has data, see signal-routes.ts.
  signal: null,
  // It has a queue, see move-route.ts.
  move: null,
  // See log-routes.ts.
  log: null,
  // Those three have one call, see edit-routes.ts.
  edit: null,
  reschedule: null,
  setPriority: null,
};

function operationRoutes(deps: AuditedDeps): ApiRoute[] {
  return namesOf(CALLS).flatMap((name) => {
    const call = CALLS[name];
    return call === null ? [] : operationRoute(deps, name, call);
  });
}

function operationRoute(deps: AuditedDeps, name: JobOperationName, call: OperationCall): ApiRoute {
  const { method, suffix, operationId, schema, query } = call;
  const { summary, action, states } = JOB_OPERATIONS[name];
  // One that is for jobs of all states is forbidden by none.
  const refusals = states.length === JOB_STATES.length ? [404] : [404, 409];
  return route({
    method,
    path: `/v1/queues/{queue}/jobs/{id}${suffix}`,
    operationId,
    tag: 'jobs',
    scope: 'operate',
    summary,
    params: jobPathSchema,
    ...(query && { query }),
    answers: { 200: schema },
    refusals,
    run: auditedRun(deps)(action, async ({ params: { queue, id }, query: said, by }) => {
      const { answer } = await operate(deps.inspector, name, { queue, id, by, reason: said?.reason });
      return ok(answer);
    }),
  });
}
