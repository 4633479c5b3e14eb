import { expect } from 'chai';
import { z } from 'zod';
import { ApiaryError } from '../../lib/errors.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { jobFor } from '../../lib/jobs/planned-job.ts';
import { schedule } from '../../lib/jobs/schedule.ts';
import { createApi } from '../../lib/server/api/api.ts';
import { createHealth } from '../../lib/server/health/health.ts';
import { type Listener, listen } from '../../lib/server/listen.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import { silentLog } from '../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../support/monitor.ts';

const Plain = defineJob({ type: 't', queue: 'q', schema: z.unknown(), group: {} });

describe('every door for names', () => {
  let monitor: SpecMonitor;
  let api: Listener;

  beforeEach(async () => {
    monitor = await openMonitor();
    const { inspector, producer } = monitor;
    const health = createHealth({ checks: {} });
    const deps = { inspector, producer, health, keys: [], definitions: new Map(), log: silentLog };
    const handler = createApi(deps);
    api = await listen({ handler, role: 'api', host: '127.0.0.1', port: 0, variable: 'API_PORT' });
  });

  afterEach(async () => {
    await api.close(0);
    await monitor.close();
  });

  const DOORS: Record<string, (name: string) => unknown> = {
    'the type of a definition': (name) => defineJob({ type: name, schema: z.unknown() }),
    'the queue of a definition': (name) => defineJob({ type: 't', queue: name, schema: z.unknown() }),
    'the queue of a definition made by hand': (queue) => monitor.producer.add({ ...Plain, queue }, 1),
    'the type of a definition made by hand': (type) => monitor.producer.add({ ...Plain, type }, 1),
    'the queue of a raw job': (queue) => monitor.producer.addRaw({ type: 't', queue, data: 1, options: {} }),
    'the type of a raw job': (type) => monitor.producer.addRaw({ type, queue: 'q', data: 1, options: {} }),
    'many jobs': (queue) => monitor.producer.addMany({ ...Plain, queue }, [1, 2]),
    'an id': (id) => monitor.producer.add(Plain, 1, { id }),
    'a key': (key) => monitor.producer.add(Plain, 1, { key }),
    'a unique key': (key) => monitor.producer.add(Plain, 1, { unique: { key } }),
    'a group': (group) => monitor.producer.add(Plain, 1, { group }),
    'a back-off': (type) => monitor.producer.add(Plain, 1, { backoff: { type } }),
    'a step of a chain': (queue) =>
      monitor.producer.addChain([jobFor(Plain, 1), jobFor({ ...Plain, queue }, 1)]),
    'the id of a batch': (id) =>
      monitor.producer.addBatch({ id, jobs: [jobFor(Plain, 1)], last: jobFor(Plain, 1) }),
    'a member of a batch': (queue) =>
      monitor.producer.addBatch({ jobs: [jobFor({ ...Plain, queue }, 1)], last: jobFor(Plain, 1) }),
    'a schedule': (name) => monitor.producer.schedules.put(Plain, { name, everyMs: 1_000, data: 1 }),
    'a declared schedule': (name) => schedule(Plain, { name, everyMs: 1_000, data: 1 }),
    'the queue of a schedule': (queue) =>
      monitor.producer.schedules.putRaw({ queue, type: 't', name: 's', everyMs: 1_000, data: 1 }),
    'a pause': (queue) => monitor.inspector.pause(queue, 'spec'),
    limits: (queue) => monitor.inspector.limits.set(queue, { concurrency: 1 }, 'spec'),
  };

  const stored = () => monitor.client.keys(`${monitor.prefix}:*`);

  for (const [door, enter] of Object.entries(DOORS)) {
    it(`is guarded: ${door}`, async () => {
      for (const [what, name] of HOSTILE_NAMES) {
        const error = await Promise.resolve()
          .then(() => enter(name))
          .catch((thrown: unknown) => thrown);

        expect(error, what).to.be.instanceOf(ApiaryError).with.property('code', 'JOB_INVALID');
        expect((error as ApiaryError).problems, what).to.have.length.above(0);
      }
      expect(await stored()).to.deep.equal([]);
    });
  }

  const post = async (path: string, body: unknown): Promise<{ status: number; paths: string[] }> => {
    const headers = { 'Content-Type': 'application/json' };
    const url = `http://127.0.0.1:${api.port}${path}`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    const { errors = [] } = (await answer.json()) as { errors?: { path: string }[] };
    return { status: answer.status, paths: errors.map((one) => one.path) };
  };

  const FIELDS: Record<string, (name: string) => object> = {
    type: (type) => ({ type, data: 1, options: { queue: 'q' } }),
    'options.queue': (queue) => ({ type: 't', data: 1, options: { queue } }),
    'options.id': (id) => ({ type: 't', data: 1, options: { queue: 'q', id } }),
    'options.key': (key) => ({ type: 't', data: 1, options: { queue: 'q', key } }),
    'options.group': (group) => ({ type: 't', data: 1, options: { queue: 'q', group } }),
    'options.unique.key': (key) => ({ type: 't', data: 1, options: { queue: 'q', unique: { key } } }),
    'options.backoff.type': (type) => ({ type: 't', data: 1, options: { queue: 'q', backoff: { type } } }),
  };

  for (const [path, toBody] of Object.entries(FIELDS)) {
    it(`is 422 over HTTP with the path ${path}, and nothing is stored`, async () => {
      for (const [what, name] of HOSTILE_NAMES) {
        expect(await post('/v1/jobs', toBody(name)), what).to.deep.equal({ status: 422, paths: [path] });
      }
      expect(await stored()).to.deep.equal([]);
    });
  }

  it("is guarded: a job that is added on Arena's page", async () => {
    await monitor.jobIn('waiting');
    const before = await stored();
    for (const [what, name] of HOSTILE_NAMES.filter(([, text]) => text !== '')) {
      for (const body of [
        { name, data: 1 },
        { name: 't', data: 1, opts: { jobId: name } },
      ]) {
        const { status } = await monitor.send('POST', `/arena/api/queue/redis/${QUEUE}/job`, body);

        expect(status, what).to.equal(422);
      }
    }
    expect((await stored()).filter((key) => !key.includes('{:audit}')).sort()).to.deep.equal(before.sort());
  });
});

