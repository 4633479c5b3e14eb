import { z } from 'zod';
import { queueKeys } from '../../lib/engine/keys.ts';
import {
  createInspector,
  createProducer,
  createWorker,
  defineJob,
  handle,
  handleGroup,
  type Inspector,
  type Producer,
  schedule,
} from '../../lib/index.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { storeAlerts, storedAlert } from '../support/alerts.ts';
import { silentLog } from '../support/log.ts';
import { until } from '../support/wait.ts';

/** A small shop at work, for pictures of the monitor. */
export interface DemoWorld {
  readonly inspector: Inspector;
  /** A failed job with several attempts behind it. */
  readonly failedId: string;
  close(): Promise<void>;
}

const FAR_MS = 3_600_000;

const SendEmail = defineJob({
  type: 'email.send',
  queue: 'mail',
  schema: z.object({ to: z.string(), subject: z.string() }),
  retries: 0,
});
const ChargeCard = defineJob({
  type: 'card.charge',
  queue: 'orders',
  schema: z.object({ order: z.number(), amount: z.string() }),
  retries: 2,
  backoff: { type: 'fixed', delayMs: 20 },
});
const BuildReport = defineJob({
  type: 'report.build',
  queue: 'reports',
  schema: z.object({ month: z.string() }),
  timeoutMs: 1_000,
});
const Notify = defineJob({
  type: 'notify',
  queue: 'mail',
  schema: z.object({ user: z.string() }),
  group: { maxSize: 50, graceMs: FAR_MS, maxDelayMs: FAR_MS },
});
const Tidy = defineJob({ type: 'uploads.tidy', queue: 'reports', schema: z.object({}) });

const HOSTS = ['smtp-a', 'smtp-b', 'smtp-c'];

/** What the shop does with each kind of job; some of it goes wrong. */
function handlers(forever: Promise<void>) {
  return [
    handle(SendEmail, async ({ to }, ctx) => {
      ctx.log.info('sending', { to });
      await ctx.progress({ sent: 1, of: 1 });
      const order = Number(/\d+/.exec(to)?.[0] ?? 0);
      if (order % 9 === 4) throw new Error(`connect ECONNREFUSED 10.0.3.${order}:25`);
      if (order % 23 === 11) throw new Error(`mailbox of ${to} is full (${HOSTS[order % 3]})`);
      return { messageId: `<${order}@mail.example>` };
    }),
    handle(ChargeCard, async ({ order }, ctx) => {
      ctx.log.info('charging');
      if (order % 13 === 7) throw new Error(`the bank answered 503 for order ${order}`);
      return { receipt: `R-${order}` };
    }),
    handle(BuildReport, async ({ month }) => {
      if (month.startsWith('2026')) await forever;
    }),
    handleGroup(Notify, async (jobs) => ({ notified: jobs.length })),
    handle(Tidy, async () => ({ removed: 12 })),
  ];
}

const SCHEDULES = [
  schedule(Tidy, { name: 'tidy-uploads', cron: '15 3 * * *', timeZone: 'Europe/Berlin', data: {} }),
  schedule(BuildReport, {
    name: 'monthly-report',
    cron: '0 6 1 * *',
    timeZone: 'Europe/Berlin',
    data: { month: 'last' },
  }),
];

/** Fills a Redis with the shop's work: everything a page of the monitor can show is there. */
export async function openDemoWorld(redis: string): Promise<DemoWorld> {
  const producer = createProducer({ redis, name: 'shop' });
  const inspector = createInspector({ redis });
  let release: () => void = () => {};
  const forever = new Promise<void>((resolve) => {
    release = resolve;
  });
  const worker = createWorker({
    redis,
    handlers: handlers(forever),
    queues: { orders: 5, mail: 3, reports: 1 },
    concurrency: 20,
    schedules: SCHEDULES,
    shutdownTimeoutMs: 1_000,
  });
  await worker.start();
  await fill(producer, inspector);
  await remember(redis);
  await storeAlerts(inspector, [
    storedAlert({
      ...{ rule: 'JobStuck', queue: 'reports', subject: 'reports' },
      summary: 'A handler of queue reports ignores that it was told to stop',
      detail: 'report.build goes on although its time is over',
    }),
  ]);
  const failed = await inspector.jobs('orders', { state: 'failed', limit: 1 });
  return {
    inspector,
    failedId: failed.jobs[0]?.id ?? '',
    close: async () => {
      release();
      await worker.stop();
      await Promise.all([producer.close(), inspector.close()]);
    },
  };
}

