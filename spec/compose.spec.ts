import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { isCollection, parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { findServerBinary } from '../lib/redis/server-binary.ts';

const ROLES = ['worker', 'api', 'monitor'] as const;

const environmentSchema = z.record(z.string(), z.string().nullable());
const serviceSchema = z.looseObject({
  command: z.union([z.string(), z.array(z.string())]),
  environment: environmentSchema.default({}),
  ports: z.array(z.string()).default([]),
  healthcheck: z.looseObject({ test: z.array(z.string()) }),
});
const composeSchema = z.looseObject({ services: z.record(z.string(), serviceSchema) });
const overlaySchema = z.looseObject({
  services: z.record(z.string(), z.looseObject({ environment: environmentSchema.default({}) })),
});

describe('compose.yaml', () => {
  const { services, volumes } = composeSchema.parse(parse(read('compose/compose.yaml'), { merge: true }));
  const service = (name: string) => serviceSchema.parse(services[name]);

  it('runs Redis and one service for each role', () => {
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

  describe('its health checks', () => {
    const running: AsyncDisposable[] = [];

    afterEach(async () => {
      for (const one of running.splice(0)) await one[Symbol.asyncDispose]();
    });

    async function serve(answer: RequestListener): Promise<number> {
      const server = createServer(answer).listen(0, '127.0.0.1');
      running.push(server);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    }

    /** Starts a Redis on a socket file and resolves to its URL once it takes commands. */
    async function serveRedis(...args: string[]): Promise<string> {
      const dir = await mkdtemp(join(tmpdir(), 'apiary-'));
      const socket = join(dir, 'redis.sock');
      const fixed = ['--port', '0', '--unixsocket', socket, '--dir', dir, '--save', ''];
      const server = spawn(await findServerBinary(null), [...fixed, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      running.push({ [Symbol.asyncDispose]: () => endRedis(server, dir) });
      for await (const line of createInterface(server.stdout)) {
        if (/ready to accept connections/i.test(line)) return `redis-socket://${socket}`;
      }
      throw new Error('the Redis of this spec ended instead of starting');
    }

    /** A port on which nothing listens: one that was open a moment ago. */
    async function deadPort(): Promise<number> {
      const port = await serve(() => undefined);
      await running.pop()?.[Symbol.asyncDispose]();
      return port;
    }

    const checkApi = (port: number) => runCheck(service('api'), (arg) => arg.replace(':8080/', `:${port}/`));
    const checkMonitor = (port: number) =>
      runCheck(service('monitor'), (arg) => arg.replace(':8081/', `:${port}/`));
    const checkWorker = (redisUrl: string) => runCheck(service('worker'), fromSource, redisUrl);

    for (const status of [200, 401]) {
      it(`passes an api that answers ${status}`, async () => {
        const port = await serve((request, response) =>
          response.writeHead(request.url === '/v1/openapi.json' ? status : 404).end(),
        );

        expect(await checkApi(port)).to.equal(0);
      });
    }

    for (const status of [404, 500]) {
      it(`fails an api that answers ${status}`, async () => {
        const port = await serve((_, response) => response.writeHead(status).end());

        expect(await checkApi(port)).to.equal(1);
      });
    }

    it('fails an api that does not listen', async () => {
      expect(await checkApi(await deadPort())).to.equal(1);
    });

    it('passes a monitor that is alive', async () => {
      const port = await serve((request, response) =>
        response.writeHead(request.url === '/healthz' ? 200 : 404).end(),
      );

      expect(await checkMonitor(port)).to.equal(0);
    });

    it('fails a monitor that is not well', async () => {
      const port = await serve((_, response) => response.writeHead(503).end());

      expect(await checkMonitor(port)).to.equal(1);
    });

    it('fails a monitor that does not listen', async () => {
      expect(await checkMonitor(await deadPort())).to.equal(1);
    });

    it('passes a worker whose Redis answers', async () => {
      expect(await checkWorker(await serveRedis())).to.equal(0);
    });

    it('fails a worker whose Redis does not let it in', async () => {
      expect(await checkWorker(await serveRedis('--requirepass', 'another'))).to.equal(1);
    });

    it('fails a worker whose Redis is away', async () => {
      expect(await checkWorker(`redis://127.0.0.1:${await deadPort()}`)).to.equal(1);
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
    expect(Object.keys(services)).to.have.members(['redis', ...ROLES]);
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

/** Runs a health check that is a Node script, each argument adapted to this machine; resolves to its exit code. */
async function runCheck(
  service: z.infer<typeof serviceSchema>,
  adapt: (arg: string) => string,
  redisUrl = '',
): Promise<number | null> {
  const [form, program, ...args] = service.healthcheck.test;
  expect([form, program]).to.deep.equal(['CMD', 'node']);
  // Compose reads a dollar as the start of a variable, so a script with one would be another in the container.
  expect(args.join()).not.to.include('$');
  const child = spawn(process.execPath, ['--import', 'tsx', ...args.map(adapt)], {
    cwd: new URL('..', import.meta.url),
    env: { REDIS_URL: redisUrl },
    stdio: 'ignore',
  });
  await once(child, 'exit');
  return child.exitCode;
}

/** Lets a script load the modules of lib where in the image it loads what they were built to. */
function fromSource(script: string): string {
  return script.replace(/'\.\/dist\/(.+)\.js'/g, "'./lib/$1.ts'");
}

async function endRedis(server: ChildProcess, dir: string): Promise<void> {
  const ended = once(server, 'exit');
  if (server.exitCode === null && server.kill()) await ended;
  await rm(dir, { recursive: true });
}
