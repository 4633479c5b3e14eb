import type { Config } from './config.ts';
import { countEvents } from './count-events.ts';
import type { SwarmPlace } from './engine/queries/presence.ts';
import type { BoundHandler } from './jobs/define.ts';
import { keyringOf } from './keyring.ts';
import { type Logger, nullLogger } from './logger.ts';
import { closeClient, connect, isReady } from './redis/connect.ts';
import { parseRedisUrl } from './redis/url.ts';
import { type Checks, NotReady } from './server/health/health.ts';
import type { Metrics } from './server/metrics/metrics.ts';
import type { Swarm } from './swarm/swarm.ts';
import { activeMeter } from './tracing.ts';
import type { JobFacts } from './worker/events.ts';
import type { Loaded } from './worker/load-handlers.ts';
import { Worker } from './worker/worker.ts';
import type { WorkerOptions } from './worker/worker-options.ts';

/** What the worker role is built from. */
export interface WorkerParts extends Loaded {
  config: Config;
  log: Logger;
  metrics: Metrics;
  /** What the roles that run here need; the worker tells there whether it takes jobs. */
  roleChecks: Checks;
}

/** What a process is that its parent has started to run jobs. */
export interface Membership {
  place: SwarmPlace;
  /** Whether somebody asks for its metrics. */
  counts: boolean;
  /** From how much memory on it is to be replaced; null for no limit. */
  maxMemoryMb: number | null;
}

/** By what the worker role is started. */
export interface WorkerStart {
  redisUrl: string;
  /** Null in a process that is no part of a swarm, and in the parent of one. */
  membership: Membership | null;
}

/** The worker role as it runs, in this process or in others. */
export interface WorkerRole {
  /** Takes no more jobs, for good. */
  quiet(): Promise<void>;
  /** Ends at once after an error, see {@link Worker.abandon}. */
  abandon(error: unknown): Promise<JobFacts | null>;
  /** Fails the attempt that an error comes from, see {@link Worker.blame}. */
  blame(error: unknown): JobFacts | null;
  /** Ends in order. */
  stop(): Promise<void>;
  /** How many jobs run in this process. */
  readonly running: number;
  /** The processes that run jobs; null where this one does. */
  readonly swarm: Swarm | null;
}

/** Starts a worker in this process. */
export async function startWorker(parts: WorkerParts, start: WorkerStart): Promise<WorkerRole> {
  const { config, handlers, schedules, metrics, roleChecks } = parts;
  const { redisUrl, membership } = start;
  const log = parts.log.child({ component: 'worker' });
  // Of its outages the worker tells.
  const client = connect(parseRedisUrl(redisUrl), 'commands', { log: nullLogger });
  const worker = new Worker(
    { client, handlers, log, close: () => closeClient(client) },
    { ...optionsOf(config), schedules, ...(membership && { place: membership.place }) },
  );
  // It costs a little of every job, so only where somebody can ask for the metrics.
  const isRead = membership ? membership.counts : isAsked(parts);
  if (isRead || activeMeter() !== null) countEvents(worker, metrics);
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
  const { queues, concurrency } = config.worker;
  log.info('worker takes jobs', { queues: queues.map(({ name }) => name).join(','), concurrency });
  return roleOf(worker, log, parts);
}

function optionsOf(config: Config): WorkerOptions {
  const { worker, queuePrefix: prefix, shutdownTimeoutMs, encryption, appVersion } = config;
  const { queues, concurrency, strictPriority } = worker;
  const keyring = keyringOf(encryption);
  return {
    ...{ queues, concurrency, strictPriority, prefix, shutdownTimeoutMs, keyring, attributesErrors: true },
    ...(appVersion !== null && { appVersion }),
  };
}

/** Whether somebody can ask this process for metrics. */
export function isAsked({ config, roleChecks }: Pick<WorkerParts, 'config' | 'roleChecks'>): boolean {
  return config.health.port !== null || 'monitor' in roleChecks;
}

function roleOf(worker: Worker, log: Logger, { config, roleChecks }: WorkerParts): WorkerRole {
  return {
    swarm: null,
    get running() {
      return worker.running;
    },
    quiet: async () => {
      roleChecks['worker'] = () => Promise.reject(new NotReady('is quiet'));
      log.info('worker is quiet: it takes no more jobs', { running: worker.running });
      await worker.quiet();
    },
    abandon: (error) => worker.abandon(error),
    blame: (error) => worker.blame(error),
    stop: async () => {
      const { shutdownTimeoutMs: waitingMs } = config;
      log.info('worker takes no more jobs', { running: worker.running, waitingMs });
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
