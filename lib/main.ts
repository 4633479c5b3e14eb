import { access, constants } from 'node:fs/promises';
import { systemClock } from './clock.ts';
import { type Config, type Role, weakKeys } from './config.ts';
import { requireSafeExposure } from './config-exposure.ts';
import { rejectSettings } from './config-problems.ts';
import { countEvents } from './count-events.ts';
import { coerceError } from './errors.ts';
import { createWebhookHandler } from './handlers/webhook.ts';
import { Inspector } from './inspector/inspector.ts';
import type { BoundHandler } from './jobs/define.ts';
import { Producer } from './jobs/producer.ts';
import { type Logger, nullLogger } from './logger.ts';
import { closeClient, connect, isReady, untilKnown } from './redis/connect.ts';
import { EMBEDDED_DATA_DIR, startEmbeddedRedis } from './redis/embedded.ts';
import { takeOverPlainText } from './redis/plain-text.ts';
import { toUnavailable } from './redis/unavailable.ts';
import { parseRedisUrl } from './redis/url.ts';
import { RedisWatch } from './redis-watch.ts';
import { type Checks, createHealth, NotReady } from './server/health/health.ts';
import { createMetrics } from './server/metrics/metrics.ts';
import {
  type Credentials,
  CurrentCredentials,
  type ServerParts,
  startApi,
  startHealth,
  startMonitor,
} from './servers.ts';
import type { JobFacts } from './worker/events.ts';
import { type Loaded, loadHandlers } from './worker/load-handlers.ts';
import { Worker } from './worker/worker.ts';

/** A running Apiary. */
export interface Service {
  /** Lets the worker role take no more jobs, for good; all else goes on, until `stop`. Harmless twice. */
  quiet(): Promise<void>;
  /**
   * Ends the worker role at once after an error that nobody handled, see {@link Worker.abandon}; to be called in the
   * turn in which the error is told of. Resolves with the attempt that it came from, or null.
   */
  abandon(error: unknown): Promise<JobFacts | null>;
  /**
   * Has the API ask for these keys and the monitor for these users from now on, in place of those of before. Throws
   * CONFIG_INVALID, and changes nothing, when a user's hash is none.
   */
  useCredentials(credentials: Credentials): void;
  /**
   * Ends it in order: not ready, nothing new, running jobs, health, connections, the embedded Redis. Harmless twice.
   */
  stop(): Promise<void>;
}

/** What the parts of the service are built from. */
interface Parts extends Loaded, ServerParts {
  /** What every role needs to be ready. */
  checks: Checks;
}

/** What ends a part; run in the reverse order of the starts. */
type Stop = () => Promise<void>;

/** What the starts of the roles leave behind. */
interface Started {
  log: Logger;
  stops: Stop[];
  credentials: CurrentCredentials;
  /** Lets the worker role take no more jobs, where it runs. */
  quiet: Stop | null;
  /** Ends it at once after an error. */
  abandon: Service['abandon'];
}

/**
 * Starts the roles. Redis may be away: the service waits for it, says so, and is not ready meanwhile.
 * Throws CONFIG_INVALID, HANDLER_INVALID, PORT_TAKEN or REDIS_BINARY_MISSING when it cannot be started as asked; what
 * had been started is stopped again.
 */
