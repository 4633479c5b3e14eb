import { type Config, type Role, requireSafeExposure } from './config.ts';
import { countEvents } from './count-events.ts';
import { createWebhookHandler } from './handlers/webhook.ts';
import { Inspector } from './inspector/inspector.ts';
import type { BoundHandler, JobDefinition } from './jobs/define.ts';
import { Producer } from './jobs/producer.ts';
import type { Logger } from './logger.ts';
import { closeClient, connect, isReady, type RedisClient, untilKnown } from './redis/connect.ts';
import { startEmbeddedRedis } from './redis/embedded.ts';
import { parseRedisUrl } from './redis/url.ts';
import { createApi } from './server/api/api.ts';
import { createHealth } from './server/health.ts';
import { type Listener, listen } from './server/listen.ts';
import { createMetrics, type Metrics } from './server/metrics/metrics.ts';
import { createMonitor } from './server/monitor/monitor.ts';
import { type Loaded, loadHandlers } from './worker/load-handlers.ts';
import { Worker } from './worker/worker.ts';

/** A running Apiary. */
export interface Service {
  /** Lets the worker role take no more jobs, for good; all else goes on, until `stop`. Harmless twice. */
  quiet(): Promise<void>;
  /** Ends it in order: not ready, nothing new, running jobs, connections, the embedded Redis. Harmless twice. */
  stop(): Promise<void>;
}

/** What the parts of the service are built from. */
interface Parts extends Loaded {
  config: Config;
  log: Logger;
  requests: RedisClient;
  inspector: Inspector;
  producer: Producer;
  metrics: Metrics;
  definitions: ReadonlyMap<string, JobDefinition>;
}

/** What ends a part; run in the reverse order of the starts. */
type Stop = () => Promise<void>;

/** What the starts of the roles leave behind. */
interface Started {
  log: Logger;
  stops: Stop[];
  /** Lets the worker role take no more jobs, where it runs. */
  quiet: Stop | null;
}

/** What must hold for the process to be ready, by name. */
type Checks = Record<string, () => void | Promise<void>>;

const DATA_DIR = '.data';

/**
 * Starts the roles. Redis may be away: the service waits for it, says so, and is not ready meanwhile.
 * Throws CONFIG_INVALID, HANDLER_INVALID, PORT_TAKEN or REDIS_BINARY_MISSING when it cannot be started as asked; what
 * had been started is stopped again.
 */
