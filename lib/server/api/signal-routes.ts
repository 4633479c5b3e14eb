import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import { JOB_OPERATIONS, operate } from '../../inspector/operations.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import { checkSignal } from '../check-signal.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { jobPathSchema } from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';

/** What the call that gives a job a signal works with. */
export interface SignalRoutesDeps extends AuditedDeps {
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
  /** Reads and encrypts for keys that are shown nothing of it; default the inspector itself. */
  comparing?: Inspector;
}

const pathSchema = jobPathSchema.extend({ name: z.string().meta({ description: 'of the signal' }) });

const bodySchema = closedObject({
  data: z.unknown().optional().meta({
    description:
      'any JSON value, default null; checked by the definition of the type where that is known here',
  }),
});

const signalledSchema = z
  .strictObject({
    id: z.string(),
    signal: z.string(),
    created: z.boolean().meta({
      description: 'false when the job has been given one of that name before, which counts',
    }),
  })
  .meta({ id: 'SignalledJob' });

/** The call that gives a job a signal. */
export function signalRoutes(deps: SignalRoutesDeps): ApiRoute[] {
  // What a signal says is for the job, as its data are: no key is shown any of it.
  const inspector = deps.comparing ?? deps.inspector;
  const { action, summary } = JOB_OPERATIONS.signal;
  return [
    route({
      method: 'post',
      path: '/v1/queues/{queue}/jobs/{id}/signals/{name}',
      operationId: 'signalJob',
      tag: 'jobs',
      scope: 'add',
      summary,
      params: pathSchema,
      body: bodySchema,
      answers: { 200: signalledSchema },
      refusals: [404, 409],
      run: auditedRun(deps)(action, async ({ params: { queue, id, name: signal }, body: { data }, by }) => {
        await checkSignal({ ...deps, inspector }, { queue, id }, { signal, data: data ?? null });
        const { answer } = await operate(inspector, 'signal', { queue, id, by, signal, data });
        return ok(answer);
      }),
    }),
  ];
}
