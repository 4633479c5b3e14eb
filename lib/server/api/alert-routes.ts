import { z } from 'zod';
import { ALERT_RULES } from '../../alert-rules.ts';
import type { AuditedDeps } from '../../inspector/audited.ts';
import type { AlertInfo, AlertList } from '../../inspector/inspector.ts';
import { coversAll, coversQueue, type KeyRights } from '../../key-rights.ts';
import { namesOf } from '../../names-of.ts';
import { type ApiRoute, ok, route } from './api-route.ts';
import { count, epochMs } from './schema-parts.ts';

const alertsSchema = z
  .strictObject({
    alerts: z.array(
      z.strictObject({
        rule: z.enum(namesOf(ALERT_RULES)),
        severity: z.enum(['critical', 'warning']),
        queue: z.string().nullable().meta({ description: 'null where it is about Redis' }),
        subject: z
          .string()
          .meta({ description: 'a schedule, or the fingerprint of a kind of failure; else empty' }),
        summary: z.string(),
        detail: z.string(),
        since: epochMs,
        firedAt: epochMs,
      } satisfies Record<keyof AlertInfo, z.ZodType>),
    ),
    more: count.meta({ description: 'how many more there were than are kept' }),
    lookedAt: epochMs.nullable().meta({ description: 'null where nobody looks' }),
  } satisfies Record<keyof AlertList, z.ZodType>)
  .meta({ id: 'Alerts' });

/** The call that tells what is wrong. */
export function alertRoutes({ inspector }: AuditedDeps): ApiRoute[] {
  return [
    route({
      method: 'get',
      path: '/v1/alerts',
      operationId: 'listAlerts',
      tag: 'service',
      scope: 'read',
      summary: 'Lists what is wrong by the rules of alerts, with queues of the key, as it was found last.',
      answers: { 200: alertsSchema },
      narrows: true,
      run: async ({ rights }) => ok(seenOf(await inspector.alerts.list(), rights)),
    }),
  ];
}

/** What is about Redis, and how many more there are, is about all queues. */
function seenOf(list: AlertList, rights: KeyRights): AlertList {
  if (coversAll(rights)) return list;
  const alerts = list.alerts.filter(({ queue }) => queue !== null && coversQueue(rights, queue));
  return { ...list, alerts, more: 0 };
}
