import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { BulkRunner } from './inspector/bulk-runner.ts';
import type { Inspector } from './inspector/inspector.ts';
import { MonitorSessions } from './inspector/monitor-sessions.ts';
import type { JobDefinition } from './jobs/define.ts';
import type { Producer } from './jobs/producer.ts';
import type { Logger } from './logger.ts';
import { isReady, type RedisClient } from './redis/connect.ts';
import type { ApiDeps } from './server/api/api.ts';
import type { ApiKey } from './server/api/bearer.ts';
import { durabilityOfKeys } from './server/api/key-durability.ts';
import { type Checks, type Health, NotReady } from './server/health/health.ts';
import { type Listener, type ListenOptions, listen } from './server/listen.ts';
import type { Metrics } from './server/metrics/metrics.ts';
import { type MonitorUser, requirePasswordHashes } from './server/monitor/password-check.ts';
import { CALLBACK_ADDRESS, type SignInDeps } from './server/sign-in/sign-in.ts';
import type { OutboxWatch } from './start-relay.ts';
import { openSources } from './start-sources.ts';

/** Whom the servers let in: by the keys of the API, and the users of the monitor. */
export interface Credentials {
  keys: readonly ApiKey[];
  users: readonly MonitorUser[];
}

/** What the servers of a process are built from. */
export interface ServerParts {
  config: Config;
  log: Logger;
  requests: RedisClient;
  inspector: Inspector;
  /** Shows nothing of what is private of encrypted jobs. */
  closedInspector: Inspector;
  producer: Producer;
  metrics: Metrics;
  definitions: ReadonlyMap<string, JobDefinition>;
  health: Health;
  /** Whom the servers let in; they go by what it is at each request. */
  credentials: CurrentCredentials;
  /** What the roles that run here need; each server tells there whether it listens. */
  roleChecks: Checks;
  /** The outbox of the settings; null where there is none. */
  outbox: OutboxWatch | null;
}

/** Those by which the servers go at a moment. */
export class CurrentCredentials implements Credentials {
  readonly #onReplaced: (() => void)[] = [];
  #current: Credentials;

  constructor(first: Credentials) {
    this.#current = first;
  }

  get keys(): readonly ApiKey[] {
    return this.#current.keys;
  }

  get users(): readonly MonitorUser[] {
    return this.#current.users;
  }

  /** Has a function called whenever they have become others. */
  onReplaced(changed: () => void): void {
    this.#onReplaced.push(changed);
  }

  /**
   * Has the servers go by others from now on. Throws CONFIG_INVALID, and changes nothing, when a user's hash is none.
   */
  replace({ keys, users }: Credentials): void {
    requirePasswordHashes(users);
    this.#current = { keys, users };
    for (const changed of this.#onReplaced) changed();
  }
}

const NOBODY: readonly MonitorUser[] = [];

/** Serves the producers' HTTP API; throws as {@link listen}. */
export async function startApi(parts: ServerParts): Promise<Listener> {
  const { config, producer, roleChecks } = parts;
  const { host, port, durabilities } = config.api;
  const log = parts.log.child({ component: 'api' });
  const closing = new AbortController();
  // Each server brings packages of its own, which a process without it need not load.
  const { createApi } = await import('./server/api/api.ts');
  // In a cluster none can be had: the start says so, not each add.
  for (const { name, durability } of durabilities) producer.as(name, { durability });
  const handler = createApi(apiDeps({ ...parts, log }, closing.signal));
  const listener = await serve(log, { handler, role: 'api', host, port, variable: 'API_PORT', closing });
  roleChecks['api'] = listening(listener);
  return listener;
}

function apiDeps(parts: ServerParts, closing: AbortSignal): ApiDeps {
  const { config, log, credentials, producer, inspector, definitions, health, requests, metrics } = parts;
  const { host, auth, rates, durabilities } = config.api;
  return {
    ...{ producer, inspector, definitions, health, log, closing },
    closedInspector: parts.closedInspector,
    get keys() {
      return auth ? credentials.keys : [];
    },
    rates: auth ? rates : [],
    durabilityOf: durabilityOfKeys(auth ? durabilities : []),
    allowedHosts: [host, ...config.allowedHosts],
    isRedisReady: () => isReady(requests),
    countKeyFailure: metrics.keyFailed,
    onKeysReplaced: (changed) => credentials.onReplaced(changed),
    slots: config.worker.concurrency,
  };
}

/** Serves the monitor, and works on the runs that are asked for there; throws as {@link listen}. */
export async function startMonitor(parts: ServerParts): Promise<Pick<Listener, 'close'>> {
  const { config, credentials, inspector, producer, definitions, metrics, health, roleChecks } = parts;
  const { host, port, auth, readOnly } = config.monitor;
  const log = parts.log.child({ component: 'monitor' });
  const closing = new AbortController();
  const { createMonitor } = await import('./server/monitor/monitor.ts');
  const { keepAudit } = await import('./server/monitor/audit-keeper.ts');
  const { watchCases } = await import('./server/monitor/case-watch.ts');
  const others = openSources(config, log);
  const handler = createMonitor({
    inspector,
    closedInspector: parts.closedInspector,
    producer,
    definitions,
    metrics,
    health,
    get users() {
      return auth ? credentials.users : NOBODY;
    },
    ...{ readOnly, sources: others.sources },
    allowedHosts: [host, ...config.allowedHosts],
    ...{ log, outbox: parts.outbox?.depth ?? null, closing: closing.signal },
    signIn: auth ? signInDeps(parts) : null,
  });
  const listener = await serve(log, {
    handler,
    role: 'monitor',
    host,
    port,
    variable: 'MONITOR_PORT',
    closing,
  });
  const { keep: count, keepDays: days } = config.audit;
  const duties = [keepAudit({ inspector, keep: { count, days }, log, clock: systemClock })];
  if (!readOnly) duties.push(watchCases({ inspector, log, clock: systemClock }));
  const end = (): void => void Promise.all(duties.map((duty) => duty.stop()));
  closing.signal.addEventListener('abort', end, { once: true });
  roleChecks['monitor'] = listening(listener);
  // One through which nobody may change anything does not go on with what others began.
  const runner = readOnly ? null : new BulkRunner({ inspector, log });
  return {
    close: async () => {
      await Promise.all([listener.close(), runner?.stop()]);
      await others.close();
    },
  };
}

const MINUTE_MS = 60_000;

/** How people sign in by a provider; null where the settings name none. */
function signInDeps({ config, requests: client }: ServerParts): SignInDeps | null {
  const { issuer, clientId, clientSecret, monitorUrl, ...signIn } = config.signIn;
  if (issuer === null || clientId === null || clientSecret === null || monitorUrl === null) return null;
  const settings = {
    ...signIn,
    ...{ issuer, clientId, clientSecret },
    redirectUrl: `${monitorUrl}${CALLBACK_ADDRESS}`,
    idleMs: signIn.idleMinutes * MINUTE_MS,
    longestMs: signIn.hours * 60 * MINUTE_MS,
  };
  const sessions = new MonitorSessions({ client, prefix: config.queuePrefix });
  return { settings, sessions, clock: systemClock };
}

/**
 * Serves health and metrics alone, for processes of whatever role; null where no port is set. Throws as
 * {@link listen}.
 */
export async function startHealth({
  config,
  health,
  metrics,
  ...parts
}: ServerParts): Promise<Listener | null> {
  const { host, port } = config.health;
  if (port === null) return null;
  const log = parts.log.child({ component: 'health' });
  const { createHealthServer } = await import('./server/health/health-server.ts');
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
