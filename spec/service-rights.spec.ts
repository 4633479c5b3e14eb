import { expect } from 'chai';
import { Redis } from 'ioredis';
import { testQueueName } from '../lib/testing/test-queue-name.ts';
import { BLOCKS } from './docs/blocks.ts';
import { commandsOf } from './docs/shell.ts';
import { type ApiaryProcess, startApiary } from './support/process.ts';
import { type SpecRedis, startRedis } from './support/redis.ts';
import { until } from './support/wait.ts';

const READY_LIMIT_MS = 60_000;

interface Readiness {
  status: number;
  checks: Record<string, string>;
  warnings?: string[];
}

/** The rules that the page gives a user of this name. */
function rulesOf(user: string): string[] {
  const script = BLOCKS.filter(({ page }) => page === 'docs/redis.md').map(({ code }) => code);
  const commands = commandsOf(script.join('')).filter(({ words }) =>
    words.join(' ').startsWith(`ACL SETUSER ${user} `),
  );
  return commands[0]?.words.slice(3) ?? expect.fail(`the page gives no rights to ${user}`);
}

describe('apiary start as a user of Redis with few rights', function () {
  this.timeout(120_000);
  let redis: SpecRedis;
  let operator: Redis;
  let service: ApiaryProcess | null;
  let queue: string;

  beforeEach(async () => {
    redis = await startRedis({ appendOnly: false });
    operator = new Redis(redis.url);
    queue = testQueueName();
    service = null;
  });
  afterEach(async () => {
    await service?.stop();
    operator.disconnect();
    await redis.stop();
  });

  const start = async (roles: readonly string[], rules: readonly string[], path = ''): Promise<void> => {
    await operator.call('ACL', 'SETUSER', 'few', 'reset', ...rules);
    const ports = { API_PORT: '0', MONITOR_PORT: '0', HEALTH_PORT: '0' };
    const url = `redis://few:secret@127.0.0.1:${redis.port}${path}`;
    const env = { ...ports, REDIS_URL: url, WORKER_QUEUES: `${queue}=1`, LOG_FORMAT: 'json' };
    service = await startApiary(roles, env);
  };
  const process = (): ApiaryProcess => service ?? expect.fail('it was not started');
  const urlOf = async (component: string): Promise<string> => {
    const line = await process().waitForLine(new RegExp(`"component":"${component}".*listening`));
    return /http:\/\/[\d.]+:\d+/.exec(line)?.[0] ?? '';
  };
  const readiness = async (url: string): Promise<Readiness> => {
    const response = await fetch(`${url}/readyz`);
    return { ...((await response.json()) as Omit<Readiness, 'status'>), status: response.status };
  };
  const isReady = async (url: string): Promise<boolean> => (await readiness(url)).status === 200;
  /** What is no line of JSON, and the refusals that were logged. */
  const plain = (): string[] =>
    [...process().stdout, ...process().stderr].filter((line) => !line.startsWith('{'));
  const refusals = (): string[] => process().stdout.filter((line) => line.includes('NOPERM'));
  const refused = (of: (found: Readiness) => boolean, url: string) =>
    until(async () => of(await readiness(url)), 'it was not ready', READY_LIMIT_MS);
  const works = async (url: string): Promise<void> => {
    const body = JSON.stringify({ type: queue, data: {}, options: { queue } });
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body })).status).to.equal(201);
  };

  it('works in all roles with the rights of a worker, and is refused nothing', async () => {
    await start([], rulesOf('apiary-worker'));
    const [api, monitor] = await Promise.all([urlOf('api'), urlOf('monitor')]);
    await until(() => isReady(api), 'it was ready', READY_LIMIT_MS);

    await works(api);
    const pages = await Promise.all(['/', '/metrics', '/arena/'].map((path) => fetch(`${monitor}${path}`)));
    // A job without a handler fails, so that it was taken and settled.
    await until(
      async () => (await operator.scard(`bq:${queue}:failed`)) === 1,
      'the job was seen to',
      READY_LIMIT_MS,
    );
    await process().stop();

    expect(pages.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    expect(refusals()).to.deep.equal([]);
    expect(plain()).to.deep.equal([]);
  });

  it('adds with the rights of a producer', async () => {
    await start(['--api'], rulesOf('apiary-producer'));
    const api = await urlOf('api');
    await until(() => isReady(api), 'it was ready', READY_LIMIT_MS);

    await works(api);

    expect(refusals()).to.deep.equal([]);
  });

  it('goes without INFO, and writes nothing but JSON', async () => {
    await start([], [...rulesOf('apiary-worker'), '-info']);
    const [api, monitor] = await Promise.all([urlOf('api'), urlOf('monitor')]);
    await until(() => isReady(api), 'it was ready', READY_LIMIT_MS);

    const pages = await Promise.all(['/', '/metrics', '/arena/'].map((path) => fetch(`${monitor}${path}`)));

    expect(pages.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    expect(await pages[1]?.text()).to.match(/^apiary_redis_up 1$/m);
    expect(plain()).to.deep.equal([]);
  });

  for (const [what, role, rule] of [
    ['the keys', '--api', 'resetkeys'],
    ['scripts', '--api', '-eval'],
    ['a command of scripts', '--api', '-zadd'],
    ['the channels', '--api', 'resetchannels'],
    ['the blocking wait', '--worker', '-blmove'],
    ['the keys', '--worker', 'resetkeys'],
  ] as const) {
    it(`is not ready in the role ${role} without the right to ${what}, and says so`, async () => {
      await start([role], [...rulesOf('apiary-worker'), rule]);
      const url = await urlOf(role === '--api' ? 'api' : 'health');

      await refused(({ status, checks }) => status === 503 && JSON.stringify(checks).includes('NOPERM'), url);

      await until(() => refusals().length > 0, 'the log says so', READY_LIMIT_MS);
      expect(plain()).to.deep.equal([]);
    });
  }

  for (const [what, path, rules] of [
    ['a database that the server has not got', '/16', []],
    ['one that it may not select', '/3', ['-select']],
  ] as const) {
    it(`works on ${what} not at all, instead of on database 0`, async () => {
      await start([], [...rulesOf('apiary-worker'), ...rules], path);
      const api = await urlOf('api');

      await refused(({ checks }) => /Redis/.test(checks['redis'] ?? ''), api);
      const line = await process().waitForLine(/Redis is not reachable/);

      expect(line).to.match(/DB index is out of range|NOPERM/);
      expect(await operator.keys('*')).to.deep.equal([]);
      expect(plain()).to.deep.equal([]);
    });
  }

  it('warns of a Redis that evicts and keeps nothing', async () => {
    await operator.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await start(['--api'], [...rulesOf('apiary-worker'), '+config|get']);
    const api = await urlOf('api');
    await until(() => isReady(api), 'it was ready', READY_LIMIT_MS);

    await until(async () => (await readiness(api)).warnings?.length === 2, 'both are told of');

    expect((await readiness(api)).warnings).to.have.members([
      'maxmemory-policy is allkeys-lru: a full Redis deletes jobs',
      'nothing is persisted: appendonly is no, and save is empty: a restart of Redis forgets all jobs',
    ]);
    for (const check of ['eviction', 'persistence'])
      await process().waitForLine(new RegExp(`"check":"${check}"`));
  });
});
