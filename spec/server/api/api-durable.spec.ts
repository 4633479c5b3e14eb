import { expect } from 'chai';
import { Redis } from 'ioredis';
import { freePort } from '../../../lib/redis/free-port.ts';
import { digestSecret } from '../../../lib/server/api/bearer.ts';
import { durabilityOfKeys } from '../../../lib/server/api/key-durability.ts';
import { type SpecApi, startApi } from '../../support/api.ts';
import { type BareRedis, startBareRedis } from '../../support/redis-server.ts';
import { until } from '../../support/wait.ts';

const KEYS = ['orders', 'patient', 'others'].map((name) => ({
  name,
  digest: digestSecret(`secret-of-${name}`),
}));
const ORDERS = { name: 'orders', durability: { replicas: 1, timeoutMs: 300 } };
const PATIENT = { name: 'patient', durability: { replicas: 1, timeoutMs: 5_000 } };

describe('adds over HTTP with a key that has a durability', () => {
  let primary: BareRedis;
  let replica: BareRedis;
  let onPrimary: Redis;
  let api: SpecApi;

  beforeEach(async () => {
    primary = await startBareRedis(await freePort(), { 'repl-diskless-sync-delay': '0' });
    replica = await startBareRedis(await freePort(), { replicaof: `127.0.0.1 ${primary.port}` });
    onPrimary = new Redis(primary.url);
    await until(async () => /state=online/.test(await onPrimary.info('replication')), 'the replica is there');
    api = await startApi({ url: primary.url, keys: KEYS, durabilityOf: durabilityOfKeys([ORDERS, PATIENT]) });
  });
  afterEach(async () => {
    replica.kill('SIGCONT');
    await api.close();
    onPrimary.disconnect();
    await Promise.all([primary.stop(), replica.stop()]);
  });

  const job = (id: string) => ({ type: 'raw', data: 1, options: { queue: 'notes', id } });
  const add = (body: unknown, { path = '/v1/jobs', by = 'orders' } = {}) =>
    api.call('POST', path, { body, headers: { Authorization: `Bearer secret-of-${by}` } });
  const stored = (id: string): Promise<number> => onPrimary.hexists('bq:notes:jobs', id);

  it('are answered when the replicas have the job', async () => {
    const { status } = await add(job('a'), { by: 'patient' });

    const onReplica = new Redis(replica.url);
    expect([status, await onReplica.hexists('bq:notes:jobs', 'a')]).to.deep.equal([201, 1]);
    onReplica.disconnect();
  });

  it('are 503 where they have it not, with the job that is stored, and wait anew for the same request', async () => {
    replica.kill('SIGSTOP');

    for (let tried = 0; tried < 2; tried++) {
      const { status, headers, body } = await add(job('a'));
      expect([status, body['type'], headers.get('retry-after')]).to.deep.equal([
        503,
        'urn:apiary:problem:not-durable',
        '1',
      ]);
      expect(body['jobs']).to.deep.equal([{ id: 'a', queue: 'notes' }]);
      expect(body['detail']).to.match(/^job a of queue notes is stored on the primary, but 0 of 1 replicas/);
    }
    expect(await stored('a')).to.equal(1);

    replica.kill('SIGCONT');
    const { status, body } = await add(job('a'), { by: 'patient' });
    expect([status, body['created']]).to.deep.equal([200, false]);
  });

  it('are told of one by one in a batch, also where all are so', async () => {
    replica.kill('SIGSTOP');

    const { status, body } = await add({ jobs: [job('a'), job('b')] }, { path: '/v1/jobs/batch' });

    expect(status).to.equal(200);
    const results = body['results'] as { error: { status: number; jobs: unknown } }[];
    expect(results.map(({ error }) => [error.status, error.jobs])).to.deep.equal([
      [503, [{ id: 'a', queue: 'notes' }]],
      [503, [{ id: 'b', queue: 'notes' }]],
    ]);
  });

  it('name no host to callers when the connection is lost meanwhile', async () => {
    replica.kill('SIGSTOP');
    const adding = add(job('a'), { by: 'patient' });
    await until(async () => /cmd=wait /.test(String(await onPrimary.client('LIST'))), 'it waits');
    const [line = ''] = String(await onPrimary.client('LIST'))
      .split('\n')
      .filter((one) => one.includes(':durable:'));
    await onPrimary.client('KILL', 'ID', Number(/^id=(\d+)/.exec(line)?.[1]));

    const { status, body } = await adding;

    expect([status, body['jobs']]).to.deep.equal([503, [{ id: 'a', queue: 'notes' }]]);
    expect(JSON.stringify(body)).to.not.include('127.0.0.1');
  });

  it('of other keys wait for nobody', async () => {
    replica.kill('SIGSTOP');

    expect((await add(job('a'), { by: 'others' })).status).to.equal(201);
  });
});
