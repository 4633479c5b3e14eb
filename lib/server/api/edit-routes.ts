import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import { JOB_OPERATIONS, operate } from '../../inspector/operations.ts';
import { parseData } from '../../jobs/check-data.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import { toTime } from '../../jobs/option-checks.ts';
import { forRequest } from './add-job.ts';
import { type ApiAnswer, type ApiRequest, type ApiRoute, ok, route } from './api-route.ts';
import { jobPathSchema } from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';
import { epochMs, momentValue, priorityValue } from './schema-parts.ts';

/** What the calls that change a job work with. */
export interface EditRoutesDeps extends AuditedDeps {
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
}

const bodySchema = closedObject({
  data: z.unknown().optional().meta({
    description: 'any JSON value; checked against the schema of the type where that is known here',
  }),
  runAt: momentValue().optional().meta({ description: 'when a waiting or delayed job is to start' }),
  priority: priorityValue().optional().meta({
    description: 'of a waiting or delayed job: 0 is served first, 9 last',
  }),
}).refine((body) => [body.data, body.runAt, body.priority].some((one) => one !== undefined), {
  error: 'must have data, runAt or priority',
});

type Edit = ApiRequest<z.output<typeof jobPathSchema>, unknown, unknown, z.output<typeof bodySchema>>;

const editedSchema = z
  .strictObject({
    id: z.string(),
    changed: z.array(z.enum(['data', 'runAt', 'priority'])),
    runAt: epochMs.nullable().meta({ description: 'the new time; null when it was left as it is' }),
  })
  .meta({ id: 'EditedJob' });

/** The call that changes a job that has not begun. */
export function editRoutes(deps: EditRoutesDeps): ApiRoute[] {
  return [
    route({
      method: 'patch',
      path: '/v1/queues/{queue}/jobs/{id}',
      operationId: 'editJob',
      tag: 'jobs',
      scope: 'operate',
      summary:
        'Replaces the data of a job that is not running, gives a waiting or delayed one another priority, or has it start at another time; all in one step.',
      params: jobPathSchema,
      body: bodySchema,
      answers: { 200: editedSchema },
      refusals: [404, 409],
      run: (request) => {
        const name = editOf(request.body);
        return auditedRun(deps)(JOB_OPERATIONS[name].action, () => edit(deps, name, request))(request);
      },
    }),
  ];
}

/** The operation that makes all these changes in one step. */
function editOf({ runAt, priority }: Edit['body']): 'edit' | 'reschedule' | 'setPriority' {
  if (runAt !== undefined) return 'reschedule';
  return priority === undefined ? 'edit' : 'setPriority';
}

async function edit(
  deps: EditRoutesDeps,
  name: 'edit' | 'reschedule' | 'setPriority',
  { params, body: { data, runAt, priority }, by }: Edit,
): Promise<ApiAnswer> {
  const at = runAt === undefined ? null : toTime(runAt);
  if (data !== undefined) await checkData(deps, params, data);
  const { answer } = await operate(deps.inspector, name, {
    ...{ ...params, by },
    ...(data !== undefined && { data }),
    ...(at !== null && { runAt: at }),
    ...(priority !== undefined && { priority }),
  });
  return ok(answer);
}

/** Data of a type that is known here are those that its schema accepts; of any other its worker says. */
async function checkData(
  { inspector, definitions }: EditRoutesDeps,
  { queue, id }: { queue: string; id: string },
  data: unknown,
): Promise<void> {
  const job = await inspector.job(queue, id);
  const definition = job && definitions.get(job.type);
  if (definition) await parseData(forRequest(definition, { queue }), data);
}
