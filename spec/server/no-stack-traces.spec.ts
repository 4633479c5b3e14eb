import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { stub } from 'sinon';
import type { Inspector } from '../../lib/inspector/inspector.ts';
import type { JobDefinition } from '../../lib/jobs/define.ts';
import type { Producer } from '../../lib/jobs/producer.ts';
import type { Logger } from '../../lib/logger.ts';
import { createApi } from '../../lib/server/api/api.ts';
import type { Health } from '../../lib/server/health/health.ts';
import { createHealthServer } from '../../lib/server/health/health-server.ts';
import { type Listener, listen } from '../../lib/server/listen.ts';
import type { Metrics } from '../../lib/server/metrics/metrics.ts';
import { createMonitor } from '../../lib/server/monitor/monitor.ts';
import type { QueueNames } from '../../lib/server/queue-names.ts';
import { type LogRecord, recordingLog } from '../support/log.ts';
import { until } from '../support/wait.ts';

const SECRET = 'hunter2';
/** What a stack trace, or the way to the program, looks like. */
const TRACE = /\n\s+at |&nbsp; at |node:internal|node_modules|\/lib\/|\.[jt]sx?:\d+/;

/** Whatever is asked of it fails with an error that is nobody's business. */
function broken<T extends object>(): T {
  const fail = (): never => {
    throw new Error(`a fault with ${SECRET}`);
  };
  const target: object = fail;
  return new Proxy(target, { get: () => broken(), apply: fail }) as T;
}

const AJAX = { 'X-Requested-With': 'XMLHttpRequest' };
const JSON_BODY = { 'Content-Type': 'application/json' };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

interface Provocation {
  path: string;
  init?: RequestInit;
  /** Default: whichever. */
  status?: number;
}

const PROVOCATIONS: Record<string, Provocation[]> = {
  monitor: [
    { path: '/' },
    { path: '/', init: { headers: { Accept: 'text/html' } } },
    { path: '/queues/mail/jobs/1' },
    { path: '/queues/mail/jobs/%E0%A4%A' },
    { path: '/search?queue=mail&state=failed' },
    { path: '/audit?before=x' },
    { path: '/actions/queues/mail/pause', init: { method: 'POST', headers: AJAX } },
    { path: '/actions/queues/%E0%A4%A/pause', init: { method: 'POST', headers: AJAX } },
    { path: '/nowhere', init: { headers: { Accept: 'text/html' } }, status: 404 },
    { path: '/nowhere', status: 404 },
    { path: '/%E0%A4%A', status: 404 },
    { path: '/readyz/%E0%A4%A', status: 400 },
    { path: '/readyz', status: 500 },
    { path: '/readyz/worker', status: 500 },
    { path: '/metrics', status: 500 },
    { path: '/metrics', init: { headers: { Accept: 'text/html' } }, status: 500 },
    { path: '/assets/%00', status: 404 },
    { path: '/assets/..%2f..%2fmonitor.ts', status: 404 },
    { path: '/assets/%E0%A4%A', status: 404 },
    { path: '/arena/', status: 500 },
    { path: '/arena/redis/mail', status: 500 },
    { path: '/arena/redis/%E0%A4%A', status: 400 },
    { path: '/arena/redis/mail/waiting', init: { headers: { Accept: 'text/html' } }, status: 500 },
    { path: '/arena/%00', status: 500 },
    { path: '/arena/api/queue/redis/mail/pause', init: { method: 'PUT' }, status: 403 },
    { path: '/arena/api/queue/redis/mail/pause', init: { method: 'PUT', headers: AJAX }, status: 500 },
    { path: '/arena/api/queue/redis/mail/none', init: { method: 'PUT', headers: AJAX }, status: 404 },
    {
      path: '/arena/api/queue/redis/mail/job',
      init: { method: 'POST', headers: { ...AJAX, ...JSON_BODY }, body: '{' },
      status: 400,
    },
    {
      path: '/arena/api/queue/redis/mail/job',
      init: { method: 'POST', headers: { ...AJAX, ...FORM }, body: 'a=b' },
      status: 415,
    },
  ],
  api: [
    { path: '/', status: 404 },
    { path: '/v1/queues/%E0%A4%A', status: 400 },
    { path: '/readyz/%E0%A4%A', status: 400 },
    { path: '/readyz', status: 500 },
    { path: '/v1/queues', status: 500 },
    { path: '/v1/queues/mail', status: 500 },
    { path: '/v1/queues/mail/jobs/1', status: 500 },
    // Only Redis knows whether a stock bee-queue has made such a queue.
    { path: '/v1/queues/a%20b', status: 500 },
    { path: '/v1/queues/mail/pause', init: { method: 'POST' }, status: 500 },
    { path: '/v1/queues/mail/pause', init: { method: 'PUT' }, status: 405 },
    { path: '/v1/jobs', init: { method: 'POST', headers: JSON_BODY, body: '{' }, status: 400 },
    { path: '/v1/jobs', init: { method: 'POST', headers: FORM, body: 'a=b' }, status: 415 },
    { path: '/v1/jobs', init: { method: 'POST', headers: JSON_BODY, body: '{}' }, status: 422 },
    { path: '/v1/jobs', init: post({ type: 'x', data: 1, options: { queue: 'mail' } }), status: 500 },
    { path: '/v1/jobs', init: post('x'.repeat(1024 * 1024)), status: 413 },
    { path: '/v1/jobs/batch', init: post({ jobs: [{ type: 'none', data: 1 }] }), status: 200 },
  ],
  health: [
    { path: '/', status: 404 },
    { path: '/%E0%A4%A', status: 404 },
    { path: '/readyz/%E0%A4%A', status: 400 },
    { path: '/readyz', status: 500 },
    { path: '/readyz/worker', status: 500 },
    { path: '/metrics', status: 500 },
    { path: '/metrics', init: { method: 'POST' }, status: 404 },
  ],
};

