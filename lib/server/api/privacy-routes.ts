import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import {
  FORGET_KINDS,
  type ForgetKind,
  type ForgetStep,
  LEFT_REASONS,
  type LeftReason,
} from '../../inspector/forget.ts';
import { type ApiAnswer, type ApiRoute, ok, route } from './api-route.ts';
import { queuePathSchema } from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';
import { count, nextCursor } from './schema-parts.ts';

const someText = (description: string) => z.string().min(1).meta({ description });

const forgetSchema = closedObject({
  field: someText('a place in data or headers, as user.email'),
  value: someText('what is there in what is theirs'),
  running: z.boolean().optional().meta({
    description: 'whether their jobs that run are removed as well; default false',
  }),
  dryRun: z.boolean().optional().meta({ description: 'whether all is only counted; default false' }),
  cursor: z.string().optional().meta({ description: 'as the step before gave it; default from the begin' }),
});

const counted = (description: string) => count.meta({ description });

const forgottenSchema = z
  .strictObject({
    looked: count.meta({ description: 'how many jobs and other things were looked at' }),
    forgotten: z.strictObject({
      jobs: counted(FORGET_KINDS.jobs),
      parts: counted(FORGET_KINDS.parts),
      schedules: counted(FORGET_KINDS.schedules),
      batches: counted(FORGET_KINDS.batches),
      steps: counted(FORGET_KINDS.steps),
      keys: counted(FORGET_KINDS.keys),
      events: counted(FORGET_KINDS.events),
      audit: counted(FORGET_KINDS.audit),
    } satisfies Record<ForgetKind, z.ZodType>),
    left: z.strictObject({
      running: counted(LEFT_REASONS.running),
      naming: counted(LEFT_REASONS.naming),
      closed: counted(LEFT_REASONS.closed),
      changed: counted(LEFT_REASONS.changed),
      handed: counted(LEFT_REASONS.handed),
    } satisfies Record<LeftReason, z.ZodType>),
    leftIds: z.array(z.string()).meta({ description: 'some of what was left, up to a hundred' }),
    cursor: nextCursor,
  } satisfies Record<keyof ForgetStep, z.ZodType>)
  .meta({ id: 'ForgetStep' });

/** The call that forgets a person. */
export function privacyRoutes(deps: AuditedDeps): ApiRoute[] {
  return [
    route({
      method: 'post',
      path: '/v1/queues/{queue}/forget',
      operationId: 'forget',
      tag: 'queues',
      scope: 'operate',
      summary:
        'Takes one step in removing what a queue keeps of a person; call it with the cursor until that is null.',
      params: queuePathSchema,
      body: forgetSchema,
      answers: { 200: forgottenSchema },
      run: (request) => {
        const { field: path, value, running = false, dryRun = false, cursor = null } = request.body;
        const order = { field: { path, value }, running, dryRun, cursor };
        const work = async (): Promise<ApiAnswer> =>
          ok(await deps.inspector.privacy.forget(request.params.queue, order));
        return dryRun ? work() : auditedRun(deps)('forget', work)(request);
      },
    }),
  ];
}
