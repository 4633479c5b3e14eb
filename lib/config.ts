import convict from 'convict';
import { ALERTS_SCHEMA } from './config-alerts.ts';
import { ENCRYPTION_SCHEMA } from './config-encryption.ts';
import { addConfigFormats } from './config-formats.ts';
import { freeze } from './config-freeze.ts';
import { findProblems, listSettings, rejectSettings, type Setting } from './config-problems.ts';
import { findUnfitForProduction } from './config-production.ts';
import type { Config } from './config-shape.ts';
import { SIGN_IN_SCHEMA } from './config-sign-in.ts';
import { fileVariableOf, readVariables } from './config-variables.ts';
import { LOG_LEVELS } from './logger.ts';

export type { Config, Role } from './config-shape.ts';

addConfigFormats();

/** What every setting is. Defaults are parsed values: convict coerces only what comes from the environment. */
export const SCHEMA: convict.Schema<Config> = {
  env: {
    doc: 'What the process is for; decides some defaults.',
    format: ['development', 'test', 'production'],
    default: 'development',
    env: 'NODE_ENV',
  },
  redisUrl: {
    doc: 'The Redis to use. Without one, development starts the embedded Redis and production does not start.',
    format: 'redis-url',
    default: null,
    nullable: true,
    env: 'REDIS_URL',
    sensitive: true,
  },
  redisServerBin: {
    doc: 'The redis-server or valkey-server program of the embedded Redis; found on PATH when not set.',
    format: 'file-path',
    default: null,
    nullable: true,
    env: 'REDIS_SERVER_BIN',
  },
  redisReserve: {
    doc: 'The part of its maxmemory, in percent, that adds leave free in Redis; 0 for none.',
    format: 'percent-reserve',
    default: 5,
    env: 'REDIS_RESERVE',
  },
  log: {
    level: {
      doc: 'The least level that is logged; in production info unless set.',
      format: [...LOG_LEVELS],
      default: 'debug',
      env: 'LOG_LEVEL',
    },
    format: {
      doc: 'Lines to read, or lines of JSON; production is always json.',
      format: ['text', 'json'],
      default: 'text',
      env: 'LOG_FORMAT',
    },
  },
  queuePrefix: {
    doc: "What every key in Redis begins with; the default is bee-queue's own.",
    format: 'key-prefix',
    default: 'bq',
    env: 'QUEUE_PREFIX',
  },
  appVersion: {
    doc: 'The version of the program whose handlers a worker runs, by which it is counted how jobs end.',
    format: 'version-name',
    default: null,
    nullable: true,
    env: 'APP_VERSION',
  },
  outboxUrl: {
    doc: 'The PostgreSQL whose outbox the role relay brings to Redis.',
    format: 'postgres-url',
    default: null,
    nullable: true,
    env: 'OUTBOX_URL',
    sensitive: true,
  },
  worker: {
    queues: {
      doc: 'The queues to serve, each with its share of the slots.',
      format: 'queue-weights',
      default: [
        { name: 'default', weight: 1 },
        { name: 'webhooks', weight: 1 },
      ],
      env: 'WORKER_QUEUES',
    },
    strictPriority: {
      doc: 'Serve the queues strictly in the order of the list instead of by weight.',
      format: 'true-false',
      default: false,
      env: 'WORKER_STRICT_PRIORITY',
    },
    concurrency: {
      doc: 'Jobs in flight per worker process.',
      format: 'concurrency',
      default: 10,
      env: 'WORKER_CONCURRENCY',
    },
    processes: {
      doc: 'How many processes run jobs, each with the slots of WORKER_CONCURRENCY; auto is one for each core.',
      format: 'processes',
      default: 1,
      env: 'WORKER_PROCESSES',
    },
    maxMemoryMb: {
      doc: 'The resident memory, in MiB, from which on a worker process is replaced by a new one.',
      format: 'memory-mb',
      default: null,
      nullable: true,
      env: 'WORKER_MAX_MEMORY_MB',
    },
    handlersPath: {
      doc: 'A file or folder of handler modules to load.',
      format: 'file-path',
      default: null,
      nullable: true,
      env: 'WORKER_HANDLERS',
    },
  },
  shutdownTimeoutMs: {
    doc: 'How long a stop waits for running jobs, in milliseconds, before it gives them back untouched.',
    format: 'timer-ms',
    default: 25_000,
    env: 'SHUTDOWN_TIMEOUT_MS',
  },
  allowedHosts: {
    doc: 'The names by which API and monitor are reached, beside localhost, IP addresses and the hosts they listen on.',
    format: 'host-names',
    default: [],
    env: 'ALLOWED_HOSTS',
  },
  api: {
    host: {
      doc: 'Where the API listens; other than on loopback it needs API_KEYS or API_AUTH=off.',
      format: 'host',
      default: '127.0.0.1',
      env: 'API_HOST',
    },
    port: {
      doc: 'The port of the API; 0 takes a free one.',
      format: 'tcp-port',
      default: 8080,
      env: 'API_PORT',
    },
    auth: {
      doc: 'off asks nobody for a key, whatever the host.',
      format: 'on-off',
      default: true,
      env: 'API_AUTH',
    },
    keys: {
      doc: 'Who may use the API, as name:secret:scopes:queues; only digests are kept.',
      format: 'api-keys',
      default: [],
      env: 'API_KEYS',
      sensitive: true,
    },
    rates: {
      doc: 'How many calls a second each key may make, each job of a batch for one.',
      format: 'key-rates',
      default: [],
      env: 'API_RATE',
    },
    durabilities: {
      doc: 'How many replicas must have what a key adds, and for how many milliseconds they are waited for.',
      format: 'key-durabilities',
      default: [],
      env: 'API_DURABILITY',
    },
  },
  monitor: {
    host: {
      doc: 'Where the monitor listens; other than on loopback it needs MONITOR_USERS or MONITOR_AUTH=off.',
      format: 'host',
      default: '127.0.0.1',
      env: 'MONITOR_HOST',
    },
    port: {
      doc: 'The port of Arena, health and metrics; 0 takes a free one.',
      format: 'tcp-port',
      default: 8081,
      env: 'MONITOR_PORT',
    },
    auth: {
      doc: 'off asks nobody for a password, whatever the host.',
      format: 'on-off',
      default: true,
      env: 'MONITOR_AUTH',
    },
    users: {
      doc: 'Who may use the monitor, as name:password-hash:role:queues.',
      format: 'monitor-users',
      default: [],
      env: 'MONITOR_USERS',
      sensitive: true,
    },
    readOnly: {
      doc: 'Let nobody change anything through the monitor, whoever they are.',
      format: 'true-false',
      default: false,
      env: 'MONITOR_READ_ONLY',
    },
    sources: {
      doc: 'Further Redis servers that the monitor shows, as name=url or name:read-only=url.',
      format: 'monitor-sources',
      default: [],
      env: 'MONITOR_SOURCES',
      sensitive: true,
    },
  },
  signIn: SIGN_IN_SCHEMA,
  audit: {
    keep: {
      doc: 'About how many changes the audit keeps; older ones make way.',
      format: 'audit-count',
      default: 10_000,
      env: 'AUDIT_KEEP',
    },
    keepDays: {
      doc: 'For how many days it keeps them; without it however long.',
      format: 'audit-days',
      default: null,
      nullable: true,
      env: 'AUDIT_KEEP_DAYS',
    },
  },
  health: {
    host: {
      doc: 'Where health and metrics are served beside the roles; nobody is asked for a password there.',
      format: 'host',
      default: '127.0.0.1',
      env: 'HEALTH_HOST',
    },
    port: {
      doc: 'The port of that; 0 takes a free one, and without one nothing is served.',
      format: 'tcp-port',
      default: null,
      nullable: true,
      env: 'HEALTH_PORT',
    },
  },
  webhook: {
    secret: {
      doc: 'The key that signs webhooks.',
      format: 'signing-key',
      default: null,
      nullable: true,
      env: 'WEBHOOK_SECRET',
      sensitive: true,
    },
    allowPrivate: {
      doc: 'Send webhooks to private, loopback and link-local addresses too.',
      format: 'true-false',
      default: false,
      env: 'WEBHOOK_ALLOW_PRIVATE',
    },
  },
  alerts: ALERTS_SCHEMA,
  encryption: ENCRYPTION_SCHEMA,
};

