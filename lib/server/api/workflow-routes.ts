import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import { ApiaryError } from '../../errors.ts';
import { WORKFLOW_OPERATIONS } from '../../inspector/workflow-operations.ts';
import { describeNamed } from '../../jobs/named-plan.ts';
import { oneId } from './add-job.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { addHeadersSchema, queuePathSchema } from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';
import { addingUnder, type JobRoutesDeps } from './job-routes.ts';
import { locationOf } from './location.ts';
import { countNewSteps, readNewSteps } from './new-steps.ts';
import { nameText, queueInPath, wholeInQuery } from './schema-parts.ts';
import {
  addedWorkflowSchema,
  cancelledSchema,
  newStepSchema,
  newSubWorkflowSchema,
  newWorkflowSchema,
  rerunSchema,
  retriedSchema,
  summarySchema,
  workflowSchema,
} from './workflow-schemas.ts';

const WORKFLOW_PATH = '/v1/queues/{queue}/workflows/{id}';
const workflowParams = z.object({
  queue: queueInPath,
  id: z.string().meta({ description: 'of the workflow' }),
});
/** What those that change a workflow have in common. */
const CHANGE = {
  method: 'post',
  tag: 'linked',
  scope: 'operate',
  params: workflowParams,
  refusals: [404],
} as const;

/** The calls that add workflows, look at them, cancel and retry them. */
export function workflowRoutes(deps: JobRoutesDeps): ApiRoute[] {
  return [
    addRoute(deps),
    listRoute(deps),
    getRoute(deps),
    cancelRoute(deps),
    retryRoute(deps),
    rerunRoute(deps),
  ];
}

function addRoute(deps: JobRoutesDeps): ApiRoute {
  return route({
    method: 'post',
    path: '/v1/workflows',
    operationId: 'addWorkflow',
    tag: 'linked',
    scope: 'add',
    narrows: true,
    summary: 'Adds a graph of up to 1,000 named jobs: 201 when any was created, 200 when all were there.',
    headers: addHeadersSchema,
    body: newWorkflowSchema,
    names: [newStepSchema, newSubWorkflowSchema],
    takesMany: true,
    answers: { 200: addedWorkflowSchema, 201: addedWorkflowSchema },
    refusals: [404, 409],
    weigh: ({ steps }) => countNewSteps(steps),
    run: async ({ body: { id: ownId, steps, ...options }, headers, by, rights }) => {
      const id = oneId('id', ownId, headers['Idempotency-Key']);
      const nodes = readNewSteps({ definitions: deps.definitions, rights }, steps);
      const added = await addingUnder(deps, by).addWorkflow(describeNamed(nodes), { ...options, id });
      const location = locationOf('queues', added.queue, 'workflows', added.id);
      return { status: added.created ? 201 : 200, body: added, location };
    },
  });
}

function listRoute({ inspector }: JobRoutesDeps): ApiRoute {
  return route({
    method: 'get',
    path: '/v1/queues/{queue}/workflows',
    operationId: 'listWorkflows',
    tag: 'linked',
    scope: 'read',
    summary: 'Reads the workflows that a queue keeps, those that will be gone first first.',
    params: queuePathSchema,
    query: closedObject({ limit: wholeInQuery(1, 1_000).default(100) }),
    answers: { 200: z.strictObject({ workflows: z.array(summarySchema) }).meta({ id: 'WorkflowList' }) },
    run: async ({ params: { queue }, query: { limit } }) =>
      ok({ workflows: await inspector.workflows.list(queue, limit) }),
  });
}

function getRoute({ inspector }: JobRoutesDeps): ApiRoute {
  return route({
    method: 'get',
    path: WORKFLOW_PATH,
    operationId: 'getWorkflow',
    tag: 'linked',
    scope: 'read',
    summary: 'Reads one workflow with its steps, by the queue that keeps it.',
    params: workflowParams,
    answers: { 200: workflowSchema },
    refusals: [404],
    run: async ({ params: { queue, id } }) => {
      const found = await inspector.workflows.get(queue, id);
      if (found) return ok(found);
      throw new ApiaryError('JOB_NOT_FOUND', `queue ${queue} has no workflow ${id}, or none any more`);
    },
  });
}

function cancelRoute(deps: JobRoutesDeps): ApiRoute {
  const { action, summary, run } = WORKFLOW_OPERATIONS.cancel;
  return route({
    ...CHANGE,
    path: `${WORKFLOW_PATH}/cancel`,
    operationId: 'cancelWorkflow',
    summary,
    answers: { 200: cancelledSchema },
    run: auditedRun(deps)(action, async ({ params: { queue, id }, by }) => {
      const { cancelled } = await run(deps.inspector, { queue, workflow: id, by });
      return ok({ queue, id, cancelled });
    }),
  });
}

function retryRoute(deps: JobRoutesDeps): ApiRoute {
  const { action, summary, run } = WORKFLOW_OPERATIONS.retry;
  return route({
    ...CHANGE,
    path: `${WORKFLOW_PATH}/retry`,
    operationId: 'retryWorkflow',
    summary,
    answers: { 200: retriedSchema },
    run: auditedRun(deps)(action, async ({ params: { queue, id }, by }) => {
      const { retried } = await run(deps.inspector, { queue, workflow: id, by });
      return ok({ queue, id, retried });
    }),
  });
}

function rerunRoute(deps: JobRoutesDeps): ApiRoute {
  const { action, summary, run } = WORKFLOW_OPERATIONS.rerun;
  return route({
    ...CHANGE,
    path: `${WORKFLOW_PATH}/rerun`,
    operationId: 'rerunWorkflow',
    summary,
    body: closedObject({ step: nameText() }).meta({ id: 'RerunStep' }),
    answers: { 200: rerunSchema },
    refusals: [404, 409],
    run: auditedRun(deps)(action, async ({ params: { queue, id }, body: { step }, by }) => {
      const { steps } = await run(deps.inspector, { queue, workflow: id, by }, { step });
      return ok({ queue, id, steps });
    }),
  });
}
