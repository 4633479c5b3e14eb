import { expect } from 'chai';
import { hashPassword } from '../lib/server/monitor/password-hash.ts';
import { testQueueName } from '../lib/testing/test-queue-name.ts';
import { addressOf } from './package/service.ts';
import { randomKeys } from './support/encryption.ts';
import { type ApiaryProcess, startApiary } from './support/process.ts';
import { redisUrl } from './support/redis.ts';

const SECRET = 'Ada-Lovelace-was-here';
const CLOSED = '(encrypted)';

describe('who may see encrypted jobs', function () {
  this.timeout(60_000);
  let service: ApiaryProcess;
  let api: string;
  let monitor: string;
  let queue: string;
  let id: string;

  const secretOf = (name: string): string => `a-long-secret-of-${name}`;
  const call = (name: string, path: string, body?: object) =>
    fetch(`${api}/v1${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${secretOf(name)}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  const page = async (user: string, path: string): Promise<string> => {
    const basic = Buffer.from(`${user}:${secretOf(user)}`).toString('base64');
    const response = await fetch(`${monitor}${path}`, { headers: { authorization: `Basic ${basic}` } });
    expect(response.status, path).to.equal(200);
    return response.text();
  };
  const job = (options: object = {}) => ({
    type: 'note',
    data: { note: SECRET },
    options: { queue, encrypt: true, delayMs: 600_000, headers: { who: SECRET }, ...options },
  });

  before(async () => {
    queue = testQueueName();
    const names = ['adder:add', 'reader:read', 'operator:add+read+operate'];
    const keys = names.map((one) => one.replace(':', `:${secretOf(one.split(':')[0] ?? '')}:`));
    const users = ['viewer', 'operator'].map(
      async (role) => `${role}:${await hashPassword(secretOf(role))}:${role}`,
    );
    const env = {
      REDIS_URL: redisUrl(),
      API_PORT: '0',
      MONITOR_PORT: '0',
      API_KEYS: keys.join(','),
      MONITOR_USERS: (await Promise.all(users)).join(','),
      JOB_ENCRYPTION_KEYS: randomKeys(),
    };
    service = await startApiary(['--api', '--monitor'], env);
    api = await addressOf(service, 'api');
    monitor = await addressOf(service, 'monitor');
    const added = await call('adder', '/jobs', job({ id: 'one' }));
    expect(added.status).to.equal(201);
    id = 'one';
  });
  after(() => service.stop());

  for (const path of ['', '?wait=1ms']) {
    it(`shows a job over HTTP to keys with the scope operate alone ${path}`, async () => {
      const read = await (await call('reader', `/queues/${queue}/jobs/${id}${path}`)).json();
      const operated = await (await call('operator', `/queues/${queue}/jobs/${id}${path}`)).json();

      expect(read).to.include({ encrypted: 'closed', data: CLOSED });
      expect(JSON.stringify(read)).not.to.include(SECRET);
      expect(operated).to.deep.include({ encrypted: 'opened', data: { note: SECRET } });
      expect(operated).to.have.nested.property('headers.who', SECRET);
    });
  }

  it('lists and searches likewise', async () => {
    const paths = [
      `/queues/${queue}/jobs?state=delayed`,
      `/search?id=${id}`,
      `/search?queue=${queue}&state=delayed`,
    ];
    for (const path of paths) {
      expect(await (await call('reader', path)).text())
        .to.include(CLOSED)
        .and.not.include(SECRET);
      expect(await (await call('operator', path)).text()).to.include(SECRET);
    }
    const sought = `/search?queue=${queue}&field=note&value=${SECRET}`;
    expect(await (await call('reader', sought)).json()).to.deep.include({ jobs: [], closed: 1 });
    expect(await (await call('operator', sought)).json()).to.have.property('closed', 0);
  });

  it('compares what is sent again under an idempotency key, also for who may only add', async () => {
    const headers = {
      authorization: `Bearer ${secretOf('adder')}`,
      'content-type': 'application/json',
      'idempotency-key': 'again',
    };
    const send = (note: string) =>
      fetch(`${api}/v1/jobs`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...job(), data: { note } }),
      });

    expect((await send(SECRET)).status).to.equal(201);
    expect((await send(SECRET)).status).to.equal(200);
    expect((await send('other')).status).to.equal(409);
  });

  it('shows the pages and Arena to operators alone', async () => {
    const paths = [
      `/queues/${queue}/jobs/${id}`,
      `/arena/redis/${queue}/delayed`,
      `/arena/redis/${queue}/${id}?json=true`,
    ];
    for (const path of paths) {
      expect(await page('viewer', path), path)
        .to.include(CLOSED)
        .and.not.include(SECRET);
      expect(await page('operator', path), path).to.include(SECRET);
    }
    expect(await page('viewer', `/queues/${queue}/jobs/${id}`)).to.include('shown to operators only');
    const found = await page('viewer', `/search?queue=${queue}&state=delayed&path=note&value=${SECRET}`);
    expect(found).to.include('encrypted and could not be looked into');
  });
});
