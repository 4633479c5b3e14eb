import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { createApi } from '../../lib/server/api/api.ts';
import { createHealth } from '../../lib/server/health/health.ts';
import { listen } from '../../lib/server/listen.ts';
import { createMetrics } from '../../lib/server/metrics/metrics.ts';
import { createMonitor } from '../../lib/server/monitor/monitor.ts';
import { silentLog as log } from './log.ts';
import { modelRuns } from './model-runs.ts';

/*
 * Goes through each door with names that nobody has used, and sends by how many bytes the heap has grown with the later of
 * them. To be run with --expose-gc, the URL of Redis and a prefix behind it.
 */

const [, , url = '', prefix = ''] = process.argv;
const WARM_UP = 1_100;
const COUNT = modelRuns(7_500);
const AT_ONCE = 50;

const client = connect(parseRedisUrl(url), 'requests', { log });
const inspector = new Inspector({ client, prefix });
const metrics = createMetrics({ inspector, log });
const producer = new Producer({ client, prefix, onCreated: metrics.jobAdded });
const shared = { inspector, producer, definitions: new Map(), health: createHealth({ checks: {} }), log };
const serve = async (handler: Parameters<typeof listen>[0]['handler'], role: string): Promise<string> => {
  const { port } = await listen({ handler, role, host: '127.0.0.1', port: 0, variable: 'PORT' });
  return `http://127.0.0.1:${port}`;
};
const api = await serve(createApi({ ...shared, keys: [] }), 'api');
const monitor = await serve(createMonitor({ ...shared, metrics, users: [] }), 'monitor');
// Far cheaper than fetch, which would cost more than what is asked.
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
const get = async (address: string): Promise<void> => {
  const [answer] = (await once(request(address, { agent }).end(), 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
};

const DOORS: Readonly<Record<string, (name: string) => Promise<unknown>>> = {
  'GET /v1/queues/{queue}': (name) => get(`${api}/v1/queues/${name}`),
  'GET /v1/queues/{queue}/jobs/{id}': (name) => get(`${api}/v1/queues/${name}/jobs/${name}`),
  'GET /v1/queues?prefix=': (name) => get(`${api}/v1/queues?prefix=${name}`),
  'the page of a job': (name) => get(`${monitor}/queues/${name}/jobs/${name}`),
  'the search': (name) => get(`${monitor}/search?queue=${name}&state=waiting&type=${name}`),
  Arena: (name) => get(`${monitor}/arena/redis/${name}`),
  'the inspector': async (name) => {
    await inspector.why(name, name);
    await inspector.limits.get(name);
    await inspector.schedules.list(name);
    await inspector.groups.list(name);
    await inspector.rates(name);
  },
  'a wait': (name) => producer.waitFor({ queue: name, id: name }, { timeoutMs: 5_000 }).catch(() => null),
  'the producer and the metrics': (name) =>
    producer.addRaw({ type: name, queue: name, data: 1, options: { id: name } }),
};

async function pass(go: (name: string) => Promise<unknown>, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += AT_ONCE) {
    const names = Array.from({ length: Math.min(AT_ONCE, to - at) }, (_, n) => `invented-${at + n}`);
    await Promise.all(names.map(go));
  }
}

async function heap(): Promise<number> {
  // What is let go of by a callback to come is let go of first.
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const grown: Record<string, number> = {};
for (const [door, go] of Object.entries(DOORS)) {
  await pass(go, 0, WARM_UP);
  const before = await heap();
  await pass(go, WARM_UP, WARM_UP + COUNT);
  grown[door] = (await heap()) - before;
}
process.send?.(grown, () => process.exit(0));
