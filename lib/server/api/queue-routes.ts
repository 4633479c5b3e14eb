import { ApiaryError } from '../../errors.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { AuditedDeps } from '../audited.ts';
import { cancelledSchema, promotedSchema, removedSchema, retriedSchema } from './api-repair-schemas.ts';
import { type ApiAnswer, type ApiRoute, route } from './api-route.ts';
import {
  deletedQueueSchema,
  deletionQuerySchema,
  jobPageSchema,
  jobPathSchema,
  jobSchema,
  jobsQuerySchema,
  pauseResultSchema,
  queuePathSchema,
  queueSchema,
  queuesQuerySchema,
  queuesSchema,
} from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';

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
      summary: 'Reads a page of the queues, by name.',
      query: queuesQuerySchema,
      answers: { 200: queuesSchema },
      run: async ({ query: { cursor = null, limit, prefix = '' } }) =>
        ok(await inspector.queues({ cursor, limit, prefix })),
    }),
    route({
      method: 'get',
      path: '/v1/queues/{queue}',
      operationId: 'getQueue',
      tag: 'queues',
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
      summary: 'Deletes a queue with all that there is of it, unless jobs of it run.',
      params: queuePathSchema,
      query: deletionQuerySchema,
      answers: { 200: deletedQueueSchema },
      refusals: [409],
      run: noted('delete queue', async ({ params: { queue }, query: { force } }) =>
        ok({ queue, deleted: await inspector.deleteQueue(queue, { force: force === 'true' }) }),
      ),
    }),
    route({
      method: 'post',
      path: '/v1/queues/{queue}/pause',
      operationId: 'pauseQueue',
      tag: 'queues',
      summary: 'Stops all workers from taking jobs of the queue, until it is resumed.',
      params: queuePathSchema,
      answers: { 200: pauseResultSchema },
      run: noted('pause', async ({ params: { queue }, by }) =>
        ok({ queue, paused: true, changed: await inspector.pause(queue, by) }),
      ),
    }),
    route({
      method: 'post',
      path: '/v1/queues/{queue}/resume',
      operationId: 'resumeQueue',
      tag: 'queues',
      summary: 'Lets workers take jobs of the queue again.',
      params: queuePathSchema,
      answers: { 200: pauseResultSchema },
      run: noted('resume', async ({ params: { queue } }) =>
        ok({ queue, paused: false, changed: await inspector.resume(queue) }),
      ),
    }),
  ];
}

/** The calls that look at the jobs of a queue, and those that repair them. */
export function queueJobRoutes(deps: AuditedDeps): ApiRoute[] {
  const { inspector } = deps;
  const noted = auditedRun(deps);
  return [
    route({
      method: 'get',
      path: '/v1/queues/{queue}/jobs',
      operationId: 'listJobs',
      tag: 'jobs',
      summary: 'Reads a page of the jobs in one state, newest first.',
      params: queuePathSchema,
      query: jobsQuerySchema,
      answers: { 200: jobPageSchema },
      run: async ({ params: { queue }, query: { state, limit, cursor = null } }) =>
        ok(await inspector.jobs(queue, { state, limit, cursor })),
    }),
    route({
      method: 'get',
      path: '/v1/queues/{queue}/jobs/{id}',
      operationId: 'getJob',
      tag: 'jobs',
      summary: 'Reads one job.',
      params: jobPathSchema,
      answers: { 200: jobSchema },
      refusals: [404],
      run: async ({ params: { queue, id } }) => {
        const job = await inspector.job(queue, id);
        if (job === null) throw notFound(queue);
        return ok(job);
      },
    }),
    route({
      method: 'delete',
      path: '/v1/queues/{queue}/jobs/{id}',
      operationId: 'removeJob',
      tag: 'jobs',
      summary: 'Removes a job wherever it is; a running one ends without effect.',
      params: jobPathSchema,
      answers: { 200: removedSchema },
      refusals: [404],
      run: noted('remove', async ({ params: { queue, id } }) => {
        const state = await inspector.remove(queue, id);
        if (state === null) throw notFound(queue);
        return ok({ id, removed: true, state });
      }),
    }),
    ...repairRoutes(deps),
  ];
}

function repairRoutes(deps: AuditedDeps): ApiRoute[] {
  const { inspector } = deps;
  const noted = auditedRun(deps);
  return [
    route({
      method: 'post',
      path: '/v1/queues/{queue}/jobs/{id}/cancel',
      operationId: 'cancelJob',
      tag: 'jobs',
      summary: 'Ends a waiting or delayed job as cancelled; tells the handler of a running one to stop.',
      params: jobPathSchema,
      answers: { 200: cancelledSchema },
      refusals: [404, 409],
      run: noted('cancel', async ({ params: { queue, id }, by }) => {
        const cancel = await inspector.cancel(queue, id, by);
        if (!cancel.done) return refuseCancel(inspector, cancel, { queue, id });
        return ok({ id, cancelled: true, was: cancel.was });
      }),
    }),
    route({
      method: 'post',
      path: '/v1/queues/{queue}/jobs/{id}/retry',
      operationId: 'retryJob',
      tag: 'jobs',
      summary: 'Offers a failed job again, with one further attempt.',
      params: jobPathSchema,
      answers: { 200: retriedSchema },
      refusals: [404, 409],
      run: noted('retry', async ({ params: { queue, id } }) => {
        requireDone(await inspector.retry(queue, id), { queue, wanted: 'failed' });
        return ok({ id, retried: true });
      }),
    }),
    route({
      method: 'post',
      path: '/v1/queues/{queue}/jobs/{id}/promote',
      operationId: 'promoteJob',
      tag: 'jobs',
      summary: 'Makes a delayed job due now.',
      params: jobPathSchema,
      answers: { 200: promotedSchema },
      refusals: [404, 409],
      run: noted('promote', async ({ params: { queue, id } }) => {
        requireDone(await inspector.promote(queue, id), { queue, wanted: 'delayed' });
        return ok({ id, promoted: true });
      }),
    }),
  ];
}

type Repair = Awaited<ReturnType<Inspector['retry']>>;

function requireDone(repair: Repair, { queue, wanted }: { queue: string; wanted: string }): void {
  if (!repair.done) refuse(repair, { queue, wanted });
}

function refuse(
  repair: Extract<Repair, { done: false }>,
  { queue, wanted }: { queue: string; wanted: string },
): never {
  if (repair.state === null) throw notFound(queue);
  throw new ApiaryError('JOB_STATE_FORBIDS', `the job is ${repair.state}, not ${wanted}`);
}

/** Whoever cancels a second time is to hear that the first has done it. */
async function refuseCancel(
  inspector: Inspector,
  cancel: Extract<Repair, { done: false }>,
  { queue, id }: { queue: string; id: string },
): Promise<never> {
  const job = cancel.state === 'failed' ? await inspector.job(queue, id) : null;
  if (job?.outcome === 'cancelled')
    throw new ApiaryError('JOB_STATE_FORBIDS', 'the job was cancelled already and has ended');
  return refuse(cancel, { queue, wanted: 'waiting, delayed or active' });
}

function notFound(queue: string): ApiaryError {
  return new ApiaryError('JOB_NOT_FOUND', `queue ${queue} has no job with that id`);
}

function ok(body: unknown): ApiAnswer {
  return { status: 200, body };
}
