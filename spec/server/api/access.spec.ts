import { expect } from 'chai';
import { z } from 'zod';
import { alertsKey } from '../../../lib/engine/keys.ts';
import { defineJob, handle } from '../../../lib/jobs/define.ts';
import { Producer } from '../../../lib/jobs/producer.ts';
import { API_SCOPES, type ApiScope } from '../../../lib/key-rights.ts';
import { createWorker } from '../../../lib/open.ts';
import type { ApiRoute } from '../../../lib/server/api/api-route.ts';
import { digestSecret } from '../../../lib/server/api/bearer.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { storeAlerts, storedAlert } from '../../support/alerts.ts';
import { type SpecApi, startApi } from '../../support/api.ts';
import { redisUrl } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const OURS = testQueueName();
const THEIRS = testQueueName();

/** What a key may be good for: one scope, in one queue or in all. */
interface Right {
  scope: ApiScope;
  queues: readonly string[];
}

const RIGHTS: readonly Right[] = API_SCOPES.flatMap((scope) => [
  { scope, queues: [OURS] },
  { scope, queues: ['*'] },
]);

const secretOf = ({ scope, queues }: Right): string => `${scope}-in-${queues[0] === '*' ? 'all' : 'ours'}`;
const keyOf = (right: Right) => ({
  name: secretOf(right),
  digest: digestSecret(secretOf(right)),
  scopes: [right.scope],
  queues: right.queues,
});
const bearer = (right: Right) => ({ Authorization: `Bearer ${secretOf(right)}` });

/** Whether the table of calls says that a key with this right may make the call of this route in this queue. */
function isAllowed({ isOpen, scope, path, narrows }: ApiRoute, right: Right, queue: string): boolean {
  if (isOpen) return true;
  if (scope !== right.scope) return false;
  if (right.queues.includes('*')) return true;
  return path.includes('{queue}') ? right.queues.includes(queue) : narrows === true;
}

