import type { Config } from './config.ts';
import type { Inspector } from './inspector/inspector.ts';
import type { JobDefinition } from './jobs/define.ts';
import type { Producer } from './jobs/producer.ts';
import type { Logger } from './logger.ts';
import { isReady, type RedisClient } from './redis/connect.ts';
import { createApi } from './server/api/api.ts';
import type { ApiKey } from './server/api/bearer.ts';
import { type Checks, type Health, NotReady } from './server/health/health.ts';
import { createHealthServer } from './server/health/health-server.ts';
import { type Listener, type ListenOptions, listen } from './server/listen.ts';
import type { Metrics } from './server/metrics/metrics.ts';
import { createMonitor } from './server/monitor/monitor.ts';

/** What the servers of a process are built from. */
export interface ServerParts {
  config: Config;
  log: Logger;
  requests: RedisClient;
  inspector: Inspector;
  producer: Producer;
  metrics: Metrics;
  definitions: ReadonlyMap<string, JobDefinition>;
  health: Health;
  /** The keys that the API asks for; they may be changed while it runs. */
  apiKeys: { current: readonly ApiKey[] };
  /** What the roles that run here need; each server tells there whether it listens. */
  roleChecks: Checks;
}

/** Serves the producers' HTTP API; throws as {@link listen}. */
export async function startApi(parts: ServerParts): Promise<Listener> {
  const { config, apiKeys, producer, inspector, definitions, health, requests, metrics, roleChecks } = parts;
  const { host, port, auth } = config.api;
  const log = parts.log.child({ component: 'api' });
  const closing = new AbortController();
  const handler = createApi({
    producer,
    inspector,
    definitions,
    health,
    get keys() {
      return auth ? apiKeys.current : [];
    },
    allowedHosts: [host, ...config.allowedHosts],
    log,
    isRedisReady: () => isReady(requests),
    countKeyFailure: metrics.keyFailed,
    closing: closing.signal,
  });
  const listener = await serve(log, { handler, role: 'api', host, port, variable: 'API_PORT', closing });
  roleChecks['api'] = listening(listener);
  return listener;
}

/** Serves the monitor; throws as {@link listen}. */
export async function startMonitor(parts: ServerParts): Promise<Listener> {
  const { config, inspector, producer, definitions, metrics, health, roleChecks } = parts;
  const { host, port, auth, users, readOnly } = config.monitor;
  const log = parts.log.child({ component: 'monitor' });
  const handler = createMonitor({
    inspector,
    producer,
    definitions,
    metrics,
    health,
    users: auth ? users : [],
    readOnly,
    allowedHosts: [host, ...config.allowedHosts],
    log,
  });
  const listener = await serve(log, { handler, role: 'monitor', host, port, variable: 'MONITOR_PORT' });
  roleChecks['monitor'] = listening(listener);
  return listener;
}

/** Serves health and metrics alone, for processes of whatever role; null where no port is set. Throws as {@link listen}. */
export async function startHealth({
  config,
  health,
  metrics,
  ...parts
}: ServerParts): Promise<Listener | null> {
  const { host, port } = config.health;
  if (port === null) return null;
  const log = parts.log.child({ component: 'health' });
  const handler = createHealthServer({ health, metrics, log });
  return serve(log, { handler, role: 'health', host, port, variable: 'HEALTH_PORT' });
}

async function serve(log: Logger, options: ListenOptions): Promise<Listener> {
  const listener = await listen(options);
  const host = listener.host.includes(':') ? `[${listener.host}]` : listener.host;
  log.info('listening', { url: `http://${host}:${listener.port}` });
  return listener;
}

function listening(listener: Listener): () => void {
  return () => {
    if (!listener.isListening) throw new NotReady('does not listen');
  };
}
