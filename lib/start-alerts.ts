import type { Config } from './config.ts';
import type { Inspector } from './inspector/inspector.ts';
import type { Producer } from './jobs/producer.ts';
import type { Logger } from './logger.ts';

/** What alerts are told with. */
export interface AlertParts {
  config: Config;
  log: Logger;
  inspector: Inspector;
  producer: Pick<Producer, 'add'>;
}

/**
 * Has somebody told of what is wrong, by webhook jobs, where the settings say where; resolves with what ends it, or
 * with null where they do not. It looks every 15 seconds unless `intervalMs` says otherwise.
 */
export async function startAlerts(
  { config, log: parent, inspector, producer }: AlertParts,
  intervalMs?: number,
): Promise<(() => Promise<void>) | null> {
  const { webhookUrl: url, rules, quietHours } = config.alerts;
  if (url === null) return null;
  // What nobody asks for need not be loaded.
  const { AlertWatch } = await import('./server/alerts/alert-watch.ts');
  const { webhookJob } = await import('./handlers/webhook.ts');
  const log = parent.child({ component: 'alerts' });
  // The address is a secret as a rule, and stands in the data of the job.
  const encrypt = config.encryption.keys !== null;
  const watch = new AlertWatch({
    ...{ inspector, rules, quietHours, log, prefix: config.queuePrefix },
    ...(intervalMs !== undefined && { intervalMs }),
    send: async ({ id, body }) => {
      const sent: unknown = JSON.parse(body);
      await producer.add(webhookJob, { url, body: sent }, { id, encrypt });
    },
  });
  return () => watch.stop();
}
