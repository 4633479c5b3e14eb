import { createInspector, createProducer, type Inspector, type Producer } from '../../lib/index.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { spreadOverSpans } from '../support/kept-times.ts';
import { silentLog } from '../support/log.ts';
import { type SpecProcess, startApiary, startProgram } from '../support/process.ts';
import { until } from '../support/wait.ts';
import { BAD, BuildReport, ChargeCard, GOOD, HUGE, ResizeImage } from './shop-jobs.ts';

/** A shop after a bad deployment, and the monitor over it. */
export interface Drill {
  /** Of the monitor. */
  readonly url: string;
  readonly inspector: Inspector;
  close(): Promise<void>;
}

/** Where the shop works, and where its monitor listens; by default at a free port. */
export interface DrillOptions {
  redis: string;
  port?: number;
}

const FEED_MS = 400;
const LIMIT_MS = 60_000;

/** What has come so far in opening it, and has to go. */
interface Opened {
  redis: string;
  producer: Producer;
  inspector: Inspector;
  processes: SpecProcess[];
}

/**
 * Lets a shop work, deploys a bad version of it and waits until all three faults have happened: one in five charges
 * fails, reports are slow, and one of two workers hangs. All are processes of their own.
 */
export async function openDrill({ redis, port = 0 }: DrillOptions): Promise<Drill> {
  const opened: Opened = {
    redis,
    producer: createProducer({ redis }),
    inspector: createInspector({ redis }),
    processes: [],
  };
  const feeding = setInterval(() => void feed(opened.producer).catch(() => undefined), FEED_MS);
  const close = async (): Promise<void> => {
    clearInterval(feeding);
    // One that hangs hears no other signal.
    for (const one of opened.processes) one.kill('SIGKILL');
    await Promise.all(opened.processes.map(({ exit }) => exit));
    await Promise.all([opened.producer.close(), opened.inspector.close()]);
  };
  try {
    await feed(opened.producer);
    await workWell(opened);
    await deploy(opened);
    return { url: await startMonitor(opened, port), inspector: opened.inspector, close };
  } catch (error) {
    await close();
    throw error;
  }
}

let order = 0;

async function feed(producer: Producer): Promise<void> {
  const orders = Array.from({ length: 5 }, () => ({ order: ++order }));
  await producer.addMany(ChargeCard, orders);
  await producer.add(BuildReport, { shop: order });
  await producer.add(ResizeImage, { file: `${order}.jpg` });
}

/** The version before: what it did in seconds stands for the hour before. */
async function workWell(opened: Opened): Promise<void> {
  const worker = await startWorker(opened, GOOD);
  await until(() => hasEnded(opened, 'reports', 3), 'the shop has worked', LIMIT_MS);
  // At its end it tells how long its jobs took.
  await worker.stop();
  const client = connect(parseRedisUrl(opened.redis), 'commands', { log: silentLog });
  for (const queue of ['orders', 'reports', 'images']) await spreadOverSpans({ client, prefix: 'bq' }, queue);
  await closeClient(client);
}

async function deploy(opened: Opened): Promise<void> {
  const { inspector, producer } = opened;
  const first = await startWorker(opened, BAD);
  const before = (await inspector.queue('reports')).processedToday;
  await until(() => hasEnded(opened, 'reports', before + 3), 'some reports were slow', LIMIT_MS);
  await until(async () => (await inspector.queue('orders')).counts.failed > 3, 'some failed', LIMIT_MS);
  // Replaced by two, it tells how long its jobs took, which a picture does not wait a minute for.
  await first.stop();
  await Promise.all([startWorker(opened, BAD), startWorker(opened, BAD)]);
  await producer.add(ResizeImage, { file: HUGE });
  const hangs = async (): Promise<boolean> =>
    (await inspector.workers()).some(({ blockedBy }) => blockedBy !== undefined);
  await until(hangs, 'a worker hangs', LIMIT_MS);
}

async function hasEnded({ inspector }: Opened, queue: string, count: number): Promise<boolean> {
  return (await inspector.queue(queue)).processedToday >= count;
}

async function startWorker({ redis, processes }: Opened, version: string): Promise<SpecProcess> {
  const worker = await startProgram('spec/drill/shop-worker.ts', { REDIS_URL: redis }, [version]);
  processes.push(worker);
  await worker.waitForLine(/the shop works/);
  return worker;
}

async function startMonitor({ redis, processes }: Opened, port: number): Promise<string> {
  const env = { REDIS_URL: redis, MONITOR_PORT: String(port), NODE_ENV: 'test' };
  const monitor = await startApiary(['--monitor'], env);
  processes.push(monitor);
  const line = await monitor.waitForLine(/listening .*http:/);
  return /http:\/\/[^\s"]+/.exec(line)?.[0] ?? '';
}