describe('a queue of a stock bee-queue whose name ours cannot have', () => {
  const NAME = 'order emails: {new}';
  let monitor: SpecMonitor;
  let api: Listener;

  beforeEach(async () => {
    monitor = await openMonitor();
    const { inspector, producer, client, prefix } = monitor;
    const health = createHealth({ checks: {} });
    const deps = { inspector, producer, health, keys: [], definitions: new Map(), log: silentLog };
    api = await listen({
      handler: createApi(deps),
      role: 'api',
      host: '127.0.0.1',
      port: 0,
      variable: 'API_PORT',
    });
    const record = { data: 1, options: { timestamp: 1 }, status: 'created', progress: 0 };
    await client.hset(`${prefix}:${NAME}:jobs`, '1', JSON.stringify(record));
    await client.lpush(`${prefix}:${NAME}:waiting`, '1');
  });

  afterEach(async () => {
    await api.close(0);
    await monitor.close();
  });

  const call = async (method: string, path: string): Promise<[number, Record<string, unknown>]> => {
    const url = `http://127.0.0.1:${api.port}/v1/queues/${path}`;
    const answer = await fetch(url, { method });
    return [answer.status, (await answer.json()) as Record<string, unknown>];
  };

  it('is read, paused, resumed and deleted over HTTP', async () => {
    const encoded = encodeURIComponent(NAME);

    const [, { counts }] = await call('GET', encoded);
    const [paused] = await call('POST', `${encoded}/pause`);
    const [resumed] = await call('POST', `${encoded}/resume`);
    const [job] = await call('GET', `${encoded}/jobs/1`);
    const [refused] = await call('DELETE', encoded);
    const [, deletion] = await call('DELETE', `${encoded}?force=true`);

    expect(counts).to.include({ waiting: 1 });
    expect([paused, resumed, job, refused]).to.deep.equal([200, 200, 200, 409]);
    expect(deletion).to.deep.equal({ queue: NAME, deleted: true });
    expect((await call('GET', encoded))[0]).to.equal(422);
  });

  it('takes jobs from the library as long as it is there', async () => {
    const add = (queue: string) => monitor.producer.addRaw({ type: 't', queue, data: 1, options: {} });

    expect((await add(NAME)).created).to.equal(true);
    expect(await add('no such queue').catch(({ code }) => code)).to.equal('JOB_INVALID');
  });
});