export async function startService(config: Config, roles: readonly Role[], log: Logger): Promise<Service> {
  requireSafeExposure(config, roles);
  warnOfWeakKeys(config, roles, log);
  const restore = takeOverPlainText(log.child({ component: 'redis' }));
  const stops: Stop[] = [async () => restore()];
  const credentials = new CurrentCredentials({ keys: config.api.keys, users: config.monitor.users });
  const started: Started = { log, stops, credentials, quiet: null, abandon: () => Promise.resolve(null) };
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
    abandon: (error) => started.abandon(error),
    useCredentials: (others) => credentials.replace(others),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function warnOfWeakKeys(config: Config, roles: readonly Role[], log: Logger): void {
  const names = weakKeys(config);
  if (!roles.includes('api') || names.length === 0) return;
  log.warn('API_KEYS has secrets shorter than 16 bytes, which production refuses', { of: names.join(',') });
}

async function startRoles(config: Config, roles: readonly Role[], started: Started): Promise<void> {
  const { log, stops, credentials } = started;
  const loaded = await collectHandlers(config);
  const redisUrl = config.redisUrl ?? (await startOwnRedis(config, log, stops));
  const requests = connect(parseRedisUrl(redisUrl), 'requests', { log: log.child({ component: 'redis' }) });
  stops.push(() => closeClient(requests));
  // So that the first call is not refused only because the connection is still being made.
  await untilKnown(requests);
  const parts = buildParts(config, roles, { log, requests, credentials, ...loaded });
  stops.push(() => parts.producer.close());
  stops.push(() => parts.inspector.close());
  const health = await startHealth(parts);
  // Before the roles, so that it ends after them: a probe is answered as long as jobs may still run.
  if (health) stops.push(() => health.close());
  // The servers come before the worker: a port that is taken must end the start before any job is.
  const servers = await startServers(parts, roles, stops);
  if (roles.includes('worker')) {
    const { quiet, abandon, stop } = await startWorker(parts, redisUrl);
    Object.assign(started, { quiet, abandon });
    stops.push(stop);
  }
  // They end before the worker too, which takes as long as its jobs.
  stops.push(...servers);
  // First of all to run at the end: whoever asks must hear that this process takes nothing more.
  stops.push(async () => {
    parts.checks['process'] = () => Promise.reject(new NotReady('is shutting down'));
  });
}

/**
 * Starts the servers of the roles; what ends them is in `stops` already, and returned. Ending one twice is harmless.
 */
async function startServers(parts: Parts, roles: readonly Role[], stops: Stop[]): Promise<Stop[]> {
  const ends: Stop[] = [];
  for (const [role, start] of [
    ['api', startApi],
    ['monitor', startMonitor],
  ] as const) {
    if (!roles.includes(role)) continue;
    const server = await start(parts);
    ends.push(() => server.close());
    stops.push(() => server.close());
  }
  return ends;
}

async function collectHandlers({ webhook, worker: { handlersPath } }: Config): Promise<Loaded> {
  const none: Loaded = { handlers: [], schedules: [] };
  if (handlersPath !== null) await requireReadable(handlersPath);
  const { handlers, schedules } = handlersPath === null ? none : await loadHandlers(handlersPath);
  return { handlers: [createWebhookHandler(webhook), ...handlers], schedules };
}

async function requireReadable(handlersPath: string): Promise<void> {
  await access(handlersPath, constants.R_OK).catch((error: unknown) => {
    const message = `WORKER_HANDLERS is ${JSON.stringify(handlersPath)}, which cannot be read: ${coerceError(error).message}`;
    rejectSettings([{ path: 'WORKER_HANDLERS', message }]);
  });
}

async function startOwnRedis(config: Config, log: Logger, stops: Stop[]): Promise<string> {
  log.warn('REDIS_URL is not set; starting an embedded Redis, for development only', {
    dataDir: EMBEDDED_DATA_DIR,
  });
  const redis = await startEmbeddedRedis({
    dataDir: EMBEDDED_DATA_DIR,
    binary: config.redisServerBin,
    log: log.child({ component: 'redis-server' }),
  });
  stops.push(() => redis.stop());
  log.info('the embedded Redis takes commands', { url: redis.url });
  return redis.url;
}

function buildParts(
  config: Config,
  roles: readonly Role[],
  {
    log,
    requests,
    credentials,
    handlers,
    schedules,
  }: Pick<Parts, 'log' | 'requests' | 'credentials' | 'handlers' | 'schedules'>,
): Parts {
  const knownQueues = [...config.worker.queues.map(({ name }) => name), ...handlers.map(queueOf)];
  const inspector = new Inspector({ client: requests, prefix: config.queuePrefix, knownQueues });
  const { concurrency: slots } = config.worker;
  // Before its first failure, whose increase is else not seen.
  const known = roles.includes('worker') ? handlers.map(labelsOf) : [];
  const metrics = createMetrics({ inspector, log: log.child({ component: 'metrics' }), slots, known });
  const { jobAdded: onCreated } = metrics;
  const producer = new Producer({ client: requests, prefix: config.queuePrefix, warnings: true, onCreated });
  const definitions = new Map(handlers.map(({ definition }) => [definition.type, definition]));
  const watch = new RedisWatch({
    client: requests,
    requireRights: () => inspector.requireRights(),
    clock: systemClock,
    log: log.child({ component: 'redis' }),
  });
  const isServed = async (): Promise<void> => {
    await inspector.ping();
    await watch.requireRights();
  };
  const checks: Checks = {
    redis: () => isServed().catch((error: unknown) => Promise.reject(toUnavailable(error) ?? error)),
  };
  const roleChecks: Checks = Object.fromEntries(roles.map((role) => [role, isStarting]));
  const health = createHealth({
    checks,
    roles: roleChecks,
    warnings: () => watch.doubts(),
    log: log.child({ component: 'health' }),
  });
  return {
    ...{ config, log, requests, credentials, inspector, producer, metrics, handlers, schedules, definitions },
    ...{ checks, roleChecks, health },
  };
}

function isStarting(): never {
  throw new NotReady('is starting');
}

function labelsOf({ definition: { queue, type } }: BoundHandler): { queue: string; type: string } {
  return { queue, type };
}

function queueOf({ definition }: BoundHandler): string {
  return definition.queue;
}

async function startWorker(
  { config, log: root, handlers, schedules, metrics, roleChecks }: Parts,
  redisUrl: string,
): Promise<{ quiet: Stop; abandon: Service['abandon']; stop: Stop }> {
  const log = root.child({ component: 'worker' });
  // Of its outages the worker tells.
  const client = connect(parseRedisUrl(redisUrl), 'commands', { log: nullLogger });
  const { queues, concurrency, strictPriority } = config.worker;
  const { queuePrefix: prefix, shutdownTimeoutMs } = config;
  const worker = new Worker(
    { client, handlers, log, close: () => closeClient(client) },
    { queues, concurrency, strictPriority, prefix, shutdownTimeoutMs, schedules, attributesErrors: true },
  );
  // It costs a little of every job, so only where somebody can ask for the metrics.
  if (config.health.port !== null || 'monitor' in roleChecks) countEvents(worker, metrics);
  await worker.start().catch(async (error: unknown) => {
    await worker.stop();
    throw error;
  });
  roleChecks['worker'] = () => {
    if (!isReady(client)) throw new NotReady('has no connection to Redis');
    const { refusedDuty } = worker;
    if (refusedDuty) throw new NotReady(`may not do in Redis what its duty ${refusedDuty} needs (NOPERM)`);
  };
  warnOfUnserved(log, config, [...handlers, ...schedules]);
  log.info('worker takes jobs', { queues: queues.map(({ name }) => name).join(','), concurrency });
  return {
    quiet: async () => {
      roleChecks['worker'] = () => Promise.reject(new NotReady('is quiet'));
      log.info('worker is quiet: it takes no more jobs', { running: worker.running });
      await worker.quiet();
    },
    abandon: (error) => worker.abandon(error),
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
