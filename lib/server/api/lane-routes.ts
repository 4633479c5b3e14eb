import { z } from 'zod';
import {
  ATTEMPT_ENDS,
  type Inspector,
  type LaneAttempt,
  type LaneCell,
  type WorkerLanes,
} from '../../inspector/inspector.ts';
import { readSeenLanes } from '../../inspector/seen-lanes.ts';
import { coversAll, coversQueue } from '../../key-rights.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { count, epochMs } from './schema-parts.ts';
import { workerPath } from './worker-routes.ts';
import { workerSchema } from './worker-schema.ts';

const hidden = 'null where the key is not good for that queue';
const cellSchema = z.strictObject({
  at: epochMs,
  busyMs: z.number().meta({ description: 'for how long slots were taken, all together' }),
  succeeded: count.nullable(),
  failed: count.nullable().meta({ description: 'attempts, whether the job is tried again or not' }),
  others: count.nullable().meta({ description: 'put off, interrupted, or ended after the claim was gone' }),
} satisfies Record<keyof LaneCell, z.ZodType>);
const attemptSchema = z.strictObject({
  queue: z.string().nullable().meta({ description: hidden }),
  id: z.string().nullable(),
  type: z.string().nullable(),
  startedAt: epochMs,
  endedAt: epochMs.nullable().meta({ description: 'null as long as it runs' }),
  end: z
    .enum([...ATTEMPT_ENDS, 'running'])
    .nullable()
    .meta({ description: hidden }),
  stuckSince: epochMs.optional().meta({ description: 'when its handler was told to stop, and goes on' }),
  blockedSince: epochMs.optional().meta({ description: 'since when it blocks the event loop' }),
} satisfies Record<keyof LaneAttempt, z.ZodType>);
const lanesSchema = z
  .strictObject({
    workers: z.array(
      z.strictObject({
        worker: workerSchema,
        at: epochMs.nullable().meta({ description: 'when it told of what ended; null for never' }),
        isFresh: z.boolean().meta({ description: 'whether it told just now' }),
        cells: z.array(cellSchema).meta({ description: 'five seconds each, the oldest first' }),
        allSince: epochMs.meta({ description: 'from when on all attempts are listed; 0 for all' }),
        longSince: epochMs.meta({ description: 'from when on all that took 250 ms or more are' }),
        attempts: z.array(attemptSchema).meta({ description: 'what runs, then what ended, newest first' }),
      } satisfies Record<keyof WorkerLanes, z.ZodType>),
    ),
  })
  .meta({ id: 'WorkerLanes' });

/** The call that tells what the slots of workers did in the last minutes. */
export function laneRoutes({ inspector }: { inspector: Inspector }): ApiRoute[] {
  return [
    route({
      method: 'get',
      path: '/v1/workers/{worker}/lanes',
      operationId: 'readWorkerLanes',
      tag: 'service',
      scope: 'read',
      summary: 'Reads what the slots of live workers did in the last five minutes.',
      params: workerPath,
      answers: { 200: lanesSchema },
      refusals: [404],
      narrows: true,
      run: async ({ params: { worker: which }, rights }) => {
        const isSeen = (queue: string): boolean => coversQueue(rights, queue);
        const seen = coversAll(rights)
          ? inspector.workerLanes.read(which)
          : readSeenLanes(inspector, which, isSeen);
        return ok({ workers: await seen });
      },
    }),
  ];
}