describe('the scopes of keys', () => {
  let api: SpecApi;

  before(async () => {
    api = await startApi({ keys: RIGHTS.map(keyOf) });
  });
  after(() => api.close());

  /** The status of a call that is well-formed up to its body. */
  async function statusOf({ method, path }: ApiRoute, right: Right, queue: string): Promise<number> {
    const filled = path.replace('{queue}', queue).replace(/\{\w+\}/g, 'x');
    const asked = new AbortController();
    const body = method === 'get' ? {} : { body: '{"unknown":1}' };
    const headers = { 'Content-Type': 'application/json', ...bearer(right) };
    const { status } = await fetch(api.origin + filled, {
      ...{ method: method.toUpperCase(), headers, signal: asked.signal },
      ...body,
    });
    // Some answers have no end.
    asked.abort();
    return status;
  }

  it('are those of the method of each call', () => {
    const possible: Record<ApiRoute['method'], readonly ApiScope[]> = {
      get: ['read'],
      post: ['add', 'operate'],
      ...{ put: ['operate'], patch: ['operate'], delete: ['operate'] },
    };
    const wrong = api.routes.filter(({ method, scope }) => !possible[method].includes(scope));

    expect(wrong.map(({ operationId }) => operationId)).to.deep.equal([]);
  });

  it('let each key make the calls that it may make, in the queues in which it may, and no other', async () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const route of api.routes) {
      for (const right of RIGHTS) {
        for (const queue of [OURS, THEIRS]) {
          const status = await statusOf(route, right, queue);
          asked++;
          const wasAllowed = status !== 403 && status !== 401;
          if (wasAllowed === isAllowed(route, right, queue)) continue;
          const where = queue === OURS ? 'ours' : 'theirs';
          wrong.push(`${route.operationId} in ${where} with ${secretOf(right)} is ${status}`);
        }
      }
    }

    expect(wrong).to.deep.equal([]);
    expect(asked).to.be.greaterThan(150);
  });

  it('are named by a refusal, with those that the key has', async () => {
    const right: Right = { scope: 'add', queues: ['*'] };

    const { status, body } = await api.call('POST', `/v1/queues/${OURS}/pause`, { headers: bearer(right) });

    expect([status, body['detail']]).to.deep.equal([
      403,
      'this call needs a key with the scope operate; the key add-in-all has add',
    ]);
    expect((await api.inspector.queue(OURS)).paused).to.equal(null);
  });

  describe('in some queues', () => {
    const adding = bearer({ scope: 'add', queues: [OURS] });
    const reading = bearer({ scope: 'read', queues: [OURS] });
    const job = (queue: string, options: object = {}) => ({
      type: 'raw',
      data: 1,
      options: { queue, ...options },
    });

    it('add a job to those alone', async () => {
      const ours = await api.call('POST', '/v1/jobs', { body: job(OURS), headers: adding });
      const theirs = await api.call('POST', '/v1/jobs', { body: job(THEIRS), headers: adding });
      const known = { type: 'email.send', data: { to: 'a@example.com' } };
      const byType = await api.call('POST', '/v1/jobs', { body: known, headers: adding });

      expect([ours.status, theirs.status, byType.status]).to.deep.equal([201, 403, 403]);
      expect(theirs.body['detail']).to.equal(`queue ${THEIRS} is none of those of the key`);
      expect((await api.inspector.queue(THEIRS)).counts.waiting).to.equal(0);
    });

    it('add no workflow in which a step within others is for another queue', async () => {
      const step = (name: string, queue: string) => ({ name, ...job(queue) });
      const add = (queue: string) => {
        const steps = [step('first', OURS), { name: 'part', steps: [step('in', queue)] }];
        return api.call('POST', '/v1/workflows', { body: { steps }, headers: adding });
      };

      const [ours, theirs] = [await add(OURS), await add(THEIRS)];

      expect([ours.status, theirs.status]).to.deep.equal([201, 403]);
      expect((await api.inspector.queue(THEIRS)).counts.waiting).to.equal(0);
    });

    it('refuse the rows of a batch that are for others, and store the rest', async () => {
      const jobs = [job(OURS, { id: 'row 1' }), job(THEIRS), job(OURS, { id: 'row 3' })];
      const { status, body } = await api.call('POST', '/v1/jobs/batch', { body: { jobs }, headers: adding });

      const results = body['results'] as { created?: boolean; error?: { status: number } }[];
      expect(status).to.equal(200);
      expect(results.map(({ created, error }) => created ?? error?.status)).to.deep.equal([true, 403, true]);
      expect((await api.inspector.queue(THEIRS)).counts.waiting).to.equal(0);
    });

    it('list those alone, in whole pages', async () => {
      await Promise.all([OURS, THEIRS].map((queue) => api.client.rpush(`bq:${queue}:waiting`, 'x')));
      api.inspector.census.forget();

      const { body } = await api.call('GET', '/v1/queues?limit=1', { headers: reading });

      const queues = body['queues'] as { name: string }[];
      expect([queues.map(({ name }) => name), body['cursor']]).to.deep.equal([[OURS], null]);
    });

    it('see of everything else what is of those alone', async () => {
      const Theirs = defineJob({ type: 'theirs', queue: THEIRS, schema: z.unknown() });
      const Ours = defineJob({ type: 'ours', queue: OURS, schema: z.unknown() });
      const idle = () => undefined;
      const queues = { [OURS]: 1, [THEIRS]: 1 };
      const both = createWorker({
        redis: redisUrl(),
        handlers: [handle(Ours, idle), handle(Theirs, idle)],
        queues,
      });
      const other = createWorker({ redis: redisUrl(), handlers: [handle(Theirs, idle)] });
      const producer = new Producer({ client: api.client });
      await Promise.all([both.start(), other.start()]);
      for (const definition of [Ours, Theirs]) {
        await producer.add(definition, 1, { id: 'the same', delayMs: 60_000 });
        await producer.schedules.put(definition, { name: 'daily', data: 1, everyMs: 86_400_000 });
        await api.inspector.audit.record({
          ...{ by: 'ada', through: 'api', action: 'pause', queue: definition.queue },
          ...{ id: null, detail: null, outcome: 'done' },
        });
      }
      const wrong = [OURS, THEIRS, null].map((queue) => storedAlert({ queue, summary: `of ${queue}` }));
      await storeAlerts(api.inspector, wrong);
      api.inspector.census.forget();
      const isListed = async () =>
        (await api.inspector.workers()).filter(({ handlers }) =>
          handlers.some(({ queue }) => queue === THEIRS),
        );
      await until(async () => (await isListed()).length === 2, 'both workers are listed');

      const read = async (path: string) => (await api.call('GET', path, { headers: reading })).body;
      const seen = {
        schedules: await read('/v1/schedules'),
        audit: await read('/v1/audit'),
        workers: await read('/v1/workers'),
        types: await read('/v1/types'),
        search: await read('/v1/search?id=the%20same'),
        alerts: await read('/v1/alerts'),
      };
      const [mine] = seen.workers['workers'] as { id: string }[];
      const lanes = await read(`/v1/workers/${mine?.id}/lanes`);
      await api.client.del(alertsKey('bq'));
      await Promise.all([both.stop(), other.stop()]);

      for (const [what, answer] of Object.entries({ ...seen, lanes })) {
        expect(JSON.stringify(answer), what).to.include(OURS).and.not.include(THEIRS);
      }
      expect(seen.workers['workers']).to.have.length(1);
      expect(seen.alerts['alerts']).to.have.length(1);
      const { status } = await api.call('GET', `/v1/search?queue=${THEIRS}`, { headers: reading });
      expect(status).to.equal(403);
    });
  });
});
