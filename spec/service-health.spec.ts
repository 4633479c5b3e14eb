import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createInspector, createProducer } from '../lib/open.ts';
import { testQueueName } from '../lib/testing/test-queue-name.ts';
import { type ApiaryProcess, startApiary } from './support/process.ts';
import { moduleUrl } from './support/program.ts';
import { redisUrl, type SpecRedis, startRedis } from './support/redis.ts';
import { until } from './support/wait.ts';

const SPEC_LIMIT_MS = 120_000;
const READY_LIMIT_MS = 60_000;

interface Readiness {
  status: number;
  body: { status: string; checks: Record<string, string> };
}

describe('apiary start with HEALTH_PORT', function () {
  this.timeout(SPEC_LIMIT_MS);
  let folder: string;
  let service: ApiaryProcess;
  let redis: SpecRedis | null = null;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apiary-health-'));
  });

  afterEach(async () => {
    await service.stop();
    await redis?.stop();
    redis = null;
    await rm(folder, { recursive: true, force: true });
  });

  async function start(args: readonly string[], env: Record<string, string>): Promise<void> {
    const ports = { API_PORT: '0', MONITOR_PORT: '0', HEALTH_PORT: '0' };
    service = await startApiary(args, { ...ports, REDIS_URL: redisUrl(), ...env }, folder);
  }

  /** Resolves, once all is ready, with what asks on the port of a part. */
  async function health(component = 'health'): Promise<(path: string) => Promise<Response>> {
    const line = await service.waitForLine(new RegExp(`${component} .*listening`));
    const url = /http:\/\/[\d.]+:\d+/.exec(line)?.[0];
    const get = (path: string): Promise<Response> => fetch(`${url}${path}`);
    await until(async () => (await get('/readyz')).status === 200, 'the service is ready', READY_LIMIT_MS);
    return get;
  }

  async function readinessOf(answer: Promise<Response>): Promise<Readiness> {
    const response = await answer;
    // The Redis of the specs persists nothing, of which it warns.
    const { status, checks } = (await response.json()) as Readiness['body'];
    return { status: response.status, body: { status, checks } };
  }

  it('says that a worker is ready, with its metrics, and knows no other role', async () => {
    await start(['--worker'], {});
    const get = await health();

    const all = await readinessOf(get('/readyz'));
    const worker = await readinessOf(get('/readyz/worker'));
    const others = await Promise.all([get('/readyz/api'), get('/readyz/monitor')]);

    expect(all).to.deep.equal({
      status: 200,
      body: { status: 'ready', checks: { redis: 'ok', worker: 'ok' } },
    });
    expect(worker).to.deep.equal(all);
    expect(others.map(({ status }) => status)).to.deep.equal([404, 404]);
    const metrics = await (await get('/metrics')).text();
    expect(metrics)
      .to.match(/^apiary_redis_up 1$/m)
      .and.match(/^apiary_worker_slots \d+$/m);
  });

  for (const component of ['health', 'api', 'monitor']) {
    it(`tells of every role on the port of ${component}`, async () => {
      await start([], {});
      const get = await health(component);

      const all = await readinessOf(get('/readyz'));
      const roles = await Promise.all(['worker', 'api', 'monitor'].map((role) => get(`/readyz/${role}`)));

      expect(all.body.checks).to.deep.equal({ redis: 'ok', worker: 'ok', api: 'ok', monitor: 'ok' });
      expect(all.status).to.equal(200);
      expect(roles.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    });
  }

  it('is alive but not ready from SIGTERM on, while the running job still ends', async () => {
    const queue = testQueueName();
    const gate = createServer();
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
    const { port } = gate.address() as { port: number };
    const entered = new Promise<() => void>((resolve) => {
      gate.once('connection', (socket) => resolve(() => socket.end()));
    });
    await writeFile(join(folder, 'hold.mjs'), holdingHandler(queue, port));
    await start(['--worker'], { WORKER_HANDLERS: join(folder, 'hold.mjs'), WORKER_QUEUES: `${queue}=1` });
    const get = await health();
    const producer = createProducer({ redis: redisUrl() });
    const { id } = await producer.addRaw({ type: 'hold', queue, data: null, options: {} });
    const release = await entered;

    service.kill('SIGTERM');
    await service.waitForLine(/worker takes no more jobs.*running=1/);
    const draining = await readinessOf(get('/readyz'));
    const worker = await readinessOf(get('/readyz/worker'));
    const alive = await get('/healthz');
    release();
    const { code } = await service.exit;

    const inspector = createInspector({ redis: redisUrl() });
    const job = await inspector.job(queue, id);
    await Promise.all([producer.close(), inspector.close()]);
    await new Promise((resolve) => gate.close(resolve));
    expect(draining.status).to.equal(503);
    expect(draining.body).to.deep.equal({
      status: 'not ready',
      checks: { redis: 'ok', process: 'is shutting down', worker: 'ok' },
    });
    expect(worker).to.deep.equal(draining);
    expect(alive.status).to.equal(200);
    expect([code, job?.state, job?.result]).to.deep.equal([0, 'succeeded', 'held']);
  });

  it('is not ready while Redis is away, and is again when it is back', async () => {
    redis = await startRedis();
    await start(['--worker'], { REDIS_URL: redis.url });
    const get = await health();
    const before = await get('/readyz/worker');

    await redis.kill();
    await until(async () => (await get('/readyz/worker')).status === 503, 'the worker is not ready');
    const away = await readinessOf(get('/readyz/worker'));
    const alive = await get('/healthz');
    await redis.restart();
    await until(
      async () => (await get('/readyz/worker')).status === 200,
      'the worker is ready',
      READY_LIMIT_MS,
    );

    expect([before.status, alive.status]).to.deep.equal([200, 200]);
    expect(away.body.checks['worker']).to.equal('has no connection to Redis');
    expect(away.body.checks['redis']).not.to.equal('ok');
  });

  it('says of a quiet worker alone that it is not ready', async () => {
    await start([], {});
    const get = await health();

    service.kill('SIGTSTP');
    await service.waitForLine(/worker is quiet/);
    const worker = await readinessOf(get('/readyz/worker'));
    const others = await Promise.all(['/readyz/api', '/readyz/monitor', '/readyz'].map(get));

    expect(worker.status).to.equal(503);
    expect(worker.body.checks).to.deep.equal({ redis: 'ok', worker: 'is quiet' });
    expect(others.map(({ status }) => status)).to.deep.equal([200, 200, 503]);
  });

  it('names the port that is taken, and the variable that sets it', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };

    await start(['--worker'], { HEALTH_PORT: String(port) });
    const { code } = await service.exit;
    await new Promise((resolve) => taken.close(resolve));

    expect(code).to.equal(1);
    const fatal = service.stdout.find((line) => line.includes('FATAL'));
    expect(fatal).to.include(`health cannot listen on 127.0.0.1:${port}`).and.to.include('HEALTH_PORT');
  });

  it('opens no port without it', async () => {
    await start(['--worker'], { HEALTH_PORT: '' });
    await service.waitForLine(/ready to work/);

    expect(service.stdout.join('\n')).not.to.include('listening');
  });
});

/** A handler that connects to a port and runs until the other end closes. */
function holdingHandler(queue: string, port: number): string {
  return `
    import { once } from 'node:events';
    import { connect } from 'node:net';
    import { defineJob, handle } from '${moduleUrl('lib/index.ts')}';
    import { z } from '${createRequire(import.meta.url).resolve('zod')}';
    const job = defineJob({ type: 'hold', queue: '${queue}', schema: z.null() });
    export default handle(job, async () => {
      await once(connect(${port}, '127.0.0.1').resume(), 'end');
      return 'held';
    });`;
}
