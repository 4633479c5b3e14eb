import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect } from 'chai';
import { CONFIG_VARIABLES, type Config, loadConfig } from '../lib/config.ts';
import { requireSafeExposure } from '../lib/config-exposure.ts';
import { refusal } from './support/refusal.ts';

const HASH = `scrypt$32768$8$1$${'c2FsdHNhbHRzYWx0c2E'}$${'a'.repeat(43)}`;
const PRODUCTION = { NODE_ENV: 'production', REDIS_URL: 'redis://redis:6379' };

/** Loads without env.local, whatever somebody has written there. */
const load = (variables: NodeJS.ProcessEnv): Config => loadConfig({ NODE_ENV: 'test', ...variables });

describe('loadConfig', () => {
  it('has the defaults of the documentation where nothing is set', () => {
    expect(load({})).to.eql({
      env: 'test',
      redisUrl: null,
      redisServerBin: null,
      redisReserve: 5,
      log: { level: 'debug', format: 'text' },
      queuePrefix: 'bq',
      appVersion: null,
      outboxUrl: null,
      worker: {
        queues: [
          { name: 'default', weight: 1 },
          { name: 'webhooks', weight: 1 },
        ],
        strictPriority: false,
        concurrency: 10,
        processes: 1,
        maxMemoryMb: null,
        handlersPath: null,
      },
      shutdownTimeoutMs: 25_000,
      allowedHosts: [],
      api: { host: '127.0.0.1', port: 8080, auth: true, keys: [], rates: [], durabilities: [] },
      monitor: { host: '127.0.0.1', port: 8081, auth: true, users: [], readOnly: false, sources: [] },
      signIn: {
        ...{ issuer: null, clientId: null, clientSecret: null, monitorUrl: null },
        ...{ scope: 'openid profile email', roleClaim: 'groups', roles: [], idleMinutes: 60, hours: 12 },
      },
      audit: { keep: 10_000, keepDays: null },
      health: { host: '127.0.0.1', port: null },
      webhook: { secret: null, allowPrivate: false },
      alerts: { webhookUrl: null, rules: [], quietHours: null },
      encryption: { keys: null, all: false },
    });
  });

  it('shows a secret nowhere in the error', () => {
    const error = refusal(() =>
      load({
        API_KEYS: 'hunter2',
        WEBHOOK_SECRET: 'hunter2',
        REDIS_URL: 'redis://:hunter2@h/x',
        MONITOR_USERS: 'a:hunter2',
        MONITOR_SOURCES: 'eu=redis://:hunter2@h/x',
        JOB_ENCRYPTION_KEYS: 'k1:hunter2',
      }),
    );

    expect(`${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.to.contain('hunter2');
  });

  it('does not keep the secret of an API key', () => {
    expect(JSON.stringify(load({ API_KEYS: 'shop:hunter2' }))).not.to.contain('hunter2');
  });

  it('names the first of several in full and the others by name', () => {
    const error = refusal(() => load({ API_PORT: 'x', LOG_LEVEL: 'loud', WEBHOOK_ALLOW_PRIVATE: 'maybe' }));

    expect(error.message).to.equal(
      'LOG_LEVEL is "loud"; allowed: trace, debug, info, warn, error, fatal (and 2 more: API_PORT, WEBHOOK_ALLOW_PRIVATE)',
    );
    expect(error.problems.map(({ path }) => path)).to.eql(['LOG_LEVEL', 'API_PORT', 'WEBHOOK_ALLOW_PRIVATE']);
  });

  it('refuses an unknown NODE_ENV', () => {
    const error = refusal(() => loadConfig({ NODE_ENV: 'staging' }));

    expect(error.message).to.equal('NODE_ENV is "staging"; allowed: development, test, production');
  });

  it('freezes the configuration all through', () => {
    const config = load({ API_KEYS: 'shop:hunter2' });

    for (const part of [
      config,
      config.log,
      config.worker.queues,
      config.worker.queues[0],
      config.api.keys[0],
    ])
      expect(part).to.be.frozen;
  });

  it('gives each call a configuration of its own', () => {
    load({ WORKER_QUEUES: 'mail=3', API_PORT: '1' });

    expect(load({}).worker.queues.map(({ name }) => name)).to.eql(['default', 'webhooks']);
  });

  describe('in production', () => {
    it('logs json from info up', () => {
      expect(loadConfig(PRODUCTION).log).to.eql({ level: 'info', format: 'json' });
    });

    it('logs json whatever is set, and the level that is set', () => {
      const config = loadConfig({ ...PRODUCTION, LOG_FORMAT: 'text', LOG_LEVEL: 'warn' });

      expect(config.log).to.eql({ level: 'warn', format: 'json' });
    });

    it('refuses a malformed LOG_FORMAT all the same', () => {
      expect(refusal(() => loadConfig({ ...PRODUCTION, LOG_FORMAT: 'xml' })).message).to.match(
        /^LOG_FORMAT is "xml"/,
      );
    });

    for (const REDIS_URL of [undefined, '']) {
      it(`refuses to go without REDIS_URL (${JSON.stringify(REDIS_URL)})`, () => {
        const error = refusal(() => loadConfig({ NODE_ENV: 'production', REDIS_URL }));

        expect(error.code).to.equal('CONFIG_INVALID');
        expect(error.message).to.equal('REDIS_URL is not set; it is required in production');
      });
    }

    it('does not read env.local', () => {
      expect(loadConfig(PRODUCTION).webhook.allowPrivate).to.equal(false);
    });
  });
});

describe('env.local', () => {
  const file = readFileSync(new URL('../env.local', import.meta.url), 'utf8');

  it('lists the variables of the schema, each once and in its order', () => {
    const names = [...file.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name);

    expect(names).to.eql(CONFIG_VARIABLES);
  });

  it('has a comment above each variable', () => {
    const lines = file.split('\n');
    const bare = lines.filter(
      (line, i) => /^(# )?[A-Z_]+=/.test(line) && !/^# .*\.$/.test(lines[i - 1] ?? ''),
    );

    expect(bare).to.eql([]);
  });

  for (const NODE_ENV of ['development', '', undefined]) {
    it(`is read when NODE_ENV is ${JSON.stringify(NODE_ENV)}`, () => {
      const config = loadConfig({ NODE_ENV });

      expect(config.env).to.equal('development');
      expect(String(config.webhook.allowPrivate)).to.equal(parseEnv(file)['WEBHOOK_ALLOW_PRIVATE']);
    });
  }

  it('is not read in test', () => {
    expect(load({}).webhook.allowPrivate).to.equal(false);
  });

  it('leaves the last word to the real environment', () => {
    expect(loadConfig({ WEBHOOK_ALLOW_PRIVATE: 'false' }).webhook.allowPrivate).to.equal(false);
  });

  it('is not overruled by an empty variable', () => {
    expect(loadConfig({ WEBHOOK_ALLOW_PRIVATE: '' }).webhook.allowPrivate).to.equal(true);
  });
});

describe('requireSafeExposure', () => {
  const ALL = ['worker', 'monitor', 'api'] as const;

  for (const host of ['127.0.0.1', '127.8.9.10', '::1', '0:0:0:0:0:0:0:1', 'localhost']) {
    it(`asks for nothing on ${host}`, () => {
      expect(() => requireSafeExposure(load({ API_HOST: host, MONITOR_HOST: host }), ALL)).not.to.throw();
    });
  }

  for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'localhost.example.com']) {
    it(`refuses ${host} without keys`, () => {
      const error = refusal(() => requireSafeExposure(load({ API_HOST: host }), ALL));

      expect(error.code).to.equal('CONFIG_INVALID');
      expect(error.message)
        .to.match(/^API_HOST is .* API_KEYS set, or API_AUTH=off$/)
        .and.contain(host);
    });

    it(`refuses ${host} without users`, () => {
      const error = refusal(() => requireSafeExposure(load({ MONITOR_HOST: host }), ALL));

      expect(error.message)
        .to.match(/^MONITOR_HOST is .* MONITOR_USERS set, or MONITOR_AUTH=off$/)
        .and.contain(host);
    });
  }

  it('names both in one line', () => {
    const error = refusal(() => requireSafeExposure(load({ API_HOST: '::', MONITOR_HOST: '::' }), ALL));

    expect(error.message).to.match(/^API_HOST is .* \(and 1 more: MONITOR_HOST\)$/);
  });

  it('looks only at the roles to be run', () => {
    const config = load({ API_HOST: '::' });

    expect(() => requireSafeExposure(config, ['worker', 'monitor'])).not.to.throw();
  });

  it('is content with keys and users', () => {
    const config = load({
      API_HOST: '::',
      API_KEYS: 'a:b',
      MONITOR_HOST: '::',
      MONITOR_USERS: `a:${HASH}:viewer`,
    });

    expect(() => requireSafeExposure(config, ALL)).not.to.throw();
  });

  it('does not take the keys of the API for users of the monitor', () => {
    const config = load({ MONITOR_HOST: '::', API_KEYS: 'a:b' });

    expect(refusal(() => requireSafeExposure(config, ALL)).message).to.match(/^MONITOR_HOST/);
  });

  it('is content when auth is said to be off', () => {
    const config = load({ API_HOST: '::', API_AUTH: 'off', MONITOR_HOST: '::', MONITOR_AUTH: 'off' });

    expect(() => requireSafeExposure(config, ALL)).not.to.throw();
  });
});
