import type { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import { ApiaryError } from '../../errors.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import { SCHEDULE_OPERATIONS, type SchedulePut } from '../../inspector/queue-operations.ts';
import type { JobDefinition } from '../../jobs/define.ts';
import type { Producer } from '../../jobs/producer.ts';
import { coversQueue } from '../../key-rights.ts';
import { forRequest, invalid } from './add-job.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { auditedRun } from './audited-run.ts';
import { readCursor, writeCursor } from './cursor-text.ts';
import { locationOf } from './location.ts';
import {
  firedSchema,
  firingsSchema,
  newScheduleSchema,
  occurrencesSchema,
  scheduleChangeSchema,
  schedulePageSchema,
  schedulePathSchema,
  scheduleSchema,
} from './schedule-schemas.ts';
import { cursorInQuery, limitInQuery, queueInPath, wholeInQuery } from './schema-parts.ts';

/** What the calls about schedules work with. */
export interface ScheduleRoutesDeps extends AuditedDeps {
  producer: Producer;
  definitions: ReadonlyMap<string, JobDefinition<unknown, unknown>>;
}

const PATH = '/v1/queues/{queue}/schedules/{schedule}';

/** The calls that look at schedules and change them. */
export function scheduleRoutes(deps: ScheduleRoutesDeps): ApiRoute[] {
  return [...lookRoutes(deps), putRoute(deps), ...changeRoutes(deps)];
}

function lookRoutes({ inspector }: ScheduleRoutesDeps): ApiRoute[] {
  const about = { method: 'get', tag: 'schedules', scope: 'read' } as const;
  return [
    route({
      ...about,
      path: '/v1/schedules',
      operationId: 'listSchedules',
      summary: 'Reads a page of the schedules of all queues of the key or one, by queue and name.',
      query: closedObject({ queue: queueInPath.optional(), cursor: cursorInQuery, limit: limitInQuery }),
      answers: { 200: schedulePageSchema },
      narrows: true,
      run: async ({ query: { queue, cursor, limit }, rights }) => {
        const page = await inspector.schedulePage({
          limit,
          only: (name) => coversQueue(rights, name),
          ...(queue !== undefined && { queue }),
          ...(cursor !== undefined && { cursor: readCursor(cursor) }),
        });
        return ok({ ...page, cursor: writeCursor(page.cursor) });
      },
    }),
    route({
      ...about,
      path: PATH,
      operationId: 'getSchedule',
      summary: 'Reads one schedule.',
      params: schedulePathSchema,
      answers: { 200: scheduleSchema },
      refusals: [404],
      run: async ({ params: { queue, schedule } }) => {
        const found = await inspector.schedules.get(queue, schedule);
        if (found === null) throw notFound(queue, schedule);
        return ok(found);
      },
    }),
    route({
      ...about,
      path: `${PATH}/next`,
      operationId: 'nextFirings',
      summary: 'Reckons the next firings of a schedule, whether it is paused or not.',
      params: schedulePathSchema,
      query: closedObject({ count: wholeInQuery(1, 1_000).default(10) }),
      answers: { 200: occurrencesSchema },
      refusals: [404],
      run: async ({ params: { queue, schedule }, query: { count } }) =>
        ok({ next: await inspector.schedules.next(queue, schedule, count) }),
    }),
    route({
      ...about,
      path: `${PATH}/firings`,
      operationId: 'listFirings',
      summary: 'Reads what a schedule did at its last ticks, newest first.',
      params: schedulePathSchema,
      query: closedObject({ limit: wholeInQuery(1, 100).default(100) }),
      answers: { 200: firingsSchema },
      refusals: [404],
      run: async ({ params: { queue, schedule }, query: { limit } }) =>
        ok({ firings: await inspector.schedules.firings(queue, schedule, limit) }),
    }),
  ];
}

function putRoute(deps: ScheduleRoutesDeps): ApiRoute {
  const { action, run } = SCHEDULE_OPERATIONS.put;
  return route({
    method: 'put',
    path: PATH,
    operationId: 'putSchedule',
    tag: 'schedules',
    scope: 'operate',
    summary: 'Adds a schedule (201), or changes the one of that name: it stays paused if it is.',
    params: schedulePathSchema,
    body: newScheduleSchema,
    answers: { 200: scheduleChangeSchema, 201: scheduleChangeSchema },
    run: auditedRun(deps)(action, async ({ params: { queue, schedule }, body, by }) => {
      const given = { put: () => putSchedule(deps, { queue, schedule, body }) };
      const { change } = await run(deps.inspector, { queue, schedule, by }, given);
      const location = locationOf('queues', queue, 'schedules', schedule);
      return { status: change === 'created' ? 201 : 200, body: { queue, schedule, change }, location };
    }),
  });
}

interface Put {
  queue: string;
  schedule: string;
  body: z.output<typeof newScheduleSchema>;
}

/** A type that is not known here is for a worker elsewhere: its data are stored as they are. */
function putSchedule(
  { producer: { schedules }, definitions }: ScheduleRoutesDeps,
  { queue, schedule: name, body: { type, data, ...given } }: Put,
): Promise<SchedulePut> {
  const options = { ...given, name, data };
  const definition = definitions.get(type);
  if (definition) return schedules.putAny(forRequest(definition, { queue }), options);
  if (data === undefined) throw invalid('data', 'is required; null is allowed');
  return schedules.putRaw({ ...options, type, queue });
}

function changeRoutes(deps: ScheduleRoutesDeps): ApiRoute[] {
  const { inspector } = deps;
  const noted = auditedRun(deps);
  const { pause, resume, fire, remove } = SCHEDULE_OPERATIONS;
  const about = { tag: 'schedules', scope: 'operate', params: schedulePathSchema, refusals: [404] } as const;
  const switches = [
    { operation: pause, name: 'pause', change: 'paused' },
    { operation: resume, name: 'resume', change: 'resumed' },
  ] as const;
  return [
    ...switches.map(({ operation: { summary, action, run }, name, change }) =>
      route({
        ...about,
        method: 'post',
        path: `${PATH}/${name}`,
        operationId: `${name}Schedule`,
        summary,
        answers: { 200: scheduleChangeSchema },
        run: noted(action, async ({ params: { queue, schedule }, by }) => {
          const { done } = await run(inspector, { queue, schedule, by });
          return ok({ queue, schedule, change: done ? change : 'unchanged' });
        }),
      }),
    ),
    route({
      ...about,
      method: 'post',
      path: `${PATH}/fire`,
      operationId: 'fireSchedule',
      summary: fire.summary,
      answers: { 200: firedSchema },
      refusals: [404, 409],
      run: noted(fire.action, async ({ params: { queue, schedule }, by }) => {
        const { done, text, jobId: id } = await fire.run(inspector, { queue, schedule, by });
        if (!done) throw new ApiaryError('JOB_STATE_FORBIDS', text);
        return ok({ queue, schedule, id });
      }),
    }),
    route({
      ...about,
      method: 'delete',
      path: PATH,
      operationId: 'removeSchedule',
      summary: remove.summary,
      answers: { 200: scheduleChangeSchema },
      run: noted(remove.action, async ({ params: { queue, schedule }, by }) => {
        const { done } = await remove.run(inspector, { queue, schedule, by });
        if (!done) throw notFound(queue, schedule);
        return ok({ queue, schedule, change: 'removed' });
      }),
    }),
  ];
}

function notFound(queue: string, name: string): ApiaryError {
  return new ApiaryError('SCHEDULE_NOT_FOUND', `queue ${queue} has no schedule ${name}`);
}
