import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import { createInspector, createProducer, type Inspector, type Producer } from '../lib/index.ts';
import { type ApiaryProcess, startApiary } from './support/process.ts';
import { redisUrl } from './support/redis.ts';
import { until } from './support/wait.ts';
import { type Endpoint, openEndpoint, type ReceivedRequest } from './support/webhook-endpoint.ts';

const SECRET = Buffer.alloc(32, 6).toString('base64');
/** A look comes every 15 seconds, and a dead process holds its lease for a minute. */
const LOOK_LIMIT_MS = 90_000;

describe('services that tell of alerts', function () {
  this.timeout(400_000);
  const services: ApiaryProcess[] = [];
  let endpoint: Endpoint;
  let folder: string;
  let inspector: Inspector;
  let producer: Producer;
  let env: Record<string, string>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apiary-alerts-'));
    endpoint = await openEndpoint();
    endpoint.respond = (response) => response.writeHead(response.req.url === '/gone' ? 404 : 200).end();
    const prefix = `spec-${randomUUID()}`;
    inspector = createInspector({ redis: redisUrl(), prefix });
    producer = createProducer({ redis: redisUrl(), prefix });
    env = {
      ...{ REDIS_URL: redisUrl(), QUEUE_PREFIX: prefix, MONITOR_PORT: '0' },
      ...{ ALERT_WEBHOOK_URL: `${endpoint.origin}/alerts`, WEBHOOK_SECRET: SECRET },
      ...{ WEBHOOK_ALLOW_PRIVATE: 'true', SHUTDOWN_TIMEOUT_MS: '1000' },
    };
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((one) => one.stop()));
    await Promise.all([inspector.close(), producer.close(), endpoint.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (): Promise<ApiaryProcess> => {
    const service = await startApiary(['--worker', '--monitor'], env, folder);
    services.push(service);
    await service.waitForLine(/ready to work/);
    return service;
  };
  const looked = async (): Promise<void> => {
    const at = async (): Promise<number> => (await inspector.alerts.list()).lookedAt ?? 0;
    const before = await at();
    await until(async () => (await at()) > before, 'it was looked for alerts', LOOK_LIMIT_MS);
  };
  const alertsReceived = (): ReceivedRequest[] => endpoint.received.filter(({ path }) => path === '/alerts');
  const addOneThatFails = (): Promise<unknown> => {
    const data = { url: `${endpoint.origin}/gone`, body: {} };
    return producer.addRaw({ type: 'webhook', queue: 'webhooks', data, options: {} });
  };

  it('send each once, signed, two at a time and after one was killed and started anew', async () => {
    const [first] = await Promise.all([start(), start()]);
    await looked();
    await addOneThatFails();
    await until(() => alertsReceived().length === 2, 'both alerts are told', LOOK_LIMIT_MS);
    // A worker that is killed before Redis has the end of a message sends it again, as with any job.
    const settled = async () => (await inspector.queue('webhooks')).counts.succeeded === 2;
    await until(settled, 'Redis knows that both were sent');
    first.kill('SIGKILL');
    await first.exit;
    await start();
    await addOneThatFails();
    await looked();
    await looked();

    const received = alertsReceived();
    expect(received.map(({ body }) => JSON.parse(body).alerts[0].rule)).to.have.members([
      'failing',
      'new-failure',
    ]);
    for (const { body, headers } of received) {
      const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers;
      const signed = { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature };
      const texts = Object.entries(signed).map(([name, value]) => [name, String(value)]);
      expect(() => new Webhook(SECRET).verify(body, Object.fromEntries(texts))).not.to.throw();
    }
    expect(services.flatMap(({ stdout }) => stdout).join('\n')).to.not.include('/alerts"');
  });
});
