import type { Response } from 'express';
import { systemClock } from '../../clock.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import { QUEUE_OPERATIONS } from '../../inspector/queue-operations.ts';
import type { Logger } from '../../logger.ts';
import { EVENT_STREAM_TYPE } from '../begin-events.ts';
import type { HeldRequests } from '../held-requests.ts';
import { type ApiRequest, type ApiRoute, type LongAnswer, ok, route } from './api-route.ts';
import { jobPathSchema, queuePathSchema } from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';
import { sendEvents, sendNoEvents } from './event-answer.ts';
import {
  eventsHeadersSchema,
  eventsQuerySchema,
  queueEventSchema,
  recordingChangeSchema,
  recordingSchema,
  toBeRecordedSchema,
} from './event-schemas.ts';

/** What the calls work with that send events. */
export interface EventRoutesDeps extends AuditedDeps {
  log: Logger;
  listeners: HeldRequests;
}

const SHARED = {
  method: 'get',
  scope: 'read',
  query: eventsQuerySchema,
  headers: eventsHeadersSchema,
  mediaType: EVENT_STREAM_TYPE,
  answers: { 200: queueEventSchema },
  refusals: [429],
} as const;

/** The calls that send what happens, as it happens, and those that say for how long it is kept. */
export function eventRoutes(deps: EventRoutesDeps): ApiRoute[] {
  return [
    route({
      ...SHARED,
      path: '/v1/queues/{queue}/events',
      operationId: 'followQueue',
      tag: 'queues',
      summary: 'Sends what happens in a queue, as server-sent events.',
      params: queuePathSchema,
      run: (request) => follow(deps, request, { queue: request.params.queue, job: null }),
    }),
    route({
      ...SHARED,
      path: '/v1/queues/{queue}/jobs/{id}/events',
      operationId: 'followJob',
      tag: 'jobs',
      summary: 'Sends what happens to one job, as server-sent events.',
      params: jobPathSchema,
      run: (request) => follow(deps, request, { queue: request.params.queue, job: request.params.id }),
    }),
    ...recordingRoutes(deps),
  ];
}

function recordingRoutes(deps: EventRoutesDeps): ApiRoute[] {
  const { action, summary, run } = QUEUE_OPERATIONS.record;
  const about = {
    path: '/v1/queues/{queue}/events/recording',
    tag: 'queues',
    params: queuePathSchema,
  } as const;
  return [
    route({
      ...about,
      method: 'get',
      operationId: 'getRecording',
      scope: 'read',
      summary: 'Tells whether the events of a queue are written for good, also while nobody listens.',
      answers: { 200: recordingSchema },
      run: async ({ params: { queue } }) =>
        ok({ queue, recorded: await deps.inspector.events.areRecorded(queue) }),
    }),
    route({
      ...about,
      method: 'put',
      operationId: 'setRecording',
      scope: 'operate',
      summary,
      body: toBeRecordedSchema,
      answers: { 200: recordingChangeSchema },
      run: auditedRun(deps)(action, async ({ params: { queue }, body: { recorded }, by }) => {
        const { done: changed } = await run(deps.inspector, { queue, by }, { isOn: recorded });
        return ok({ queue, recorded, changed });
      }),
    }),
  ];
}

type Asked = Pick<
  ApiRequest<unknown, { since?: string | undefined }, { 'Last-Event-ID'?: string | undefined }, unknown>,
  'query' | 'headers' | 'gone'
>;

/** Nothing is sent before the log is open: what is refused is refused with its status. */
async function follow(
  { inspector, log, listeners }: EventRoutesDeps,
  { query, headers, gone }: Asked,
  { queue, job }: { queue: string; job: string | null },
): Promise<LongAnswer> {
  const since = headers['Last-Event-ID'] ?? query.since ?? null;
  const send = async (response: Response): Promise<void> => {
    if (response.req.method === 'HEAD') return sendNoEvents(response);
    await listeners.hold(gone(), async (over) => {
      const stream = await inspector.events.open(queue, since);
      try {
        await sendEvents({ clock: systemClock, log }, response, { stream, queue, job, over });
      } finally {
        stream.close();
      }
    });
  };
  return { send };
}
