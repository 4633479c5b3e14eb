import { collectHandlers } from './collect-handlers.ts';
import type { Config, Role } from './config.ts';
import { requireSafeExposure } from './config-exposure.ts';
import { requireKnownServers } from './config-known-servers.ts';
import { weakKeys } from './config-production.ts';
import { requireWholeSignIn } from './config-sign-in.ts';
import { Inspector } from './inspector/inspector.ts';
import type { BoundHandler } from './jobs/define.ts';
import { Producer } from './jobs/producer.ts';
import { keyringOf } from './keyring.ts';
import type { Logger } from './logger.ts';
import { closeClient, connect, type RedisClient, untilKnown } from './redis/connect.ts';
import { EMBEDDED_DATA_DIR, startEmbeddedRedis } from './redis/embedded.ts';
import { takeOverPlainText } from './redis/plain-text.ts';
import { parseRedisUrl } from './redis/url.ts';
import { type Checks, type Health, NotReady } from './server/health/health.ts';
import type { JobLabels } from './server/metrics/job-tally.ts';
import { createMetrics, type Metrics, type MetricsDeps } from './server/metrics/metrics.ts';
import {
  type Credentials,
  CurrentCredentials,
  type ServerParts,
  startApi,
  startHealth,
  startMonitor,
} from './servers.ts';
import { buildHealth } from './service-health.ts';
import { startAlerts } from './start-alerts.ts';
import { requireOutbox, startRelay, watchOutbox } from './start-relay.ts';
import { needsSwarm, type SwarmNeed, startSwarm } from './start-swarm.ts';
import { type Membership, startWorker, type WorkerRole } from './start-worker.ts';
import type { Swarm } from './swarm/swarm.ts';
import { activeMeter } from './tracing.ts';
import type { JobFacts } from './worker/events.ts';
import type { Loaded } from './worker/load-handlers.ts';

/** A running Apiary. */
export interface Service {
  /** Lets the worker role take no more jobs, for good; all else goes on, until `stop`. Harmless twice. */
  quiet(): Promise<void>;
  /**
   * Ends the worker role at once after an error that nobody handled, see {@link Worker.abandon}; to be called in the
   * turn in which the error is told of. Resolves with the attempt that it came from, or null.
   */
  abandon(error: unknown): Promise<JobFacts | null>;
  /** Fails the attempt that an error comes from and goes on, see {@link Worker.blame}. */
  blame(error: unknown): JobFacts | null;
  /**
   * Has the API ask for these keys and the monitor for these users from now on, in place of those of before. Throws
   * CONFIG_INVALID, and changes nothing, when a user's hash is none.
   */
  useCredentials(credentials: Credentials): void;
  /**
   * Ends it in order: not ready, nothing new, running jobs, health, connections, the embedded Redis. Harmless twice.
   */
  stop(): Promise<void>;
  /** How many jobs the worker of this process runs. */
  readonly running: number;
  /** What tells whether this process can do its work, and what it has done. */
  readonly told: Pick<Parts, 'health' | 'metrics'>;
  /** The worker processes of which this one is the parent; null where it is none. */
  readonly swarm: Swarm | null;
}

/** What the parts of the service are built from. */
interface Parts extends Loaded, ServerParts {
  health: Health;
  metrics: Metrics;
  /** What every role needs to be ready. */
  checks: Checks;
}

/** What is to be started. */
interface Asked extends SwarmNeed {
  /** Null in a process that no parent has started to run jobs. */
  membership: Membership | null;
}

/** What ends a part; run in the reverse order of the starts. */
type Stop = () => Promise<void>;

/** What the starts of the roles leave behind. */
interface Started {
  log: Logger;
  stops: Stop[];
  credentials: CurrentCredentials;
  /** Null where it does not run here. */
  worker: WorkerRole | null;
}

/**
 * Starts the roles, as one process or as the parent of some that run jobs, whatever the settings say; or as one of
 * those, by its membership. Redis may be away: the service waits for it, says so, and is not ready meanwhile.
 * Throws CONFIG_INVALID, HANDLER_INVALID, PORT_TAKEN or REDIS_BINARY_MISSING when it cannot be started as asked; what
 * had been started is stopped again.
 */
