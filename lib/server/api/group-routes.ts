import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import { ApiaryError } from '../../errors.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import type { GroupInfo } from '../../inspector/inspector.ts';
import { GROUP_OPERATIONS } from '../../inspector/queue-operations.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { jobPageSchema, queuePathSchema } from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';
import {
  count,
  durationMs,
  epochMs,
  limitInQuery,
  nextCursor,
  queueInPath,
  wholeInQuery,
} from './schema-parts.ts';

const groupSchema = z
  .strictObject({
    queue: z.string(),
    type: z.string(),
    name: z.string(),
    size: count.meta({ description: 'how many jobs have joined' }),
    delayed: count.meta({ description: 'how many more are in it whose own time has not come' }),
    dueAt: epochMs.nullable().meta({ description: 'when it is handed over if nothing joins until then' }),
    firstJoinedAt: epochMs.nullable(),
    lastJoinedAt: epochMs.nullable(),
    graceMs: durationMs,
    maxDelayMs: durationMs,
    maxSize: count,
  } satisfies Record<keyof GroupInfo, z.ZodType>)
  .meta({ id: 'Group' }) satisfies z.ZodType<GroupInfo>;

const groupPageSchema = z
  .strictObject({ groups: z.array(groupSchema), cursor: nextCursor })
  .meta({ id: 'GroupPage' });

const groupChangeSchema = z
  .strictObject({ queue: z.string(), type: z.string(), group: z.string(), jobs: count })
  .meta({ id: 'GroupChange' });

const cursor = z
  .string()
  .regex(/^\d{1,15}$/, 'must be as a page gave it')
  .optional()
  .meta({ description: 'as the page before gave it; default the first page' });
const groupsQuery = closedObject({ cursor, limit: limitInQuery });
// They come with their data.
const jobsQuery = closedObject({ cursor, limit: wholeInQuery(1, 100).default(100) });

const groupPath = z.object({
  queue: queueInPath,
  type: z.string().meta({ description: 'of the jobs in it' }),
  group: z.string().meta({ description: 'the name of the group' }),
});

/** The calls that look at groups, hand them over and empty them. */
export function groupRoutes(deps: AuditedDeps): ApiRoute[] {
  const { inspector } = deps;
  const path = '/v1/queues/{queue}/groups';
  return [
    route({
      method: 'get',
      path,
      operationId: 'listGroups',
      tag: 'linked',
      scope: 'read',
      summary: 'Reads a page of the groups in which jobs wait for others, those that are due first first.',
      params: queuePathSchema,
      query: groupsQuery,
      answers: { 200: groupPageSchema },
      run: async ({ params: { queue }, query: { cursor = null, limit } }) =>
        ok(await inspector.groups.list(queue, { cursor, limit })),
    }),
    route({
      method: 'get',
      path: `${path}/{type}/{group}`,
      operationId: 'getGroup',
      tag: 'linked',
      scope: 'read',
      summary: 'Reads one group; those of two types are two groups, also under one name.',
      params: groupPath,
      answers: { 200: groupSchema },
      refusals: [404],
      run: async ({ params: { queue, type, group: name } }) => {
        const found = await inspector.groups.get(queue, { type, name });
        if (found) return ok(found);
        throw new ApiaryError(
          'JOB_NOT_FOUND',
          `no job of type ${type} waits in group ${name} of queue ${queue}`,
        );
      },
    }),
    route({
      method: 'get',
      path: `${path}/{type}/{group}/jobs`,
      operationId: 'listGroupJobs',
      tag: 'linked',
      scope: 'read',
      summary: 'Reads a page of the jobs that wait in a group, in the order in which they join it.',
      params: groupPath,
      query: jobsQuery,
      answers: { 200: jobPageSchema },
      run: async ({ params: { queue, type, group: name }, query: { cursor = null, limit } }) =>
        ok(await inspector.groups.jobs(queue, { type, name }, { cursor, limit })),
    }),
    changeRoute(deps, { name: 'fire', method: 'post', path: `${path}/{type}/{group}/fire` }),
    changeRoute(deps, { name: 'remove', method: 'delete', path: `${path}/{type}/{group}` }),
  ];
}

function changeRoute(
  deps: AuditedDeps,
  { name, ...call }: { name: keyof typeof GROUP_OPERATIONS; method: 'post' | 'delete'; path: string },
): ApiRoute {
  const { summary, action, run } = GROUP_OPERATIONS[name];
  return route({
    ...call,
    operationId: `${name}Group`,
    tag: 'linked',
    scope: 'operate',
    summary,
    params: groupPath,
    answers: { 200: groupChangeSchema },
    run: auditedRun(deps)(action, async ({ params: { queue, type, group }, by }) => {
      const { jobs } = await run(deps.inspector, { queue, type, group, by });
      return ok({ queue, type, group, jobs });
    }),
  });
}
