import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import { ApiaryError } from '../../errors.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import { isNote, NOTE_RULE } from '../../inspector/case-order.ts';
import {
  CASE_STATES,
  CASE_VERDICTS,
  type CaseMark,
  type CaseOrder,
  type CaseShare,
  type CaseTimes,
  type FailureCase,
  type FailureGroup,
  type FailureGroups,
} from '../../inspector/inspector.ts';
import { QUEUE_OPERATIONS } from '../../inspector/queue-operations.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { jobErrorSchema, queuePathSchema } from './api-schemas.ts';
import { auditedRun } from './audited-run.ts';
import { count, durationMs, epochMs, nameText, queueInPath, wholeInQuery } from './schema-parts.ts';

/** A kind of failure in a path. */
export const failurePathSchema = z.object({
  queue: queueInPath,
  fingerprint: z.string().meta({ description: 'as a group of failures has it' }),
});

const PATH = '/v1/queues/{queue}/failures/{fingerprint}';
const markFields = {
  state: z
    .enum(CASE_STATES)
    .meta({ description: 'reopened: it was resolved, and has been seen again since' }),
  mark: z
    .strictObject({
      verdict: z.enum(CASE_VERDICTS),
      version: z.string().nullable().meta({ description: 'in which it is mended' }),
      note: z.string().nullable(),
      by: z.string(),
      at: epochMs,
      reopenedAt: epochMs.nullable().meta({ description: 'when a job failed so again, as a monitor saw it' }),
    } satisfies Record<keyof CaseMark, z.ZodType>)
    .nullable()
    .meta({ description: 'what somebody has said of it' }),
} as const;
const scanned = count.meta({ description: 'how many failed jobs were looked at, the newest' });
const total = count.meta({ description: 'how many there are' });

const failuresSchema = z
  .strictObject({
    ...{ scanned, total },
    groups: z.array(
      z.strictObject({
        fingerprint: z.string(),
        type: z.string(),
        message: z.string().meta({ description: 'of the newest of them' }),
        count,
        newestAt: z.number().meta({ description: 'epoch milliseconds' }),
        newestId: z.string(),
        ...markFields,
      } satisfies Record<keyof FailureGroup, z.ZodType>),
    ),
  } satisfies Record<keyof FailureGroups, z.ZodType>)
  .meta({ id: 'Failures' });

const share = z.strictObject({
  names: z.array(z.strictObject({ name: z.string(), count })),
  others: count.meta({ description: 'how many other names there are' }),
} satisfies Record<keyof CaseShare, z.ZodType>);

const caseSchema = z
  .strictObject({
    fingerprint: z.string(),
    ...markFields,
    count: count.meta({ description: 'how many of the jobs looked at failed so' }),
    ...{ scanned, total },
    type: z.string().nullable(),
    firstAt: epochMs.nullable(),
    lastAt: epochMs.nullable(),
    times: z.strictObject({
      stepMs: durationMs,
      steps: z.array(z.strictObject({ at: epochMs, count })),
    } satisfies Record<keyof CaseTimes, z.ZodType>),
    versions: share.meta({ description: 'the APP_VERSION of the last attempts' }),
    hosts: share.meta({ description: 'where the last attempts ran, the most frequent first' }),
    keys: share,
    newest: z.array(z.strictObject({ id: z.string(), at: epochMs, attempts: count })),
    example: jobErrorSchema.nullable().meta({ description: 'the newest error of the newest of them' }),
  } satisfies Record<keyof FailureCase, z.ZodType>)
  .meta({ id: 'FailureCase' });

const orderSchema = closedObject({
  verdict: z.enum(CASE_VERDICTS),
  version: nameText().nullish().meta({ description: 'in which it is mended; for resolved alone' }),
  note: z.string().refine(isNote, `must be ${NOTE_RULE}`).nullish(),
} satisfies Record<keyof CaseOrder, z.ZodType>);

const markedSchema = z
  .strictObject({ queue: z.string(), fingerprint: z.string(), ...markFields })
  .meta({ id: 'MarkedFailure' });

const looks = closedObject({
  most: wholeInQuery(1, 10_000).default(1_000).meta({ description: 'how many jobs are looked at' }),
});

/** The calls about kinds of failures: all of a queue, one, and what is said of one. */
export function failureRoutes(deps: AuditedDeps): ApiRoute[] {
  return [listRoute(deps), caseRoute(deps), markRoute(deps)];
}

function listRoute({ inspector }: AuditedDeps): ApiRoute {
  return route({
    method: 'get',
    path: '/v1/queues/{queue}/failures',
    operationId: 'listFailures',
    tag: 'queues',
    scope: 'read',
    summary: 'Puts the newest failed jobs into groups by what they died of, the most frequent first.',
    params: queuePathSchema,
    query: looks,
    answers: { 200: failuresSchema },
    run: async ({ params: { queue }, query }) => ok(await inspector.failures.groups(queue, query)),
  });
}

function caseRoute({ inspector }: AuditedDeps): ApiRoute {
  return route({
    method: 'get',
    path: PATH,
    operationId: 'getFailure',
    tag: 'queues',
    scope: 'read',
    summary: 'Reads of one kind of failure when and where it happened, and what somebody has said of it.',
    params: failurePathSchema,
    query: looks,
    answers: { 200: caseSchema },
    refusals: [404],
    run: async ({ params: { queue, fingerprint }, query }) => {
      const found = await inspector.failures.case(queue, fingerprint, query);
      if (found) return ok(found);
      const message = `none of the newest ${query.most} failed jobs of queue ${queue} failed so`;
      throw new ApiaryError('JOB_NOT_FOUND', message);
    },
  });
}

function markRoute(deps: AuditedDeps): ApiRoute {
  const { action, summary, run } = QUEUE_OPERATIONS.markFailures;
  return route({
    method: 'put',
    path: PATH,
    operationId: 'markFailure',
    tag: 'queues',
    scope: 'operate',
    summary,
    params: failurePathSchema,
    body: orderSchema,
    answers: { 200: markedSchema },
    run: auditedRun(deps)(
      action,
      async ({ params: { queue, fingerprint }, body, by }) => {
        await run(deps.inspector, { queue, by }, { fingerprint, ...body });
        const found = await deps.inspector.failures.case(queue, fingerprint);
        return ok({ queue, fingerprint, state: found?.state ?? 'open', mark: found?.mark ?? null });
      },
      ({ body }) => markedSchema.parse(body).mark?.verdict ?? 'open',
    ),
  });
}