/** The settings one by one, in the order of the schema. */
export const SETTINGS: readonly Setting[] = listSettings(SCHEMA);

/** The environment variables that Apiary reads, in the order of the schema, each secret's file behind it. */
export const CONFIG_VARIABLES: readonly string[] = SETTINGS.flatMap((setting) => {
  const file = fileVariableOf(setting);
  return file === null ? [setting.env] : [setting.env, file];
});

/**
 * Reads the settings from environment variables, as {@link readVariables} says. Throws CONFIG_INVALID in one line that
 * names each wrong variable and, for the first, what came and what is allowed.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const read = readVariables(env, SETTINGS);
  const { variables } = read;
  const isProduction = variables.NODE_ENV === 'production';
  const settings = convict<Config>(SCHEMA, { env: variables });
  // What is loaded lies between the defaults and the environment.
  if (isProduction) settings.load({ log: { level: 'info' } });
  const problems = [...read.problems, ...findProblems(settings, SETTINGS, read)];
  const config = settings.getProperties();
  if (isProduction) problems.push(...findUnfitForProduction(config, { ...read, problems }));
  rejectSettings(problems);
  return freeze(isProduction ? { ...config, log: { ...config.log, format: 'json' } } : config);
}

/** How to log while the settings are not known, or turned out to be wrong: what production says is always json. */
export function logWithoutConfig(env: NodeJS.ProcessEnv = process.env): Config['log'] {
  return { level: 'info', format: env['NODE_ENV'] === 'production' ? 'json' : 'text' };
}
