import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import autocannon, { type Result } from 'autocannon';
import { endChild, startChild } from './child.ts';
import { email } from './engines/engine.ts';
import type { Measured } from './metrics.ts';
import type { HttpMeasurement } from './rows.ts';
import type { MeasureContext } from './work-through.ts';

const SECONDS = 6;
const WARM_SECONDS = 2;
const START_LIMIT_MS = 60_000;
const SECRET = 'a-secret-of-the-benchmark';
const HANDLERS = fileURLToPath(new URL('./http-handlers/', import.meta.url));

interface Load {
  url: string;
  jobs: number;
  connections: number;
  /** Requests per second over all connections; default as many as are answered. */
  rate?: number;
}

/** Adds jobs over HTTP to a service in a process of its own, beside a bare Express route that does one command of Redis. */
export async function measureHttp(
  { build, port }: MeasureContext,
  { jobs, connections, keys, halfLoad = false }: HttpMeasurement,
): Promise<Measured> {
  const service = await startService({ build, port, keys });
  const load: Load = { url: service.url, jobs, connections };
  try {
    await shoot(load, WARM_SECONDS);
    const full = await shoot(load, SECONDS);
    const perSecond = full.requests.average;
    const measured = { jobsPerSecond: perSecond * jobs, p99Ms: full.latency.p99 };
    if (halfLoad) {
      const half = await shoot({ ...load, rate: Math.floor(perSecond / 2) }, SECONDS);
      return { ...measured, p99Ms: half.latency.p99 };
    }
    return { ...measured, shareOfExpress: perSecond / (await bareRate(port, connections)) };
  } finally {
    await service.stop();
  }
}

async function bareRate(port: number, connections: number): Promise<number> {
  const server = await startChild('bare-server.ts', [String(port)], START_LIMIT_MS);
  const load: Load = { url: `http://127.0.0.1:${server.message}`, jobs: 1, connections };
  await shoot(load, WARM_SECONDS);
  const { requests } = await shoot(load, SECONDS);
  await endChild(server);
  return requests.average;
}

async function shoot({ url, jobs, connections, rate }: Load, seconds: number): Promise<Result> {
  const body = (number: number) => ({ type: 'email.send', data: email(number) });
  const one = jobs === 1 ? body(1) : { jobs: Array.from({ length: jobs }, (_, at) => body(at)) };
  const result = await autocannon({
    url: `${url}/v1/jobs${jobs === 1 ? '' : '/batch'}`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${SECRET}` },
    body: JSON.stringify(one),
    connections,
    duration: seconds,
    ...(rate !== undefined && { overallRate: rate }),
  });
  const failed = result.non2xx + result.errors + result.timeouts;
  if (failed > 0) throw new Error(`${failed} requests failed`);
  return result;
}

/** Starts the built service in the role api alone. */
async function startService({ build, port, keys }: { build: string; port: number; keys: boolean }) {
  const child = spawn(process.execPath, [fileURLToPath(`${build}/cli.js`), 'start', '--api'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
      REDIS_URL: `redis://127.0.0.1:${port}`,
      API_PORT: '0',
      WORKER_HANDLERS: HANDLERS,
      WORKER_QUEUES: 'mail=1',
      BENCH_BUILD: build,
      ...(keys && { API_KEYS: `bench:${SECRET}` }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  for await (const line of createInterface(child.stdout)) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (url === undefined) continue;
    child.stdout.resume();
    return { url, stop };
  }
  throw new Error('the service ended before it listened');
}
