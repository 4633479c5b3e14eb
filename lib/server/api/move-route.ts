import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import { moveWarning } from '../../inspector/move-target.ts';
import { JOB_OPERATIONS, operate } from '../../inspector/operations.ts';
import { requireQueueOf } from './access.ts';
import { type ApiAnswer, type ApiRoute, ok, route } from './api-route.ts';
import { jobPathSchema } from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';
import { moveTarget } from './schema-parts.ts';

const bodySchema = closedObject({ to: moveTarget() });

const movedSchema = z
  .strictObject({
    id: z.string(),
    moved: z.literal(true),
    was: z.enum(JOB_OPERATIONS.move.states),
    to: z.string(),
    warning: z.string().optional().meta({ description: 'where no live worker is known to serve that queue' }),
  })
  .meta({ id: 'MovedJob' });

/** The call that moves a job to another queue; its key must be of both. */
export function moveRoute(deps: AuditedDeps): ApiRoute {
  const { action, summary } = JOB_OPERATIONS.move;
  return route({
    method: 'post',
    path: '/v1/queues/{queue}/jobs/{id}/move',
    operationId: 'moveJob',
    tag: 'jobs',
    scope: 'operate',
    summary,
    params: jobPathSchema,
    body: bodySchema,
    answers: { 200: movedSchema },
    refusals: [404, 409],
    run: (request) => {
      const { queue, id } = request.params;
      const { to } = request.body;
      requireQueueOf(request.rights, to);
      const work = async (): Promise<ApiAnswer> => {
        const warning = await moveWarning(deps.inspector, to);
        const { answer } = await operate(deps.inspector, 'move', { queue, id, by: request.by, to });
        return ok({ ...answer, ...(warning !== null && { warning }) });
      };
      return auditedRun(deps)(action, work, () => `job ${id} went to queue ${to}`, to)(request);
    },
  });
}
