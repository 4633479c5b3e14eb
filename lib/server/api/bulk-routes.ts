import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import { BULK_NAMES } from '../../inspector/bulk-operations.ts';
import { type JobState, MOST_PER_MINUTE } from '../../inspector/inspector.ts';
import { moveWarning } from '../../inspector/move-target.ts';
import { type BulkOperationName, JOB_OPERATIONS, operateOnAll } from '../../inspector/operations.ts';
import { QUEUE_OPERATIONS } from '../../inspector/queue-operations.ts';
import { toTime } from '../../jobs/option-checks.ts';
import { HeldRequests } from '../held-requests.ts';
import { requireQueueOf } from './access.ts';
import { cancelReason } from './api-repair-schemas.ts';
import { type ApiAnswer, type ApiRoute, ok, route } from './api-route.ts';
import { queuePathSchema } from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';
import { failurePathSchema } from './failure-routes.ts';
import { count, momentValue, moveTarget, wholeInQuery } from './schema-parts.ts';

const text = z.string().min(1, 'must be a text that is not empty').optional();

/** What a change of many jobs came to. */
export const bulkResultSchema = z
  .strictObject({
    matched: count.meta({ description: 'how many jobs the filter is about' }),
    done: count.meta({ description: 'to how many of them it was done; the others had moved on' }),
    left: z
      .array(z.string())
      .optional()
      .meta({ description: 'of those that are moved: the first that stay, and why' }),
    warning: z
      .string()
      .optional()
      .meta({ description: 'what is to be known of the queue they are moved to' }),
  })
  .meta({ id: 'BulkResult' });

const paceSchema = closedObject({
  perMinute: wholeInQuery(1, MOST_PER_MINUTE)
    .optional()
    .meta({ description: 'how many are offered a minute; default all at once' }),
});

/** How many such calls go on at once: each goes over all jobs of a state. */
const MOST_AT_ONCE = 20;

/** The calls that do something to all jobs of a queue that pass a filter. */
export function bulkRoutes(given: AuditedDeps): ApiRoute[] {
  const deps = { ...given, held: new HeldRequests({ most: MOST_AT_ONCE, what: 'change many jobs' }) };
  return [...BULK_NAMES.map((name) => bulkRoute(deps, name)), retryFailuresRoute(deps)];
}

interface BulkDeps extends AuditedDeps {
  held: HeldRequests;
}

function bulkRoute(deps: BulkDeps, name: BulkOperationName): ApiRoute {
  const { summary, action, states, done: doneWord } = JOB_OPERATIONS[name];
  const tell = ({ body }: ApiAnswer): string => {
    const { matched, done } = bulkResultSchema.parse(body);
    return `${done} of ${matched} jobs ${doneWord}`;
  };
  return route({
    method: 'post',
    path: `/v1/queues/{queue}/${name}`,
    operationId: `${name}Jobs`,
    tag: 'many',
    scope: 'operate',
    summary: `${summary} So for all jobs that the filter is about; with dryRun they are only counted.`,
    params: queuePathSchema,
    body: bodyFor(name, states),
    answers: { 200: bulkResultSchema },
    run: (request) => {
      const { queue } = request.params;
      const { state, dryRun = false, before, reason, to, perMinute, ...texts } = request.body;
      if (to !== undefined) requireQueueOf(request.rights, to);
      const filter = { ...defined(texts), ...(before !== undefined && { before: toTime(before) }) };
      const given = { reason, to, perMinute };
      const order = { queue, by: request.by, filter, dryRun, ...given, ...(state && { state }) };
      const work = async (): Promise<ApiAnswer> => {
        const warning = to === undefined ? null : await moveWarning(deps.inspector, to);
        const result = await operateOnAll(deps.inspector, name, order);
        return ok({ ...result, ...(warning !== null && { warning }) });
      };
      return deps.held.hold(request.gone(), () =>
        dryRun ? work() : auditedRun(deps)(action, work, tell, to)(request),
      );
    },
  });
}

/** Which jobs a call is about; `before` is a time in either form. */
interface BulkBody {
  state?: JobState | undefined;
  type?: string | undefined;
  key?: string | undefined;
  error?: string | undefined;
  before?: number | string | undefined;
  dryRun?: boolean | undefined;
  reason?: string | undefined;
  to?: string | undefined;
  perMinute?: number | undefined;
}

/** What belongs to one of them alone. */
const OWN_FIELDS: Readonly<Partial<Record<BulkOperationName, z.core.$ZodShape>>> = {
  cancel: { reason: cancelReason },
  move: { to: moveTarget() },
  retry: {
    perMinute: z
      .int()
      .min(1)
      .max(MOST_PER_MINUTE)
      .optional()
      .meta({ description: 'how many are offered a minute; default all at once' }),
  },
};

function bodyFor(name: BulkOperationName, states: readonly JobState[]): z.ZodType<BulkBody> {
  const shape = {
    state: z.enum(states).optional().meta({ description: 'default all of these' }),
    type: text.meta({ description: 'the whole name of the type' }),
    key: text.meta({ description: 'the option `key` of the jobs, whole' }),
    error: text.meta({ description: 'a part of the message of the newest error' }),
    before: momentValue().optional().meta({ description: 'only jobs that were added before this time' }),
    dryRun: z.boolean().optional().meta({ description: 'whether the jobs are only counted; default false' }),
  };
  return closedObject({ ...shape, ...OWN_FIELDS[name] });
}

/** What is undefined was left out. */
function defined(texts: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, one]) => (one === undefined ? [] : [[name, one]])),
  );
}

function retryFailuresRoute(deps: BulkDeps): ApiRoute {
  const { summary, action, run } = QUEUE_OPERATIONS.retryFailures;
  return route({
    method: 'post',
    path: '/v1/queues/{queue}/failures/{fingerprint}/retry',
    operationId: 'retryFailures',
    tag: 'many',
    scope: 'operate',
    summary,
    params: failurePathSchema,
    query: paceSchema,
    answers: { 200: bulkResultSchema },
    run: (request) => {
      const { queue, fingerprint } = request.params;
      const order = { fingerprint, ...request.query };
      const work = async (): Promise<ApiAnswer> =>
        ok((await run(deps.inspector, { queue, by: request.by }, order)).result);
      return deps.held.hold(request.gone(), () => auditedRun(deps)(action, work)(request));
    },
  });
}
