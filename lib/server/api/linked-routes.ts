import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import { ApiaryError } from '../../errors.ts';
import type { BatchInfo } from '../../inspector/inspector.ts';
import type { AddedBatch } from '../../jobs/batch.ts';
import type { AddedChain } from '../../jobs/chain.ts';
import { MOST_STEPS } from '../../jobs/chain.ts';
import { oneId } from './add-job.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { addHeadersSchema, MOST_PER_BATCH, queuePathSchema, warningsSchema } from './api-schemas.ts';
import { addingUnder, type JobRoutesDeps } from './job-routes.ts';
import { locationOf } from './location.ts';
import { plannedJob, readPlanned, underKey } from './planned-job.ts';
import { count, durationMs, epochMs, label, queueInPath, wholeInQuery } from './schema-parts.ts';

const address = z.strictObject({ id: z.string(), queue: z.string(), type: z.string() });

const newChainSchema = closedObject({
  jobs: z.array(plannedJob).min(1).max(MOST_STEPS).meta({
    description: 'each is added by the success of the one before it, and sees its result',
  }),
}).meta({ id: 'NewChain' });

const addedChainSchema = z
  .strictObject({
    id: z.string().meta({ description: 'that of its first job' }),
    created: z
      .boolean()
      .meta({ description: 'false when there was a job with that id; nothing was added then' }),
    jobs: z.array(address).meta({ description: 'in order; only the first is there yet' }),
    warnings: warningsSchema,
  } satisfies Record<keyof AddedChain, z.ZodType>)
  .meta({ id: 'AddedChain' });

const newBatchSchema = closedObject({
  id: label.optional().meta({ description: 'your own; counts in the queue of last' }),
  jobs: z.array(plannedJob).min(1).max(MOST_PER_BATCH),
  last: plannedJob.meta({ description: 'what is added after all of them, once' }),
  when: z
    .enum(['succeeded', 'ended'])
    .default('succeeded')
    .meta({ description: 'after all have succeeded, or ended in whatever way' }),
}).meta({ id: 'NewJobBatch' });

const addedBatchSchema = z
  .strictObject({
    id: z.string(),
    queue: z.string().meta({ description: 'of its last job' }),
    created: z.boolean().meta({ description: 'false when all of it was there' }),
    jobs: z.array(address).meta({ description: 'the members that this call has added' }),
    last: address,
    warnings: warningsSchema,
  } satisfies Record<keyof AddedBatch, z.ZodType>)
  .meta({ id: 'AddedBatch' });

const batchSchema = z
  .strictObject({
    id: z.string(),
    queue: z.string(),
    state: z.enum(['adding', 'running', 'blocked', 'done', 'broken']),
    when: z.enum(['succeeded', 'ended']),
    total: count,
    added: count,
    pending: z.int(),
    succeeded: count,
    failed: count,
    retryable: count.meta({ description: 'those of the failed that are kept' }),
    lastId: z.string(),
    concludedAt: epochMs.nullable().meta({ description: 'when the last job was added' }),
    createdAt: epochMs,
    goneInMs: durationMs.nullable().meta({ description: 'in how long the counts will be gone' }),
  } satisfies Record<keyof BatchInfo, z.ZodType>)
  .meta({ id: 'Batch' });

/** The calls that add chains and batches of jobs, and look at batches. */
export function linkedRoutes(deps: JobRoutesDeps): ApiRoute[] {
  const { inspector, definitions } = deps;
  return [
    route({
      method: 'post',
      path: '/v1/chains',
      operationId: 'addChain',
      tag: 'linked',
      scope: 'add',
      narrows: true,
      summary:
        'Adds a chain of jobs: 201 when it was created, 200 when there was a job with the id of its first.',
      headers: addHeadersSchema,
      body: newChainSchema,
      answers: { 200: addedChainSchema, 201: addedChainSchema },
      refusals: [404, 409],
      weigh: ({ jobs }) => jobs.length,
      run: async ({ body, headers, by, rights }) => {
        const known = { definitions, rights };
        const [first, ...others] = body.jobs.map((job, at) => readPlanned(known, job, `jobs.${at}`));
        // The schema lets no chain of none pass.
        const jobs = first ? [underKey(first, headers['Idempotency-Key']), ...others] : [];
        const added = await addingUnder(deps, by).addChain(jobs);
        const location = locationOf('queues', first?.definition.queue ?? '', 'jobs', added.id);
        return { status: added.created ? 201 : 200, body: added, location };
      },
    }),
    route({
      method: 'post',
      path: '/v1/batches',
      operationId: 'addBatch',
      tag: 'linked',
      scope: 'add',
      narrows: true,
      summary:
        'Adds up to 10,000 jobs and one that follows them: 201 when any was created, 200 when all were there.',
      headers: addHeadersSchema,
      body: newBatchSchema,
      takesMany: true,
      answers: { 200: addedBatchSchema, 201: addedBatchSchema },
      refusals: [404, 409],
      weigh: ({ jobs }) => jobs.length + 1,
      run: async ({ body: { id: ownId, when, ...given }, headers, by, rights }) => {
        const id = oneId('id', ownId, headers['Idempotency-Key']);
        const known = { definitions, rights };
        const jobs = given.jobs.map((job, at) => readPlanned(known, job, `jobs.${at}`));
        const last = readPlanned(known, given.last, 'last');
        const batch = { jobs, last, when, ...(id !== undefined && { id }) };
        const added = await addingUnder(deps, by).addBatch(batch);
        const location = locationOf('queues', added.queue, 'batches', added.id);
        return { status: added.created ? 201 : 200, body: added, location };
      },
    }),
    route({
      method: 'get',
      path: '/v1/queues/{queue}/batches',
      operationId: 'listBatches',
      tag: 'linked',
      scope: 'read',
      summary: 'Reads the batches whose last job is for a queue, those that will be gone first first.',
      params: queuePathSchema,
      query: closedObject({ limit: wholeInQuery(1, 1_000).default(100) }),
      answers: { 200: z.strictObject({ batches: z.array(batchSchema) }).meta({ id: 'BatchList' }) },
      run: async ({ params: { queue }, query: { limit } }) =>
        ok({ batches: await inspector.batches.list(queue, limit) }),
    }),
    route({
      method: 'get',
      path: '/v1/queues/{queue}/batches/{id}',
      operationId: 'getBatch',
      tag: 'linked',
      scope: 'read',
      summary: 'Reads one batch, by the queue of its last job.',
      params: z.object({ queue: queueInPath, id: z.string().meta({ description: 'of the batch' }) }),
      answers: { 200: batchSchema },
      refusals: [404],
      run: async ({ params: { queue, id } }) => {
        const batch = await inspector.batches.get(queue, id);
        if (batch) return ok(batch);
        throw new ApiaryError('JOB_NOT_FOUND', `queue ${queue} has no batch ${id}, or none any more`);
      },
    }),
  ];
}