export async function startService(config: Config, roles: readonly Role[], log: Logger): Promise<Service> {
  requireSafeExposure(config, roles);
  const stops: Stop[] = [];
  const started: Started = { log, stops, quiet: null };
  const stop = async (): Promise<void> => {
    for (let end = stops.pop(); end; end = stops.pop()) await end();
  };
  try {
    await startRoles(config, roles, started);
    log.info('ready to work', { roles: roles.join(',') });
  } catch (error) {
    await stop();
    throw error;
  }
  let stopping: Promise<void> | null = null;
  return {
    quiet: async () => {
      if (started.quiet) await started.quiet();
      else log.info('there is no worker here to be quiet');
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

async function startRoles(config: Config, roles: readonly Role[], started: Started): Promise<void> {
  const { log, stops } = started;
  const loaded = await collectHandlers(config);
  const redisUrl = config.redisUrl ?? (await startOwnRedis(config, log, stops));
  const requests = connect(parseRedisUrl(redisUrl), 'requests', { log: log.child({ component: 'redis' }) });
  stops.push(() => closeClient(requests));
  // So that the first call is not refused only because the connection is still being made.
  await untilKnown(requests);
  const parts = buildParts(config, { log, requests, ...loaded });
  const checks: Checks = { redis: () => parts.inspector.ping() };
  if (roles.includes('worker')) {
    const { quiet, stop } = await startWorker(parts, redisUrl, checks);
    started.quiet = quiet;
    stops.push(stop);
  }
  if (roles.includes('api')) stops.push(await startApi(parts));
  if (roles.includes('monitor')) stops.push(await startMonitor(parts, checks));
  // First of all to run at the end: whoever asks must hear that this process takes nothing more.
  stops.push(async () => {
    checks['process'] = () => Promise.reject(new Error('is shutting down'));
  });
}

async function collectHandlers({ webhook, worker: { handlersPath } }: Config): Promise<Loaded> {
  const none: Loaded = { handlers: [], schedules: [] };
  const { handlers, schedules } = handlersPath === null ? none : await loadHandlers(handlersPath);
  return { handlers: [createWebhookHandler(webhook), ...handlers], schedules };
}

async function startOwnRedis(config: Config, log: Logger, stops: Stop[]): Promise<string> {
  log.warn('REDIS_URL is not set; starting an embedded Redis, for development only', { dataDir: DATA_DIR });
  const redis = await startEmbeddedRedis({
    dataDir: DATA_DIR,
    binary: config.redisServerBin,
    log: log.child({ component: 'redis-server' }),
  });
  stops.push(() => redis.stop());
  return redis.url;
}

function buildParts(
  config: Config,
  { log, requests, handlers, schedules }: Pick<Parts, 'log' | 'requests' | 'handlers' | 'schedules'>,
): Parts {
  const knownQueues = [...config.worker.queues.map(({ name }) => name), ...handlers.map(queueOf)];
  const inspector = new Inspector({ client: requests, prefix: config.queuePrefix, knownQueues });
  const { concurrency: slots } = config.worker;
  const metrics = createMetrics({ inspector, log: log.child({ component: 'metrics' }), slots });
  const { jobAdded: onCreated } = metrics;
  const producer = new Producer({ client: requests, prefix: config.queuePrefix, onCreated });
  const definitions = new Map(handlers.map(({ definition }) => [definition.type, definition]));
  return { config, log, requests, inspector, producer, metrics, handlers, schedules, definitions };
}

function queueOf({ definition }: BoundHandler): string {
  return definition.queue;
}

async function startWorker(
  { config, log: root, handlers, schedules, metrics }: Parts,
  redisUrl: string,
  checks: Checks,
): Promise<{ quiet: Stop; stop: Stop }> {
  const log = root.child({ component: 'worker' });
  const client = connect(parseRedisUrl(redisUrl), 'commands', { log: root.child({ component: 'redis' }) });
  const { queues, concurrency, strictPriority } = config.worker;
  const { queuePrefix: prefix, shutdownTimeoutMs } = config;
  const worker = new Worker(
    { client, handlers, log, close: () => closeClient(client) },
    { queues, concurrency, strictPriority, prefix, shutdownTimeoutMs, schedules },
  );
  countEvents(worker, metrics);
  await worker.start().catch(async (error: unknown) => {
    await worker.stop();
    throw error;
  });
  checks['worker'] = () => {
    if (!isReady(client)) throw new Error('has no connection to Redis');
  };
  warnOfUnserved(log, config, [...handlers, ...schedules]);
  log.info('worker takes jobs', { queues: queues.map(({ name }) => name).join(','), concurrency });
  return {
    quiet: async () => {
      checks['worker'] = () => Promise.reject(new Error('is quiet'));
      log.info('worker is quiet: it takes no more jobs', { running: worker.running });
      await worker.quiet();
    },
    stop: async () => {
      log.info('worker takes no more jobs', { running: worker.running, waitingMs: shutdownTimeoutMs });
      await worker.stop();
      log.info('worker has stopped');
    },
  };
}

function warnOfUnserved(
  log: Logger,
  config: Config,
  loaded: readonly Pick<BoundHandler, 'definition'>[],
): void {
  const served = new Set(config.worker.queues.map(({ name }) => name));
  for (const { type, queue } of new Set(loaded.map(({ definition }) => definition))) {
    if (!served.has(queue))
      log.warn('a handler or schedule is loaded whose queue WORKER_QUEUES does not name', { type, queue });
  }
}

async function startApi({
  config,
  log: root,
  producer,
  inspector,
  definitions,
  requests,
}: Parts): Promise<Stop> {
  const { host, port, auth, keys } = config.api;
  const log = root.child({ component: 'api' });
  const handler = createApi({
    producer,
    inspector,
    definitions,
    keys: auth ? keys : [],
    log,
    isRedisReady: () => isReady(requests),
  });
  return served(log, await listen({ handler, role: 'api', host, port, variable: 'API_PORT' }));
}

async function startMonitor(
  { config, log: root, inspector, producer, definitions, metrics }: Parts,
  checks: Readonly<Checks>,
): Promise<Stop> {
  const { host, port, auth, users } = config.monitor;
  const log = root.child({ component: 'monitor' });
  const handler = createMonitor({
    inspector,
    producer,
    definitions,
    metrics,
    health: createHealth({ checks }),
    users: auth ? users : [],
    log,
  });
  return served(log, await listen({ handler, role: 'monitor', host, port, variable: 'MONITOR_PORT' }));
}

function served(log: Logger, listener: Listener): Stop {
  const host = listener.host.includes(':') ? `[${listener.host}]` : listener.host;
  log.info('listening', { url: `http://${host}:${listener.port}` });
  return () => listener.close();
}
