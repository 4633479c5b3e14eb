import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { isCollection, parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { environmentSchema, readCompose } from './support/compose-file.ts';
import { interpolate } from './support/interpolate.ts';
import { type ApiaryProcess, startApiary } from './support/process.ts';
import { type SpecRedis, startRedis } from './support/redis.ts';
import { until } from './support/wait.ts';

const hasWget = spawnSync('wget', ['--version']).status === 0;
const PROCESS_LIMIT_MS = 180_000;
const CHANGE_LIMIT_MS = 60_000;

const ROLES = ['worker', 'api', 'monitor'] as const;
type Role = (typeof ROLES)[number];

const serviceSchema = z.looseObject({
  command: z.union([z.string(), z.array(z.string())]).optional(),
  profiles: z.array(z.string()).default([]),
  environment: environmentSchema.default({}),
  ports: z.array(z.string()).default([]),
  healthcheck: z.looseObject({ test: z.array(z.string()) }),
});
const composeSchema = z.looseObject({ services: z.record(z.string(), serviceSchema) });
const overlaySchema = z.looseObject({
  services: z.record(z.string(), z.looseObject({ environment: environmentSchema.default({}) })),
});

const VERSION = z.object({ version: z.string() }).parse(JSON.parse(read('package.json'))).version;

/** What the caller's environment may say of a role. */
const OF_EACH = ['LOG_LEVEL', 'QUEUE_PREFIX', 'WORKER_HANDLERS', 'JOB_ENCRYPTION_KEYS', 'JOB_ENCRYPT_ALL'];
const OF_ALERTS = ['ALERT_WEBHOOK_URL', 'ALERT_RULES', 'ALERT_QUIET_HOURS'];
const OF_SIGN_IN = [
  ...['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_SCOPE', 'OIDC_ROLE_CLAIM', 'OIDC_ROLES'],
  ...['MONITOR_URL', 'SESSION_IDLE_MINUTES', 'SESSION_HOURS'],
];
const OPTIONAL: Readonly<Record<Role, readonly string[]>> = {
  worker: [
    ...OF_EACH,
    ...['WORKER_QUEUES', 'WORKER_STRICT_PRIORITY', 'WORKER_CONCURRENCY'],
    ...['WORKER_PROCESSES', 'WORKER_MAX_MEMORY_MB'],
    ...['WEBHOOK_SECRET', 'WEBHOOK_ALLOW_PRIVATE'],
    ...OF_ALERTS,
  ],
  api: OF_EACH,
  monitor: [
    ...OF_EACH,
    ...['MONITOR_READ_ONLY', 'MONITOR_SOURCES', 'AUDIT_KEEP', 'AUDIT_KEEP_DAYS'],
    ...OF_ALERTS,
    ...OF_SIGN_IN,
  ],
};

/** The file as Compose reads it where these variables are set. */
function composed(env: Readonly<Record<string, string>> = {}) {
  return composeSchema.parse(readCompose(env));
}

describe('compose.yaml', () => {
  const { services: all, volumes } = composed();
  const services = Object.fromEntries(
    Object.entries(all).filter(([, { profiles }]) => profiles.length === 0),
  );
  const service = (name: string) => serviceSchema.parse(services[name]);

  it('runs Redis and one service for each role, and others only where they are asked for', () => {
    expect(Object.keys(services)).to.have.members(['redis', ...ROLES]);
    for (const role of ROLES) expect(service(role).command).to.deep.equal(['start', `--${role}`]);
  });

  it('keeps the data of Redis in an append-only file on a named volume', () => {
    expect(String(service('redis').command)).to.include('redis-server --appendonly yes');
    expect(service('redis')).to.deep.include({ image: 'redis:7-alpine', volumes: ['redis_data:/data'] });
    expect(volumes).to.have.property('redis_data');
  });

  it('counts a Redis that answers with an error as unhealthy', () => {
    expect(service('redis').healthcheck).to.deep.include({
      test: ['CMD', 'redis-cli', '-e', 'ping'],
      interval: '10s',
      timeout: '5s',
      retries: 5,
    });
  });

  it('publishes every port on loopback alone', () => {
    expect(service('redis').ports).to.deep.equal(['127.0.0.1:6379:6379']);
    expect(service('api').ports).to.deep.equal(['127.0.0.1:8080:8080']);
    expect(service('monitor').ports).to.deep.equal(['127.0.0.1:8081:8081']);
    expect(service('worker').ports).to.be.empty;
  });

  it('publishes on other ports where variables say so', () => {
    const names = ['REDIS', 'API', 'MONITOR', 'PROMETHEUS', 'GRAFANA'];
    const env = Object.fromEntries(names.map((name, at) => [`${name}_PORT`, String(7001 + at)]));
    const published = Object.values(composed(env).services).flatMap(({ ports }) => ports);

    expect(published.map((port) => port.split(':').slice(0, 2).join(':'))).to.have.members(
      names.map((_, at) => `127.0.0.1:${7001 + at}`),
    );
  });

  it('bounds the memory and the logs of every service', () => {
    for (const [name, { mem_limit, logging }] of Object.entries(all)) {
      expect(mem_limit, name).to.match(/^\d+[mg]$/);
      expect(logging, name).to.deep.equal({
        driver: 'local',
        options: { 'max-size': '10m', 'max-file': '5' },
      });
    }
  });

  it('asks everything that it waits for each second while it starts', () => {
    for (const name of ['redis', ...ROLES])
      expect(service(name).healthcheck, name).to.include({ start_interval: '1s' });
  });

  it('runs the roles from one image, which one service builds and none looks for in a registry', () => {
    const builders = Object.keys(services).filter((name) => 'build' in service(name));

    expect(builders).to.deep.equal(['worker']);
    expect(service('worker')['build']).to.deep.include({ context: '..', dockerfile: 'compose/Dockerfile' });
    for (const role of ROLES)
      expect(service(role)).to.include({ image: `apiary:${VERSION}`, pull_policy: 'never' });
  });

  it('runs the roles from an image of yours', () => {
    const mine = composed({ APIARY_IMAGE: 'acme:7' }).services;

    for (const role of ROLES) expect(mine[role]).to.include({ image: 'acme:7' });
  });

  for (const role of ROLES) {
    it(`leaves to the image of the ${role} what is not set`, () => {
      // Named at all, even without a value, it would take away what the image sets by ENV.
      for (const name of OPTIONAL[role]) expect(service(role).environment).to.not.have.property(name);
    });

    it(`hands the ${role} what is set`, () => {
      const env = Object.fromEntries(OPTIONAL[role].map((name) => [name, `of=${name}`]));

      expect(composed(env).services[role]?.environment).to.include(env);
    });
  }

  it('knows a full Redis, which refuses instead of deleting', () => {
    expect(service('redis').environment).to.include({ REDIS_MAXMEMORY: '1gb' });
    expect(String(service('redis').command)).to.include('--maxmemory-policy noeviction');
  });

  it('gives Redis and all who call it the password that is set', () => {
    const { services: with_ } = composed({ REDIS_PASSWORD: 's3cret' });

    expect(with_['redis']?.environment).to.include({ REDIS_PASSWORD: 's3cret', REDISCLI_AUTH: 's3cret' });
    for (const role of ROLES)
      expect(with_[role]?.environment).to.include({ REDIS_URL: 'redis://:s3cret@redis:6379' });
  });

  for (const role of ROLES) {
    it(`gives the ${role} no more rights than it needs`, () => {
      expect(service(role)).to.deep.include({
        init: true,
        read_only: true,
        tmpfs: ['/tmp'],
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    });

    it(`starts the ${role} once Redis is healthy and again when it ends`, () => {
      expect(service(role)).to.deep.include({
        depends_on: { redis: { condition: 'service_healthy' } },
        restart: 'unless-stopped',
      });
    });

    it(`leaves the ${role} longer to stop than its own patience`, () => {
      const { stop_grace_period: grace, environment } = service(role);

      expect(grace).to.match(/^\d+s$/);
      expect(Number.parseInt(String(grace), 10) * 1000).to.be.above(
        Number(environment['SHUTDOWN_TIMEOUT_MS']),
      );
    });

    it(`runs the ${role} in production mode on the Redis beside it`, () => {
      const { environment } = service(role);

      expect(environment).to.include({ NODE_ENV: 'production', REDIS_URL: 'redis://redis:6379' });
    });
  }

  it('says outright that api and monitor ask for no credentials', () => {
    expect(service('api').environment).to.include({ API_HOST: '0.0.0.0', API_AUTH: 'off' });
    expect(service('monitor').environment).to.include({ MONITOR_HOST: '0.0.0.0', MONITOR_AUTH: 'off' });
  });

  it('lets api and monitor be called by the names of their services, and by what is set', () => {
    const more = composed({ ALLOWED_HOSTS: 'jobs.example.com' }).services;

    for (const role of ['api', 'monitor']) {
      expect(service(role).environment).to.include({ ALLOWED_HOSTS: role });
      expect(more[role]?.environment).to.include({ ALLOWED_HOSTS: `${role},jobs.example.com` });
    }
  });

  it('takes secrets from the environment and holds none', () => {
    const secrets = Object.values(services).flatMap(({ environment }) =>
      Object.entries(environment).filter(([name]) => /SECRET$|KEYS$|USERS$|PASSWORD$/.test(name)),
    );

    expect(secrets).to.deep.equal([
      ['REDIS_PASSWORD', ''],
      ['NO_JOB_ENCRYPTION_KEYS', ''],
      ['NO_WEBHOOK_SECRET', ''],
      ['NO_JOB_ENCRYPTION_KEYS', ''],
      ['NO_JOB_ENCRYPTION_KEYS', ''],
      ['NO_OIDC_CLIENT_SECRET', ''],
    ]);
  });

  it('sets only variables that env.local lists', () => {
    const listed = read('env.local');

    for (const role of ROLES) {
      const names = [...Object.keys(service(role).environment), ...OPTIONAL[role]];
      for (const name of names.filter((it) => !it.startsWith('NO_')))
        expect(listed).to.match(new RegExp(`^#? ?${name}=`, 'm'));
    }
  });

  it('asks each role where it is served', () => {
    const ports = { worker: service('worker').environment['HEALTH_PORT'], api: 8080, monitor: 8081 };

    for (const role of ROLES) {
      const [url] = service(role).healthcheck.test.slice(-1);
      expect(url).to.equal(`http://127.0.0.1:${ports[role]}/readyz/${role}`);
    }
  });

  it('has every role serve its health and metrics to the other services, and to nobody else', () => {
    for (const role of ROLES) {
      const { environment, ports } = service(role);

      expect(environment).to.include({ HEALTH_HOST: '0.0.0.0', HEALTH_PORT: '8082' });
      expect(ports.join()).to.not.include('8082');
    }
  });

  describe('its health checks', function () {
    this.timeout(PROCESS_LIMIT_MS);
    let redis: SpecRedis;
    let running: ApiaryProcess | null = null;

    before(function () {
      if (!hasWget) this.skip();
    });

    beforeEach(async () => {
      redis = await startRedis({ appendOnly: false });
    });

    afterEach(async () => {
      await running?.stop();
      running = null;
      await redis.stop();
    });

    async function start(role: Role): Promise<ApiaryProcess> {
      const ports = { API_PORT: '0', MONITOR_PORT: '0', HEALTH_PORT: '0' };
      running = await startApiary([`--${role}`], { ...ports, NODE_ENV: 'test', REDIS_URL: redis.url });
      return running;
    }

    /** Runs the check of a role on the port where that role is served here. */
    async function check(role: Role, process: ApiaryProcess): Promise<number | null> {
      const component = role === 'worker' ? 'health' : role;
      const line = await process.waitForLine(new RegExp(`${component} .*listening`));
      const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? '';
      return runCheck(service(role), port);
    }

    for (const role of ROLES) {
      it(`pass a ${role} that is ready, fail it while its Redis is away, and when it is gone`, async () => {
        const process = await start(role);
        const answers = async (code: number) => (await check(role, process)) === code;

        await until(() => answers(0), `the ${role} is healthy`, CHANGE_LIMIT_MS);
        await redis.kill();
        await until(async () => !(await answers(0)), `the ${role} is unhealthy`, CHANGE_LIMIT_MS);
        await redis.restart();
        await until(() => answers(0), `the ${role} is healthy again`, CHANGE_LIMIT_MS);
        await process.stop();

        expect(await check(role, process)).to.not.equal(0);
      });
    }

    it('fail a worker that is quiet', async () => {
      const process = await start('worker');
      await until(
        async () => (await check('worker', process)) === 0,
        'the worker is healthy',
        CHANGE_LIMIT_MS,
      );

      process.kill('SIGTSTP');
      await process.waitForLine(/worker is quiet/);

      expect(await check('worker', process)).to.not.equal(0);
    });

    it('fail where the role does not run', async () => {
      const process = await start('api');
      const line = await process.waitForLine(/api .*listening/);
      const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? '';
      await until(async () => (await check('api', process)) === 0, 'the api is healthy', CHANGE_LIMIT_MS);

      expect(await runCheck(service('worker'), port)).to.not.equal(0);
    });
  });
});

describe('production.yaml', () => {
  const text = read('compose/production.yaml');
  const options = {
    merge: true,
    customTags: [{ tag: '!reset', collection: 'seq', identify: () => false } as const],
  };
  const SET = { API_KEYS: 'a:b', MONITOR_USERS: 'c:d:viewer', REDIS_PASSWORD: 's3cret' };
  const laidOver = (env: Readonly<Record<string, string>>) =>
    overlaySchema.parse(parse(interpolate(text, env), options)).services;
  const services = laidOver(SET);

  it('lays itself over services that compose.yaml has', () => {
    expect(services).to.have.all.keys(...Object.keys(composed().services));
  });

  for (const name of ['API_KEYS', 'MONITOR_USERS', 'REDIS_PASSWORD']) {
    it(`demands ${name}`, () => {
      const { [name]: _, ...others } = { ...SET } as Record<string, string>;

      expect(() => laidOver(others)).to.throw(`${name} is missing a value: must be`);
    });
  }

  it('asks for the keys and users', () => {
    expect(services['api']?.environment).to.include({ API_AUTH: 'on', API_KEYS: 'a:b' });
    expect(services['monitor']?.environment).to.include({ MONITOR_AUTH: 'on', MONITOR_USERS: 'c:d:viewer' });
  });

  it('publishes no port of Redis and none that compose.yaml does not', () => {
    const redisPorts = parseDocument(text, options).getIn(['services', 'redis', 'ports'], true);

    expect(isCollection(redisPorts) && redisPorts.tag).to.equal('!reset');
    expect(services['redis']?.['ports']).to.deep.equal([]);
    for (const role of ROLES) expect(services[role]).not.to.have.property('ports');
  });

  it('has every role use the password of Redis, or a Redis of elsewhere, which needs none here', () => {
    const { REDIS_PASSWORD: _, ...others } = SET;
    const elsewhere = laidOver({ ...others, REDIS_URL: 'rediss://u:p@elsewhere:1' });

    for (const role of ROLES) {
      expect(services[role]?.environment).to.include({ REDIS_URL: 'redis://:s3cret@redis:6379' });
      expect(elsewhere[role]?.environment).to.include({ REDIS_URL: 'rediss://u:p@elsewhere:1' });
    }
  });
});

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

/** Runs a health check as the container does, but on another port; resolves to its exit code. */
async function runCheck(
  { healthcheck }: z.infer<typeof serviceSchema>,
  port: string,
): Promise<number | null> {
  const [form, program, ...args] = healthcheck.test;
  expect([form, program]).to.deep.equal(['CMD', 'wget']);
  const adapted = args.map((arg) => arg.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
  // Tried once, as the one of busybox does.
  const child = spawn('wget', ['--tries=1', ...adapted], {
    env: { PATH: process.env['PATH'] },
    stdio: 'ignore',
  });
  await once(child, 'exit');
  return child.exitCode;
}
