import { z } from 'zod';
import type { Inspector } from '../../inspector/inspector.ts';
import { type DemandDeps, Demands } from '../demand/demand.ts';
import { queueLoad } from '../demand/queue-load.ts';
import { recommendWorkers } from '../demand/recommendation.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { queuePathSchema } from './api-schemas.ts';
import { count } from './schema-parts.ts';

const recommendationSchema = z
  .strictObject({
    queue: z.string(),
    recommendedWorkers: count.meta({ description: 'how many workers should serve the queue' }),
    workers: count.meta({ description: 'how many live workers take its jobs' }),
  })
  .meta({ id: 'Recommendation' });

/** The call that an autoscaler asks how many workers a queue needs: the number that the metrics show too. */
export function recommendationRoute(deps: DemandDeps & { inspector: Inspector }): ApiRoute {
  const { inspector } = deps;
  const demands = new Demands(deps);
  return route({
    method: 'get',
    scope: 'read',
    path: '/v1/queues/{queue}/recommendation',
    operationId: 'recommendWorkers',
    tag: 'queues',
    summary: 'Tells how many workers should serve the queue, for an autoscaler.',
    params: queuePathSchema,
    answers: { 200: recommendationSchema },
    run: async ({ params: { queue } }) => {
      const [load, live] = await Promise.all([queueLoad(inspector, queue), inspector.workers()]);
      const demand = demands.of(load, live);
      return ok({ queue, recommendedWorkers: recommendWorkers(demand), workers: demand.workers });
    },
  });
}
