import { systemClock } from './clock.ts';
import type { Role } from './config.ts';
import type { Inspector } from './inspector/inspector.ts';
import type { Producer } from './jobs/producer.ts';
import type { Logger } from './logger.ts';
import type { RedisClient } from './redis/connect.ts';
import { toUnavailable } from './redis/unavailable.ts';
import { type Checks, createHealth, type Health, NotReady } from './server/health/health.ts';
import type { Metrics } from './server/metrics/metrics.ts';
import type { WatchedRedis } from './server/metrics/redis-wrong.ts';
import { RedisWatch } from './watch-redis.ts';

/** What is looked at, and who is told of it. */
export interface ServiceHealthDeps {
  roles: readonly Role[];
  log: Logger;
  requests: RedisClient;
  inspector: Inspector;
  producer: Producer;
  metrics: Metrics;
}

/** What a process knows of whether it can do its work. */
export interface ServiceHealth {
  health: Health;
  /** What every role needs to be ready. */
  checks: Checks;
  /** What each role that runs here needs besides; it is not ready before it has said so. */
  roleChecks: Checks;
}

/** Watches Redis for the roles of a process, and answers whether these can do their work. */
export function buildHealth(deps: ServiceHealthDeps): ServiceHealth {
  const { roles, log, requests: client, inspector, producer, metrics } = deps;
  const requireRights = (): Promise<void> => inspector.requireRights();
  const watch = new RedisWatch({
    ...{ client, requireRights, clock: systemClock },
    log: log.child({ component: 'redis' }),
  });
  metrics.watchRedis(watchedBy(watch, producer));
  const isServed = async (): Promise<void> => {
    await inspector.ping();
    await watch.requireRights();
  };
  const checks: Checks = {
    redis: () => isServed().catch((error: unknown) => Promise.reject(toUnavailable(error) ?? error)),
  };
  const roleChecks: Checks = Object.fromEntries(roles.map((role) => [role, isStarting]));
  const warnings = (): readonly string[] => watch.faults;
  const health = createHealth({
    ...{ checks, warnings, roles: roleChecks },
    log: log.child({ component: 'health' }),
  });
  return { checks, roleChecks, health };
}

function watchedBy(watch: RedisWatch, producer: Producer): WatchedRedis {
  return {
    get wrongs() {
      return watch.wrongs;
    },
    get isFull() {
      return producer.isRedisFull;
    },
  };
}

function isStarting(): never {
  throw new NotReady('is starting');
}
