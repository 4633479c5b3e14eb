import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { isCollection, parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { type ApiaryProcess, startApiary } from './support/process.ts';
import { type SpecRedis, startRedis } from './support/redis.ts';
import { until } from './support/wait.ts';

const PROCESS_LIMIT_MS = 90_000;
const CHANGE_LIMIT_MS = 20_000;

const ROLES = ['worker', 'api', 'monitor'] as const;
type Role = (typeof ROLES)[number];

const environmentSchema = z.record(z.string(), z.string().nullable());
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

describe('compose.yaml', () => {
  const { services: all, volumes } = composeSchema.parse(
    parse(read('compose/compose.yaml'), { merge: true }),
  );
  const services = Object.fromEntries(
    Object.entries(all).filter(([, { profiles }]) => profiles.length === 0),
  );
  const service = (name: string) => serviceSchema.parse(services[name]);

  it('runs Redis and one service for each role, and others only where they are asked for', () => {
    expect(Object.keys(services)).to.have.members(['redis', ...ROLES]);
    for (const role of ROLES) expect(service(role).command).to.deep.equal(['start', `--${role}`]);
  });

  it('keeps the data of Redis in an append-only file on a named volume', () => {
    expect(service('redis').command).to.equal('redis-server --appendonly yes');
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

  it('runs the roles from one image, which one service builds and none looks for in a registry', () => {
    const builders = Object.keys(services).filter((name) => 'build' in service(name));

    expect(builders).to.deep.equal(['worker']);
    expect(service('worker')['build']).to.deep.equal({ context: '..', dockerfile: 'compose/Dockerfile' });
    for (const role of ROLES) expect(service(role)).to.include({ image: 'apiary', pull_policy: 'never' });
  });

  for (const role of ROLES) {
    it(`gives the ${role} no more rights than it needs`, () => {
      expect(service(role)).to.deep.include({
        user: 'node',
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
      expect(environment['LOG_LEVEL']).to.equal(`\${LOG_LEVEL:-info}`);
    });
  }

  it('says outright that api and monitor ask for no credentials', () => {
    expect(service('api').environment).to.include({ API_HOST: '0.0.0.0', API_AUTH: 'off' });
    expect(service('monitor').environment).to.include({ MONITOR_HOST: '0.0.0.0', MONITOR_AUTH: 'off' });
  });

  it('lets api and monitor be called by the names of their services, and by what is set', () => {
    const more = `\${ALLOWED_HOSTS:+,}\${ALLOWED_HOSTS:-}`;

    for (const role of ['api', 'monitor'])
      expect(service(role).environment['ALLOWED_HOSTS']).to.equal(role + more);
  });

  it('takes secrets from the environment and holds none', () => {
    const secrets = Object.values(services).flatMap(({ environment }) =>
      Object.entries(environment).filter(([name]) => /SECRET$|KEYS$|USERS$|PASSWORD$/.test(name)),
    );

    expect(secrets).to.deep.equal([['WEBHOOK_SECRET', null]]);
  });

  it('sets only variables that env.local lists', () => {
    const listed = read('env.local');

    for (const { environment } of Object.values(services)) {
      for (const name of Object.keys(environment)) expect(listed).to.match(new RegExp(`^#? ?${name}=`, 'm'));
    }
  });

  it('asks each role where it is served', () => {
    const ports = { worker: service('worker').environment['HEALTH_PORT'], api: 8080, monitor: 8081 };

    for (const role of ROLES) {
      const [script = ''] = service(role).healthcheck.test.slice(-1);
      expect(script).to.include(`'http://127.0.0.1:${ports[role]}/readyz/${role}'`);
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
        await until(() => answers(1), `the ${role} is unhealthy`, CHANGE_LIMIT_MS);
        await redis.restart();
        await until(() => answers(0), `the ${role} is healthy again`, CHANGE_LIMIT_MS);
        await process.stop();

        expect(await check(role, process)).to.equal(1);
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

      expect(await check('worker', process)).to.equal(1);
    });

    it('fail where the role does not run', async () => {
      const process = await start('api');
      const line = await process.waitForLine(/api .*listening/);
      const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? '';
      await until(async () => (await check('api', process)) === 0, 'the api is healthy', CHANGE_LIMIT_MS);

      expect(await runCheck(service('worker'), port)).to.equal(1);
    });
  });
});

describe('production.yaml', () => {
  const text = read('compose/production.yaml');
  const options = {
    merge: true,
    customTags: [{ tag: '!reset', collection: 'seq', identify: () => false } as const],
  };
  const { services } = overlaySchema.parse(parse(text, options));

  it('lays itself over services that compose.yaml has', () => {
    const { services: all } = composeSchema.parse(parse(read('compose/compose.yaml'), { merge: true }));

    expect(services).to.have.all.keys(...Object.keys(all));
  });

  it('demands keys for the api and users for the monitor', () => {
    expect(services['api']?.environment).to.include({ API_AUTH: 'on' });
    expect(services['api']?.environment['API_KEYS']).to.match(/^\$\{API_KEYS:\?[^}]+\}$/);
    expect(services['monitor']?.environment).to.include({ MONITOR_AUTH: 'on' });
    expect(services['monitor']?.environment['MONITOR_USERS']).to.match(/^\$\{MONITOR_USERS:\?[^}]+\}$/);
  });

  it('publishes no port of Redis and none that compose.yaml does not', () => {
    const redisPorts = parseDocument(text, options).getIn(['services', 'redis', 'ports'], true);

    expect(isCollection(redisPorts) && redisPorts.tag).to.equal('!reset');
    expect(services['redis']?.['ports']).to.deep.equal([]);
    for (const role of ROLES) expect(services[role]).not.to.have.property('ports');
  });

  it('lets every role use a Redis of elsewhere', () => {
    for (const role of ROLES) {
      expect(services[role]?.environment['REDIS_URL']).to.equal(`\${REDIS_URL:-redis://redis:6379}`);
    }
  });
});

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

/** Runs a health check that is a Node script as the container does, but on another port; resolves to its exit code. */
async function runCheck(
  { healthcheck }: z.infer<typeof serviceSchema>,
  port: string,
): Promise<number | null> {
  const [form, program, ...args] = healthcheck.test;
  expect([form, program]).to.deep.equal(['CMD', 'node']);
  // Compose reads a dollar as the start of a variable, so a script with one would be another in the container.
  expect(args.join()).not.to.include('$');
  const adapted = args.map((arg) => arg.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
  const child = spawn(process.execPath, adapted, { env: {}, stdio: 'ignore' });
  await once(child, 'exit');
  return child.exitCode;
}
