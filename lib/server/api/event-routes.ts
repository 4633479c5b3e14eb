import type { Response } from 'express';
import { systemClock } from '../../clock.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { Logger } from '../../logger.ts';
import { type ApiRequest, type ApiRoute, type LongAnswer, route } from './api-route.ts';
import { jobPathSchema, queuePathSchema } from './api-schemas.ts';
import { EVENT_STREAM_TYPE, sendEvents } from './event-answer.ts';
import { eventsHeadersSchema, eventsQuerySchema, queueEventSchema } from './event-schemas.ts';
import type { HeldRequests } from './held-requests.ts';

/** What the calls work with that send events. */
export interface EventRoutesDeps {
  inspector: Inspector;
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

/** The calls that send what happens, as it happens. */
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
  const send = (response: Response): Promise<void> =>
    listeners.hold(gone(), async (over) => {
      const stream = await inspector.events.open(queue, since);
      try {
        await sendEvents({ clock: systemClock, log }, response, { stream, queue, job, over });
      } finally {
        stream.close();
      }
    });
  return { send };
}
