import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import { LOGGED_LEVELS } from '../../inspector/inspector.ts';
import { isMessage, MESSAGE_RULE } from '../../inspector/log-line.ts';
import { JOB_OPERATIONS, operate } from '../../inspector/operations.ts';
import { loggedSchema } from './api-repair-schemas.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { jobPathSchema } from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';

const bodySchema = closedObject({
  message: z.string().refine(isMessage, `must be ${MESSAGE_RULE}`),
  level: z.enum(LOGGED_LEVELS).optional().meta({ description: 'default info' }),
});

/** The call that adds a line to the log of a job. */
export function logRoutes(deps: AuditedDeps): ApiRoute[] {
  const { action, summary } = JOB_OPERATIONS.log;
  return [
    route({
      method: 'post',
      path: '/v1/queues/{queue}/jobs/{id}/logs',
      operationId: 'logToJob',
      tag: 'jobs',
      scope: 'operate',
      summary,
      params: jobPathSchema,
      body: bodySchema,
      answers: { 200: loggedSchema },
      refusals: [404],
      run: auditedRun(deps)(action, async ({ params, body: { message, level }, by }) => {
        const { answer } = await operate(deps.inspector, 'log', { ...params, by, message, level });
        return ok(answer);
      }),
    }),
  ];
}
