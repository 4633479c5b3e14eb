import { isatty } from 'node:tty';
import { systemClock } from './clock.ts';
import type { Config, Role } from './config.ts';
import { ownModule } from './own-module.ts';
import { NotReady } from './server/health/health.ts';
import type { OwnMetrics } from './server/metrics/merged-metrics.ts';
import {
  isAsked,
  type Membership,
  type WorkerParts,
  type WorkerRole,
  type WorkerStart,
} from './start-worker.ts';
import { Swarm } from './swarm/swarm.ts';

/** What a worker process is told to be. */
export interface Orders {
  config: Config;
  membership: Membership;
  /** Whether SIGTSTP is Ctrl-Z in a terminal. */
  isSuspended: boolean;
}

/** Within what a probe, and a scrape, are answered. */
const READINESS_LIMIT_MS = 800;
const METRICS_LIMIT_MS = 1_000;

/** What decides whether there is a swarm. */
export interface SwarmNeed {
  config: Config;
  roles: readonly Role[];
  /** Whether the worker is replaced when its handlers change. */
  isWatched: boolean;
}

/** Whether jobs run in processes of their own, which this one starts and replaces. */
export function needsSwarm({ config, roles, isWatched }: SwarmNeed): boolean {
  const { processes, maxMemoryMb } = config.worker;
  return roles.includes('worker') && (processes > 1 || maxMemoryMb !== null || isWatched);
}

/** Whether SIGTSTP means that the process is to be suspended: then it is Ctrl-Z in a terminal. */
export function isSuspended({ env }: Config): boolean {
  return env !== 'production' && isatty(0);
}

/** Starts worker processes; rejects with why when the first cannot be started. */
export async function startSwarm(parts: WorkerParts, { redisUrl }: WorkerStart): Promise<WorkerRole> {
  const { config, metrics, roleChecks } = parts;
  const log = parts.log.child({ component: 'swarm' });
  const swarm = new Swarm({
    ...{ clock: systemClock, log, program: ownModule(new URL('./child', import.meta.url)) },
    processes: config.worker.processes,
    patienceMs: config.shutdownTimeoutMs,
    orders: (number) => ordersFor(number, redisUrl, parts),
    onEnded: (last) => {
      if (areMetrics(last)) metrics.processEnded(last);
    },
    onDied: metrics.processDied,
  });
  metrics.watchSwarm({
    wanted: swarm.wanted,
    get ready() {
      return swarm.ready;
    },
    metrics: async () => (await swarm.metrics(METRICS_LIMIT_MS)).filter(areMetrics),
  });
  await swarm.start();
  roleChecks['worker'] = () => requireReady(swarm);
  log.info('worker processes take jobs', { processes: swarm.wanted });
  return roleOf(swarm, parts);
}

function roleOf(swarm: Swarm, { log, roleChecks }: WorkerParts): WorkerRole {
  return {
    swarm,
    running: 0,
    quiet: async () => {
      roleChecks['worker'] = () => Promise.reject(new NotReady('is quiet'));
      log.info('the worker processes are quiet: they take no more jobs');
      swarm.quiet();
    },
    // What runs in other processes did not throw it: they end in order when this one is gone.
    abandon: async () => null,
    blame: () => null,
    stop: () => swarm.stop(),
  };
}

/** By the settings that a worker needs: who may use the servers is nothing to it. */
function ordersFor(number: number, redisUrl: string, parts: WorkerParts): Orders {
  const { config } = parts;
  const { worker, api, monitor, health } = config;
  const place = { number, of: worker.processes, parent: process.pid };
  return {
    config: {
      ...config,
      redisUrl,
      worker: { ...worker, processes: 1, maxMemoryMb: null },
      api: { ...api, keys: [] },
      monitor: { ...monitor, users: [] },
      health: { ...health, port: null },
    },
    membership: { place, counts: isAsked(parts), maxMemoryMb: worker.maxMemoryMb },
    isSuspended: isSuspended(config),
  };
}

/** Some that run jobs are enough; how many there are, the metrics tell. */
async function requireReady(swarm: Swarm): Promise<void> {
  const answers = await swarm.ask('readiness', READINESS_LIMIT_MS);
  if (answers.some((answer) => answer === 'ok')) return;
  const said = answers.find((answer) => typeof answer === 'string');
  throw new NotReady(said ?? 'has no process that runs jobs and answers');
}

/** Whether it is what a parent tells a worker process to be; it is of the same version. */
export function areOrders(told: unknown): told is Orders {
  return typeof told === 'object' && told !== null && 'config' in told && 'membership' in told;
}

/** What it is, its processes of the same version say by its form. */
function areMetrics(told: unknown): told is OwnMetrics {
  return Array.isArray(told);
}
