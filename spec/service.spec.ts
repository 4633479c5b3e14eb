import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BeeQueue from 'bee-queue';
import { expect } from 'chai';
import { hashPassword } from '../lib/server/monitor/password-hash.ts';
import { type ApiaryProcess, startApiary } from './support/process.ts';
import { moduleUrl } from './support/program.ts';
import { redisUrl, startRedis } from './support/redis.ts';
import { until } from './support/wait.ts';
import { type Endpoint, openEndpoint } from './support/webhook-endpoint.ts';

const ANY_PORTS = { API_PORT: '0', MONITOR_PORT: '0', WEBHOOK_ALLOW_PRIVATE: 'true' };
const READY = /ready to work/;

describe('apiary start', function () {
  this.timeout(120_000);
  const started: ApiaryProcess[] = [];
  let folder: string;
  let endpoint: Endpoint;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apiary-service-'));
    endpoint = await openEndpoint();
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map((one) => one.stop()));
    await endpoint.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(args: readonly string[], env: Record<string, string>): Promise<ApiaryProcess> {
    const service = await startApiary(args, env, folder);
    started.push(service);
    return service;
  }

  async function urlOf(service: ApiaryProcess, role: 'api' | 'monitor'): Promise<string> {
    const line = await service.waitForLine(
      new RegExp(`${role} .*listening|"component":"${role}".*listening`),
    );
    const url = /http:\/\/[\d.]+:\d+/.exec(line)?.[0];
    if (url === undefined) throw new Error(`no address in ${line}`);
    return url;
  }

  function post(api: string, body: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return fetch(`${api}/v1/jobs`, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async function add(api: string, body: unknown): Promise<string> {
    const answer = await post(api, body);
    expect(answer.status).to.equal(201);
    return ((await answer.json()) as { id: string }).id;
  }

  it('takes a job over HTTP, delivers it once, shows it in Arena, and still has it after a restart', async () => {
    const first = await start([], ANY_PORTS);
    const answer = await post(await urlOf(first, 'api'), {
      type: 'webhook',
      data: { url: `${endpoint.origin}/x` },
    });
    const { id } = (await answer.json()) as { id: string };
    const monitor = await urlOf(first, 'monitor');
    const page = async (base: string): Promise<string> =>
      (await fetch(`${base}/arena/redis/webhooks/succeeded`)).text();
    await until(async () => (await page(monitor)).includes(id), 'Arena lists the job under succeeded');
    const { code } = await first.stop();

    const second = await start([], ANY_PORTS);
    const after = await page(await urlOf(second, 'monitor'));

    expect(answer.status).to.equal(201);
    expect(endpoint.received.map(({ path }) => path)).to.deep.equal(['/x']);
    expect(code).to.equal(0);
    expect(after).to.include(id);
  });

  it('serves a stock bee-queue producer, whose succeeded event fires', async () => {
    const service = await start(['--worker'], { ...ANY_PORTS, REDIS_URL: redisUrl() });
    await service.waitForLine(READY);
    const stock = new BeeQueue('webhooks', {
      isWorker: false,
      redis: { host: '127.0.0.1', port: Number(new URL(redisUrl()).port) },
    });
    const job = stock.createJob({ url: `${endpoint.origin}/stock` });
    const succeeded = new Promise<{ status: number }>((resolve) => job.on('succeeded', resolve));

    await job.save();
    const result = await succeeded;
    await stock.close();

    expect(result.status).to.equal(200);
    expect(endpoint.only().path).to.equal('/stock');
  });

  it('runs handlers of the folder that WORKER_HANDLERS names', async () => {
    const module = `
      import { defineJob, handle } from '${moduleUrl('lib/index.ts')}';
      import { z } from '${createRequire(import.meta.url).resolve('zod')}';
      const job = defineJob({ type: 'greet', queue: 'default', schema: z.object({ name: z.string() }) });
      export default handle(job, (data) => 'hello ' + data.name);`;
    await writeFile(join(folder, 'greet.mjs'), module);
    const service = await start(['--worker', '--api'], {
      ...ANY_PORTS,
      REDIS_URL: redisUrl(),
      WORKER_HANDLERS: join(folder, 'greet.mjs'),
    });
    const api = await urlOf(service, 'api');

    const { id } = (await (await post(api, { type: 'greet', data: { name: 'Ada' } })).json()) as {
      id: string;
    };
    const read = async (): Promise<{ result: unknown }> =>
      (await fetch(`${api}/v1/queues/default/jobs/${id}`)).json() as Promise<{ result: unknown }>;
    await until(async () => (await read()).result !== null, 'the job has a result');

    expect((await read()).result).to.equal('hello Ada');
  });

  it('ends by an error that a job left, says which job it was, and fails that job', async () => {
    const module = `
      import { defineJob, handle } from '${moduleUrl('lib/index.ts')}';
      import { z } from '${createRequire(import.meta.url).resolve('zod')}';
      const job = defineJob({ type: 'leak', queue: 'default', schema: z.object({}), retries: 0 });
      export default handle(job, () => new Promise(() => setTimeout(() => { throw new Error('left behind'); }, 50)));`;
    await writeFile(join(folder, 'leak.mjs'), module);
    const env = { REDIS_URL: redisUrl(), QUEUE_PREFIX: `spec-${randomUUID()}`, LOG_FORMAT: 'json' };
    const api = await start(['--api'], { ...ANY_PORTS, ...env, WORKER_HANDLERS: join(folder, 'leak.mjs') });
    const url = await urlOf(api, 'api');
    const worker = await start(['--worker'], { ...env, WORKER_HANDLERS: join(folder, 'leak.mjs') });
    await worker.waitForLine(/worker takes jobs/);

    const { id } = (await (await post(url, { type: 'leak', data: {} })).json()) as { id: string };

    expect((await worker.exit).code).to.equal(1);
    const last = JSON.parse(worker.stdout.at(-1) ?? '') as Record<string, unknown>;
    expect(last).to.include({ msg: 'ended by an error nobody handled', type: 'leak', id, attempt: 1 });
    const job = await (await fetch(`${url}/v1/queues/default/jobs/${id}`)).json();
    expect(job).to.include({ state: 'failed', outcome: 'failed' });
    expect(job).to.have.nested.property('errors[0].message', 'left behind');
  });

  it('finishes the running job on SIGTERM and exits with 0', async () => {
    endpoint.respond = (response) => setTimeout(() => response.end('late'), 300);
    const service = await start([], { ...ANY_PORTS, REDIS_URL: redisUrl() });
    await add(await urlOf(service, 'api'), { type: 'webhook', data: { url: `${endpoint.origin}/slow` } });
    await until(() => endpoint.received.length === 1, 'the delivery is under way');

    const { code } = await service.stop();

    expect(code).to.equal(0);
    expect(service.stdout.join('\n')).to.match(/job succeeded.*[\s\S]*worker has stopped/);
  });

  it('takes no more jobs after SIGTSTP, ends the running one, is not ready, and stops in order', async () => {
    const answers: (() => void)[] = [];
    endpoint.respond = (response) => answers.push(() => response.end());
    const service = await start([], { ...ANY_PORTS, REDIS_URL: redisUrl(), WORKER_CONCURRENCY: '1' });
    const api = await urlOf(service, 'api');
    const monitor = await urlOf(service, 'monitor');
    const stateOf = async (id: string): Promise<string> =>
      ((await (await fetch(`${api}/v1/queues/webhooks/jobs/${id}`)).json()) as { state: string }).state;
    const first = await add(api, { type: 'webhook', data: { url: `${endpoint.origin}/1` } });
    await until(() => answers.length === 1, 'the first delivery is under way');

    service.kill('SIGTSTP');
    await service.waitForLine(/worker is quiet.*running=1/);
    const second = await add(api, { type: 'webhook', data: { url: `${endpoint.origin}/2` } });
    const readiness = await fetch(`${monitor}/readyz`);
    answers[0]?.();
    await until(async () => (await stateOf(first)) === 'succeeded', 'the first delivery is settled');
    const waiting = await stateOf(second);
    const { code } = await service.stop();

    expect(readiness.status).to.equal(503);
    expect(await readiness.json()).to.have.nested.property('checks.worker', 'is quiet');
    expect(waiting).to.equal('waiting');
    expect(endpoint.received.map(({ path }) => path)).to.deep.equal(['/1']);
    expect(code).to.equal(0);
    expect(service.stdout.join('\n')).to.include('worker has stopped');
  });

  it('reads API_KEYS_FILE again on SIGHUP, and keeps the keys of before where it cannot', async () => {
    const file = join(folder, 'keys');
    await writeFile(file, 'shop:first-secret-of-the-shop');
    const service = await start(['--api'], { ...ANY_PORTS, REDIS_URL: redisUrl(), API_KEYS_FILE: file });
    const api = await urlOf(service, 'api');
    const statusOf = async (secret: string): Promise<number> =>
      (await fetch(`${api}/v1/queues`, { headers: { authorization: `Bearer ${secret}` } })).status;
    const opened = async () => [
      await statusOf('first-secret-of-the-shop'),
      await statusOf('second-secret-of-the-shop'),
    ];
    const before = await opened();

    await writeFile(file, 'shop:second-secret-of-the-shop\nbilling:some-secret-of-billing\n');
    service.kill('SIGHUP');
    await service.waitForLine(/keys and users were read again.*ofKeys=2/);
    const after = await opened();
    await writeFile(file, '');
    service.kill('SIGHUP');
    await service.waitForLine(/cannot be read again; those of before stay.*API_KEYS_FILE.*empty/);
    const still = await opened();

    expect({ before, after, still }).to.deep.equal({
      before: [200, 401],
      after: [401, 200],
      still: [401, 200],
    });
    expect(service.stdout.join('\n')).to.not.match(/-secret-of-/);
  });

  it('reads MONITOR_USERS_FILE again on SIGHUP, and keeps the users of before where it cannot', async () => {
    const file = join(folder, 'users');
    const entryOf = async (name: string) => `${name}:${await hashPassword(`password of ${name}`)}:viewer`;
    await writeFile(file, await entryOf('ada'));
    const service = await start(['--monitor'], {
      ...ANY_PORTS,
      REDIS_URL: redisUrl(),
      MONITOR_USERS_FILE: file,
    });
    const monitor = await urlOf(service, 'monitor');
    const statusOf = async (name: string): Promise<number> => {
      const credentials = Buffer.from(`${name}:password of ${name}`).toString('base64');
      return (await fetch(`${monitor}/metrics`, { headers: { authorization: `Basic ${credentials}` } }))
        .status;
    };
    const opened = async () => [await statusOf('ada'), await statusOf('grace')];
    const before = await opened();

    await writeFile(file, `# who is on duty\n${await entryOf('grace')}\n`);
    service.kill('SIGHUP');
    await service.waitForLine(/keys and users were read again.*ofUsers=1/);
    const after = await opened();
    await writeFile(file, 'ada:scrypt$2$1$1$c2FsdA$a2V5:viewer');
    service.kill('SIGHUP');
    await service.waitForLine(/cannot be read again; those of before stay.*hash of the monitor's user ada/);
    const still = await opened();

    expect({ before, after, still }).to.deep.equal({
      before: [200, 401],
      after: [401, 200],
      still: [401, 200],
    });
  });

  it('leaves at once on a second signal', async () => {
    endpoint.respond = () => undefined;
    const service = await start([], { ...ANY_PORTS, REDIS_URL: redisUrl() });
    await add(await urlOf(service, 'api'), { type: 'webhook', data: { url: `${endpoint.origin}/never` } });
    await until(() => endpoint.received.length === 1, 'the delivery is under way');

    service.kill('SIGINT');
    await service.waitForLine(/takes no more jobs/);
    let exit: { code: number | null } | null = null;
    service.exit.then((how) => {
      exit = how;
    });
    // One that follows at once is taken for the same, passed on by npm.
    await until(() => {
      service.kill('SIGINT');
      return exit !== null;
    }, 'the process left');

    expect(exit).to.include({ code: 1 });
  });

  it('takes a signal that comes twice at once for one, and ends in order', async () => {
    const service = await start([], { ...ANY_PORTS, REDIS_URL: redisUrl() });
    await service.waitForLine(READY);

    service.kill('SIGINT');
    service.kill('SIGINT');

    expect((await service.exit).code).to.equal(0);
  });

  it('waits for a Redis that is away, says so, and is not ready meanwhile', async () => {
    const redis = await startRedis();
    await redis.kill();
    const service = await start([], { ...ANY_PORTS, REDIS_URL: redis.url });
    const monitor = await urlOf(service, 'monitor');
    const api = await urlOf(service, 'api');
    const away = await fetch(`${monitor}/readyz`);
    const refused = await post(api, { type: 'webhook', data: { url: `${endpoint.origin}/later` } });
    const line = await service.waitForLine(/not reachable/);

    await redis.restart();
    await until(
      async () => (await fetch(`${monitor}/readyz`)).status === 200,
      'the service is ready',
      15_000,
    );
    const accepted = await post(api, { type: 'webhook', data: { url: `${endpoint.origin}/now` } });
    await until(() => endpoint.received.length === 1, 'the job is delivered');
    await service.stop();
    await redis.stop();

    expect(away.status).to.equal(503);
    expect(await away.json())
      .to.have.nested.property('checks.redis')
      .that.is.not.equal('ok');
    expect(refused.status).to.equal(503);
    expect(refused.headers.get('retry-after')).to.equal('1');
    expect(line).to.include(new URL(redis.url).port);
    expect(accepted.status).to.equal(201);
  });

  it('exits with 78 and one line of JSON naming REDIS_URL when it is missing in production', async () => {
    const service = await start([], { NODE_ENV: 'production' });

    const { code } = await service.exit;

    expect(code).to.equal(78);
    expect([...service.stdout, ...service.stderr]).to.have.length(1);
    expect(JSON.parse(service.stdout[0] ?? ''))
      .to.have.property('msg')
      .that.includes('REDIS_URL');
  });

  it('prints nothing but JSON in production, whatever LOG_FORMAT says', async () => {
    const env = { ...ANY_PORTS, NODE_ENV: 'production', LOG_FORMAT: 'text', REDIS_URL: redisUrl() };
    const service = await start([], env);
    await service.waitForLine(READY);
    await post(await urlOf(service, 'api'), { type: 'webhook', data: { url: 'http://127.0.0.1:1/x' } });
    await service.stop();

    const lines = [...service.stdout, ...service.stderr];
    expect(lines.length).to.be.greaterThan(3);
    for (const line of lines) expect(() => JSON.parse(line), line).not.to.throw();
  });

  it('names the port that is taken, and the variable that sets it', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';

    const service = await start([], { ...ANY_PORTS, API_PORT: port, REDIS_URL: redisUrl() });
    const { code } = await service.exit;
    await new Promise((resolve) => taken.close(resolve));

    expect(code).to.equal(1);
    const fatal = service.stdout.find((line) => line.includes('FATAL'));
    expect(fatal).to.include(port).and.to.include('API_PORT');
    expect(service.stdout.join('\n')).to.not.include('worker takes jobs');
  });

  it('exits with 78 and names WORKER_HANDLERS when there is nothing where it leads', async () => {
    const service = await start([], { ...ANY_PORTS, WORKER_HANDLERS: 'nope', REDIS_URL: redisUrl() });

    const { code } = await service.exit;

    expect(code).to.equal(78);
    expect(service.stdout.join('\n')).to.match(/FATAL .*WORKER_HANDLERS is "nope", which cannot be read/);
  });

  it('refuses to start open to others without keys', async () => {
    const service = await start(['--api'], { ...ANY_PORTS, API_HOST: '0.0.0.0', REDIS_URL: redisUrl() });

    const { code } = await service.exit;

    expect(code).to.equal(78);
    expect(service.stdout.join('\n')).to.include('API_KEYS');
  });

  it('lets nobody change anything on a monitor that is read-only', async () => {
    const env = { ...ANY_PORTS, MONITOR_READ_ONLY: 'true', REDIS_URL: redisUrl() };
    const monitor = await urlOf(await start(['--monitor'], env), 'monitor');
    const headers = { 'X-Requested-With': 'XMLHttpRequest' };

    const answer = await fetch(`${monitor}/actions/queues/webhooks/pause`, { method: 'POST', headers });

    expect(answer.status).to.equal(403);
    expect(await answer.json()).to.include({ detail: 'this monitor is read-only' });
  });

  it('refuses a role it does not know', async () => {
    const service = await start(['--everything'], { REDIS_URL: redisUrl() });

    const { code } = await service.exit;

    expect(code).not.to.equal(0);
    expect(service.stderr.join('\n')).to.include('--everything');
  });
});
