import { expect } from 'chai';
import type { Inspector } from '../../../lib/inspector/inspector.ts';
import { createInspector } from '../../../lib/open.ts';
import { type Checks, createHealth, NotReady } from '../../../lib/server/health/health.ts';
import { createHealthServer } from '../../../lib/server/health/health-server.ts';
import { type Listener, listen } from '../../../lib/server/listen.ts';
import { createMetrics } from '../../../lib/server/metrics/metrics.ts';
import { silentLog } from '../../support/log.ts';
import { redisUrl } from '../../support/redis.ts';

describe('the health server', () => {
  let listener: Listener;
  let inspector: Inspector;
  let checks: Checks;

  beforeEach(async () => {
    inspector = createInspector({ redis: redisUrl() });
    checks = { redis: () => inspector.ping() };
    const handler = createHealthServer({
      health: createHealth({ checks, roles: { worker: () => {} } }),
      metrics: createMetrics({ inspector, log: silentLog }),
      log: silentLog,
    });
    listener = await listen({ handler, role: 'health', host: '127.0.0.1', port: 0, variable: 'HEALTH_PORT' });
  });

  afterEach(async () => {
    await listener.close(0);
    await inspector.close();
  });

  const get = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`http://127.0.0.1:${listener.port}${path}`, init);

  it('is alive and ready', async () => {
    const answers = await Promise.all(['/healthz', '/readyz', '/readyz/worker'].map((path) => get(path)));

    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    expect(await answers[0]?.json()).to.deep.equal({ status: 'ok' });
    for (const answer of answers.slice(1)) {
      expect(await answer.json()).to.deep.equal({ status: 'ready', checks: { redis: 'ok', worker: 'ok' } });
    }
  });

  it('stays alive but is not ready when something is missing, and names it', async () => {
    checks['process'] = () => Promise.reject(new NotReady('is shutting down'));

    const answers = await Promise.all(['/healthz', '/readyz', '/readyz/worker'].map((path) => get(path)));

    expect(answers.map(({ status }) => status)).to.deep.equal([200, 503, 503]);
    expect(await answers[1]?.json()).to.deep.equal({
      status: 'not ready',
      checks: { redis: 'ok', process: 'is shutting down', worker: 'ok' },
    });
  });

  for (const path of ['/readyz/api', '/readyz/x%22%3Cb%3E', '/', '/readyz/worker/more', '/arena/']) {
    it(`answers 404 as a problem to ${path}`, async () => {
      const { status, headers } = await get(path);

      expect(status).to.equal(404);
      expect(headers.get('content-type')).to.equal('application/problem+json; charset=utf-8');
    });
  }

  it('tells its metrics', async () => {
    const answer = await get('/metrics');

    expect(answer.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).to.match(/^apiary_redis_up 1$/m);
  });

  it('answers nothing but looks', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics'])
      expect((await get(path, { method: 'POST' })).status, path).to.equal(404);
    expect((await get('/healthz', { method: 'HEAD' })).status).to.equal(200);
  });

  it('lets nobody store or frame an answer, and says nothing of its make', async () => {
    const { headers } = await get('/readyz');

    expect(Object.fromEntries(headers)).to.include({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(headers.has('x-powered-by')).to.equal(false);
  });
});
