import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { loadConfig } from '../../lib/config.ts';
import { createWebhookHandler } from '../../lib/handlers/webhook.ts';
import { createWorker } from '../../lib/index.ts';
import type { AlertState, Inspector, StoredAlert } from '../../lib/inspector/inspector.ts';
import type { Logger } from '../../lib/logger.ts';
import { firstState } from '../../lib/server/alerts/decide-alerts.ts';
import { startAlerts } from '../../lib/start-alerts.ts';
import { silentLog } from './log.ts';
import { openMonitor, type SpecMonitor } from './monitor.ts';
import { redisUrl } from './redis.ts';
import { until } from './wait.ts';
import { type Endpoint, openEndpoint } from './webhook-endpoint.ts';

/** The key that signs the messages of a spec. */
export const ALERT_SECRET = Buffer.alloc(32, 5).toString('base64');

const bodySchema = z.object({
  text: z.string(),
  status: z.enum(['firing', 'resolved', 'summary']),
  prefix: z.string(),
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      rule: z.string(),
      severity: z.enum(['warning', 'critical']),
      queue: z.string().nullable(),
      subject: z.string(),
      summary: z.string(),
      detail: z.string(),
      since: z.number(),
      firedAt: z.number().nullable(),
      endedAt: z.number().nullable(),
    }),
  ),
  more: z.number(),
});

/** The body of a message. */
export type AlertMessage = z.infer<typeof bodySchema>;

/** Who watches, sends and receives, over keys of its own. */
export interface SpecAlerts extends SpecMonitor {
  readonly endpoint: Endpoint;
  /** Starts a watch as a service does, with these settings; it looks some dozen times a second. */
  watch(env?: Record<string, string>, log?: Logger): Promise<() => Promise<void>>;
  /** What came so far, each with a signature that is right. */
  messages(): AlertMessage[];
  /** What came of firing and ended alerts, each as `firing failing mail`. */
  told(): string[];
  /** Waits until the watches have looked so many times more. */
  looked(times?: number): Promise<void>;
  /** Changes what is stored of each alert, such as its times, as if they had passed. */
  rewrite(change: (alert: StoredAlert) => StoredAlert): Promise<void>;
}

/** Opens all that, on the Redis that the specs share or another. */
export async function openAlerts(url = redisUrl()): Promise<SpecAlerts> {
  const endpoint = await openEndpoint();
  const monitor = await openMonitor({ redis: url });
  const { prefix, inspector, producer } = monitor;
  const worker = createWorker({
    ...{ redis: url, prefix, queues: { webhooks: 1 }, log: silentLog },
    handlers: [createWebhookHandler({ secret: ALERT_SECRET, allowPrivate: true })],
  });
  await worker.start();
  const ends: (() => Promise<void>)[] = [];
  const state = async (): Promise<AlertState | null> => (await inspector.alerts.store.read()).state;
  const messages = (): AlertMessage[] =>
    endpoint.received.map(({ body, headers }) => {
      new Webhook(ALERT_SECRET).verify(body, headersOf(headers));
      return bodySchema.parse(JSON.parse(body));
    });
  return {
    ...monitor,
    endpoint,
    messages,
    watch: async (env = {}, log = silentLog) => {
      const settings = { ALERT_WEBHOOK_URL: `${endpoint.origin}/alerts`, QUEUE_PREFIX: prefix, ...env };
      const config = loadConfig({ NODE_ENV: 'test', ...settings });
      const end = await startAlerts({ config, log, inspector, producer }, 20);
      if (end === null) throw new Error('nothing was started');
      ends.push(end);
      return end;
    },
    told: () =>
      messages().flatMap(({ alerts }) =>
        alerts.map(({ status, rule, queue }) => `${status} ${rule} ${queue ?? 'redis'}`),
      ),
    looked: async (times = 3) => {
      for (let at = 0; at < times; at++) {
        const before = (await state())?.lookedAt ?? 0;
        await until(async () => ((await state())?.lookedAt ?? 0) > before, 'it was looked for alerts');
      }
    },
    rewrite: (change) =>
      until(async () => {
        const read = await inspector.alerts.store.read();
        if (read.state === null) return false;
        const alerts = read.state.alerts.map(change);
        return (await inspector.alerts.store.change(read, { ...read.state, alerts })) !== null;
      }, 'the state was changed'),
    close: async () => {
      await Promise.all(ends.map((end) => end()));
      await worker.stop();
      await monitor.close();
      await endpoint.close();
    },
  };
}

function headersOf(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value = '']) => [name, String(value)]));
}

/** An alert that fires and was told of, as it is stored; a minute old unless it is said. */
export function storedAlert(alert: Partial<StoredAlert> = {}): StoredAlert {
  const at = alert.firedAt ?? Date.now() - 60_000;
  return {
    ...{ rule: 'queue-old', queue: 'mail', subject: '', since: at, seenAt: at, firedAt: at, endedAt: null },
    ...{ isTold: true, summary: 'Queue mail is not being worked off', detail: 'Look at its workers.' },
    ...alert,
  };
}

/** Stores what is wrong, as a look would have. */
export async function storeAlerts(
  { alerts: { store } }: Pick<Inspector, 'alerts'>,
  alerts: readonly StoredAlert[],
  more = 0,
): Promise<void> {
  await store.change(await store.read(), { ...firstState(Date.now()), alerts, more });
}
