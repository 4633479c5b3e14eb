import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import { type AuditedDeps, audited } from '../../inspector/audited.ts';
import type { PacedWorker } from '../../inspector/inspector.ts';
import type { AuditAction } from '../../inspector/queue-operations.ts';
import { type PacedTold, WORKER_OPERATIONS, type WorkerTarget } from '../../inspector/worker-operations.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { count } from './schema-parts.ts';

const pacedSchema = z
  .strictObject({
    workers: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string().meta({ description: 'host:pid' }),
        status: z.enum(['running', 'paused', 'quiet', 'stopping']),
        concurrency: count,
        isHeeded: z.boolean().meta({ description: 'whether it is as it was told, within six seconds' }),
      } satisfies Record<keyof PacedWorker, z.ZodType>),
    ),
  })
  .meta({ id: 'PacedWorkers' });

/** Which live workers a call is about. */
export const workerPath = z.object({
  worker: z
    .string()
    .meta({ description: 'the id of a live worker, its host:pid, that of its parent, or a host' }),
});
const concurrencyBody = closedObject({
  concurrency: z.int().min(1).max(100_000).meta({ description: 'how many jobs each runs at once at most' }),
});

/** The calls that tell live workers how much to run. */
export function workerRoutes(deps: AuditedDeps): ApiRoute[] {
  const { inspector } = deps;
  return [
    switchRoute(deps, 'pause'),
    switchRoute(deps, 'resume'),
    route({
      method: 'put',
      path: '/v1/workers/{worker}/concurrency',
      operationId: 'setWorkerConcurrency',
      tag: 'service',
      scope: 'operate',
      summary: WORKER_OPERATIONS.concurrency.summary,
      params: workerPath,
      body: concurrencyBody,
      answers: { 200: pacedSchema },
      refusals: [404],
      run: async ({ params: { worker: which }, body, by }) => {
        const { action, run } = WORKER_OPERATIONS.concurrency;
        return answer(deps, action, { which, by }, (target) => run(inspector, target, body));
      },
    }),
  ];
}

function switchRoute(deps: AuditedDeps, name: 'pause' | 'resume'): ApiRoute {
  const { summary, action, run } = WORKER_OPERATIONS[name];
  return route({
    method: 'post',
    path: `/v1/workers/{worker}/${name}`,
    operationId: `${name}Worker`,
    tag: 'service',
    scope: 'operate',
    summary,
    params: workerPath,
    answers: { 200: pacedSchema },
    refusals: [404],
    run: async ({ params: { worker: which }, by }) =>
      answer(deps, action, { which, by }, (target) => run(deps.inspector, target)),
  });
}

async function answer(
  deps: AuditedDeps,
  action: AuditAction,
  target: WorkerTarget,
  run: (target: WorkerTarget) => Promise<PacedTold>,
) {
  const { which: id, by } = target;
  const change = { by, through: 'api', action, queue: null, id } as const;
  const { workers } = await audited(
    deps,
    change,
    () => run(target),
    ({ text }) => text,
  );
  return ok({ workers });
}