function post(body: unknown): RequestInit {
  return { method: 'POST', headers: JSON_BODY, body: JSON.stringify(body) };
}

describe('what a server answers when it fails', () => {
  let listener: Listener;
  let records: LogRecord[];

  beforeEach(() => {
    records = [];
  });

  afterEach(() => listener.close(0));

  const SERVERS: Record<string, (log: Logger) => RequestListener> = {
    monitor: (log) => createMonitor({ ...brokenDeps(log), queues: broken<QueueNames>(), users: [] }),
    api: (log) => createApi({ ...brokenDeps(log), keys: [] }),
    health: (log) => createHealthServer(brokenDeps(log)),
  };

  function brokenDeps(log: Logger) {
    return {
      inspector: broken<Inspector>(),
      producer: broken<Producer>(),
      definitions: new Map<string, JobDefinition<unknown, unknown>>(),
      metrics: broken<Metrics>(),
      health: broken<Health>(),
      log,
    };
  }

  async function serve(role: string, handler: RequestListener): Promise<string> {
    listener = await listen({ handler, role, host: '127.0.0.1', port: 0, variable: 'PORT' });
    return `http://127.0.0.1:${listener.port}`;
  }

  for (const [role, createServer] of Object.entries(SERVERS)) {
    describe(`on the port of ${role}`, () => {
      const start = (): Promise<string> => {
        const recording = recordingLog();
        records = recording.records;
        return serve(role, createServer(recording.log));
      };

      for (const { path, init = {}, status } of PROVOCATIONS[role] ?? []) {
        const { Accept = 'anything' } = (init.headers ?? {}) as Record<string, string>;

        it(`shows nothing of its inside: ${init.method ?? 'GET'} ${path} for ${Accept}`, async () => {
          const answer = await fetch((await start()) + path, init);
          const body = await answer.text();

          if (status !== undefined) expect(answer.status, body).to.equal(status);
          expect(body).not.to.match(TRACE).and.not.to.include(SECRET);
          if (status === 500) expect(JSON.stringify(records.map(errorOf))).to.include(SECRET);
        });
      }

      it('shows nothing of its inside when it cannot even log', async () => {
        const printed = stub(console, 'error');
        try {
          const answer = await fetch(`${await serve(role, createServer(broken<Logger>()))}/readyz`);

          expect(answer.status).to.equal(500);
          expect(await answer.text())
            .not.to.match(TRACE)
            .and.not.to.include(SECRET);
          await until(() => printed.callCount === 1, 'Express says it on the console');
        } finally {
          printed.restore();
        }
      });

      for (const [what, request] of [
        ['no HTTP', 'hello\r\n\r\n'],
        ['a header that is none', 'GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n'],
        ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
        ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
        ['an address that is none', 'GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
      ] as const) {
        it(`shows nothing of its inside to ${what}`, async () => {
          await start();
          const socket = connect(listener.port, '127.0.0.1');
          await once(socket, 'connect');
          socket.write(request);

          const answer = await text(socket);

          expect(answer)
            .to.match(/^HTTP\/1\.1 [45]\d\d /)
            .and.not.to.match(TRACE);
        });
      }
    });
  }
});

function errorOf({ fields }: LogRecord): string {
  return String(fields['err']);
}