export async function startService(
  config: Config,
  roles: readonly Role[],
  log: Logger,
  { membership = null, isWatched = false }: Partial<Pick<Asked, 'membership' | 'isWatched'>> = {},
): Promise<Service> {
  requireSafeExposure(config, roles);
  requireOutbox(config, roles);
  requireWholeSignIn(config);
  requireKnownServers(config);
  warnOfWeakKeys(config, roles, log);
  const restore = takeOverPlainText(log.child({ component: 'redis' }));
  const stops: Stop[] = [async () => restore()];
  const credentials = new CurrentCredentials({ keys: config.api.keys, users: config.monitor.users });
  const started: Started = { log, stops, credentials, worker: null };
  const stop = async (): Promise<void> => {
    for (let end = stops.pop(); end; end = stops.pop()) await end();
  };
  try {
    const told = await startRoles({ config, roles, membership, isWatched }, started);
    log.info('ready to work', { roles: roles.join(',') });
    return serviceOf(started, told, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function serviceOf({ log, credentials, worker }: Started, told: Service['told'], stop: Stop): Service {
  let stopping: Promise<void> | null = null;
  return {
    told,
    quiet: async () => {
      if (worker) await worker.quiet();
      else log.info('there is no worker here to be quiet');
    },
    abandon: async (error) => worker?.abandon(error) ?? null,
    blame: (error) => worker?.blame(error) ?? null,
    useCredentials: (others) => credentials.replace(others),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
    get running() {
      return worker?.running ?? 0;
    },
    swarm: worker?.swarm ?? null,
  };
}

function warnOfWeakKeys(config: Config, roles: readonly Role[], log: Logger): void {
  const names = weakKeys(config);
  if (!roles.includes('api') || names.length === 0) return;
  log.warn('API_KEYS has secrets shorter than 16 bytes, which production refuses', { of: names.join(',') });
}

async function startRoles(asked: Asked, started: Started): Promise<Parts> {
  const { config, roles } = asked;
  const { log, stops, credentials } = started;
  const hasSwarm = needsSwarm(asked);
  const loaded = await collectHandlers(config, {
    isParentOnly: hasSwarm && roles.every((role) => role === 'worker'),
  });
  const redisUrl = config.redisUrl ?? (await startOwnRedis(config, log, stops));
  const requests = await connectForRequests(redisUrl, started);
  // Before its first failure, whose increase is else not seen.
  const known = hasSwarm || !roles.includes('worker') ? [] : loaded.handlers.map(labelsOf);
  const parts = buildParts(asked, { log, requests, credentials, known, ...loaded });
  stops.push(() => parts.producer.close());
  for (const one of [parts.inspector, parts.closedInspector]) stops.push(() => one.close());
  stops.push(() => parts.outbox?.close() ?? Promise.resolve());
  const health = await startHealth(parts);
  // Before the roles, so that it ends after them: a probe is answered as long as jobs may still run.
  if (health) stops.push(() => health.close());
  // The servers come before the worker: a port that is taken must end the start before any job is.
  const servers = await startServers(parts, roles, stops);
  await startWork(parts, started, { redisUrl, ...asked });
  // They end before the worker too, which takes as long as its jobs.
  stops.push(...servers);
  // First of all to run at the end: whoever asks must hear that this process takes nothing more.
  stops.push(async () => refuseFromNowOn(parts.checks));
  return parts;
}

/** Starts what works on its own: the worker, in this process or in others, the relay, and who tells of alerts. */
async function startWork(parts: Parts, started: Started, asked: Asked & { redisUrl: string }): Promise<void> {
  const { stops } = started;
  if (asked.roles.includes('worker')) {
    started.worker = await (needsSwarm(asked) ? startSwarm : startWorker)(parts, asked);
    stops.push(() => started.worker?.stop() ?? Promise.resolve());
  }
  if (asked.roles.includes('relay')) stops.push(await startRelay(parts, asked.redisUrl));
  // Once for all processes of a parent.
  const endAlerts = asked.membership === null ? await startAlerts(parts) : null;
  if (endAlerts) stops.push(endAlerts);
}

function refuseFromNowOn(checks: Checks): void {
  checks['process'] = () => Promise.reject(new NotReady('is shutting down'));
}

async function connectForRequests(redisUrl: string, { log, stops }: Started): Promise<RedisClient> {
  const requests = connect(parseRedisUrl(redisUrl), 'requests', { log: log.child({ component: 'redis' }) });
  stops.push(() => closeClient(requests));
  // So that the first call is not refused only because the connection is still being made.
  await untilKnown(requests);
  return requests;
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

/** What the parts are built from. */
type Given = Pick<Parts, 'log' | 'requests' | 'credentials' | 'handlers' | 'schedules'> & {
  /** What is counted from the start, at zero. */
  known: readonly JobLabels[];
};

function buildParts({ config, roles, membership }: Asked, given: Given): Parts {
  const { log, requests, credentials, handlers, schedules, known } = given;
  const knownQueues = [...config.worker.queues.map(({ name }) => name), ...handlers.map(queueOf)];
  const keyring = keyringOf(config.encryption);
  const shared = { client: requests, prefix: config.queuePrefix };
  const inspector = new Inspector({ ...shared, knownQueues, keyring });
  // Without keys there is nothing that it could hide.
  const closedInspector = keyring ? new Inspector({ ...shared, knownQueues }) : inspector;
  const { concurrency: slots } = config.worker;
  const outbox = watchOutbox(config, log.child({ component: 'outbox' }));
  const look = outbox?.depth ?? null;
  const metrics = buildMetrics(membership, {
    ...{ inspector, slots, known, outbox: look },
    log: log.child({ component: 'metrics' }),
  });
  const { jobAdded: onCreated } = metrics;
  const producer = new Producer({
    ...{ ...shared, keyring, onCreated },
    ...{ warnings: true, memoryReserve: config.redisReserve / 100 },
  });
  const definitions = new Map(handlers.map(({ definition }) => [definition.type, definition]));
  return {
    ...{ config, log, requests, credentials, handlers, schedules, definitions },
    ...{ inspector, closedInspector, producer, metrics, outbox },
    ...buildHealth({ roles, log, requests, inspector, producer, metrics }),
  };
}

/** With what is told by OpenTelemetry, where it is there; of the queues the parent of a swarm tells. */
function buildMetrics(membership: Membership | null, deps: MetricsDeps): Metrics {
  const metrics = createMetrics(deps);
  const meter = activeMeter();
  if (meter) metrics.tellMeter(meter, membership === null);
  return metrics;
}

function labelsOf({ definition: { queue, type } }: BoundHandler): JobLabels {
  return { queue, type };
}

function queueOf({ definition }: BoundHandler): string {
  return definition.queue;
}