async function fill(producer: Producer, inspector: Inspector): Promise<void> {
  await producer.addMany(
    SendEmail,
    Array.from({ length: 480 }, (_, at) => ({ to: `customer-${at}@example.com`, subject: 'Your order' })),
  );
  await producer.addMany(
    ChargeCard,
    Array.from({ length: 210 }, (_, at) => ({ order: 7_000 + at, amount: `${at}.90 EUR` })),
  );
  const isOver = async (queue: string): Promise<boolean> => {
    const { waiting, active, delayed } = (await inspector.queue(queue)).counts;
    return waiting + active + delayed === 0;
  };
  await until(async () => (await isOver('mail')) && (await isOver('orders')), 'the shop has worked');
  await producer.add(BuildReport, { month: '2026-09' });
  await producer.add(BuildReport, { month: '2026-10' }, { timeoutMs: FAR_MS });
  await inspector.schedules.fireNow('reports', 'tidy-uploads');
  await inspector.pause('orders', 'ada');
  await inspector.limits.set('mail', { concurrency: 50, rate: { count: 100, perMs: 1_000 } }, 'ada');
  await producer.addMany(
    ChargeCard,
    Array.from({ length: 37 }, (_, at) => ({ order: 8_000 + at, amount: '19.90 EUR' })),
  );
  for (let hour = 1; hour <= 6; hour++) {
    await producer.add(
      SendEmail,
      { to: `later-${hour}@example.com`, subject: 'Soon' },
      { delayMs: hour * FAR_MS },
    );
  }
  for (const user of ['kim', 'lee', 'sam']) {
    await producer.add(Notify, { user }, { group: 'evening' });
  }
  const isTold = async (): Promise<boolean> =>
    (await inspector.workers()).some(({ running }) => running.some(({ stuckSince }) => stuckSince));
  await until(isTold, 'the worker says that a handler does not stop', 60_000);
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What the shop did before, as its workers would have noted it: for a picture nobody works for ninety days. */
async function remember(redis: string): Promise<void> {
  const client = connect(parseRedisUrl(redis), 'commands', { log: silentLog });
  for (const [queue, perMinute] of [
    ['mail', 40],
    ['orders', 14],
  ] as const) {
    const { stats, samples } = queueKeys('bq', queue, false);
    const today = Math.floor(Date.now() / DAY_MS);
    const counts = Object.fromEntries(
      pastDays(perMinute).flatMap(([ago, succeeded, failed]) => [
        [`succeeded:${today - ago}`, succeeded],
        [`failed:${today - ago}`, failed],
      ]),
    );
    await client.hset(stats, counts);
    const [succeeded, failed] = await client.hmget(stats, `succeeded:${today}`, `failed:${today}`);
    const ended = Number(succeeded ?? 0) + 70 * perMinute;
    await client.hset(stats, `succeeded:${today}`, ended);
    await client.hset(samples, pastNotes(perMinute, ended, Number(failed ?? 0)));
  }
  await closeClient(client);
}

/** How long ago, and what ended then. */
function pastDays(perMinute: number): [ago: number, succeeded: number, failed: number][] {
  return Array.from({ length: 89 }, (_, at) => {
    const load = perMinute * 1_000 * (1 + Math.sin(at / 5) / 3) * (at % 7 < 2 ? 0.4 : 1);
    return [at + 1, Math.round(load), Math.round(load / (at % 17 === 3 ? 12 : 60))];
  });
}

/** The notes of an hour, by minute: when, how many had not ended, and how many had since midnight. */
function pastNotes(perMinute: number, endedNow: number, failed: number): Record<string, string> {
  const minute = Math.floor(Date.now() / MINUTE_MS);
  let ended = endedNow;
  const notes = Array.from({ length: 61 }, (_, at) => {
    ended -= Math.round(perMinute * (1 + Math.sin(at / 6) / 2));
    const unfinished = Math.round(20 + 15 * Math.cos(at / 4));
    const note = [(minute - at) * MINUTE_MS + 5_000, unfinished, ended, Math.max(0, failed - at)];
    return [String(minute - at), note.join(' ')];
  });
  return Object.fromEntries(notes);
}
