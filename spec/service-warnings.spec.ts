import { expect } from 'chai';
import { Redis } from 'ioredis';
import { freePort } from '../lib/redis/free-port.ts';
import { type ApiaryProcess, startApiary } from './support/process.ts';
import { type BareRedis, startBareRedis } from './support/redis-server.ts';
import { until } from './support/wait.ts';

const READY_LIMIT_MS = 60_000;

interface Readiness {
  status: number;
  checks: Record<string, string>;
  warnings?: string[];
}

describe('/readyz over a Redis that is wrong in one thing', function () {
  this.timeout(120_000);
  const servers: BareRedis[] = [];
  let service: ApiaryProcess | null = null;

  afterEach(async () => {
    await service?.stop();
    service = null;
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function startRedis(settings: Record<string, string> = {}): Promise<BareRedis> {
    const server = await startBareRedis(await freePort(), { appendonly: 'yes', ...settings });
    servers.push(server);
    return server;
  }

  /** Starts the roles that serve; resolves with their addresses. */
  async function start({ url }: BareRedis): Promise<string[]> {
    const started = await startApiary(['--api', '--monitor'], {
      ...{ API_PORT: '0', MONITOR_PORT: '0', REDIS_URL: url, LOG_FORMAT: 'json' },
    });
    service = started;
    return Promise.all(
      ['api', 'monitor'].map(async (role) => {
        const line = await started.waitForLine(new RegExp(`"component":"${role}".*listening`));
        return /http:\/\/[\d.]+:\d+/.exec(line)?.[0] ?? expect.fail('it says no address');
      }),
    );
  }

  async function readiness(url: string): Promise<Readiness> {
    const response = await fetch(`${url}/readyz`);
    return { ...((await response.json()) as Omit<Readiness, 'status'>), status: response.status };
  }

  async function metricsOf(url: string, name: string): Promise<string[]> {
    const text = await (await fetch(`${url}/metrics`)).text();
    return text.split('\n').filter((line) => line.startsWith(name));
  }

  /** What a server answers once it warns of this. */
  async function warned(url: string, of: RegExp): Promise<Readiness> {
    let last: Readiness | null = null;
    const isWarned = async (): Promise<boolean> => {
      last = await readiness(url);
      return last.warnings?.some((one) => of.test(one)) ?? false;
    };
    await until(isWarned, `it warns of ${of}`, READY_LIMIT_MS);
    return last ?? expect.fail('it did not answer');
  }

  async function command({ port }: BareRedis, name: string, ...args: string[]): Promise<void> {
    const client = new Redis(port);
    await client.call(name, ...args);
    await client.quit();
  }

  for (const [what, settings, expected] of [
    ['deletes when it is full', { 'maxmemory-policy': 'allkeys-lru' }, /^maxmemory-policy is allkeys-lru: /],
    ['is nearly full', { maxmemory: '600kb' }, /^.* of .* are used \(maxmemory\): /],
    ['is a node of a cluster', { 'cluster-enabled': 'yes' }, /^this Redis is a node of a cluster/],
  ] as const) {
    it(`warns at the API and the monitor of one that ${what}`, async () => {
      for (const url of await start(await startRedis(settings))) {
        expect((await warned(url, expected)).warnings).to.have.length(1);
      }
    });
  }

  it('is told by metrics too, by check', async () => {
    const [, monitor = ''] = await start(await startRedis({ 'maxmemory-policy': 'allkeys-lru' }));
    await warned(monitor, /allkeys-lru/);

    const wrongs = await metricsOf(monitor, 'apiary_redis_wrong');

    expect(wrongs).to.deep.equal([
      'apiary_redis_wrong{check="version"} 0',
      'apiary_redis_wrong{check="persistence"} 0',
      'apiary_redis_wrong{check="eviction"} 1',
      'apiary_redis_wrong{check="memory"} 0',
      'apiary_redis_wrong{check="replication"} 0',
      'apiary_redis_wrong{check="cluster"} 0',
      'apiary_redis_wrong{check="rights"} 0',
    ]);
  });

  it('is ready all the same where it may work', async () => {
    const [api = ''] = await start(await startRedis({ 'maxmemory-policy': 'allkeys-lru' }));
    await until(async () => (await readiness(api)).status === 200, 'it is ready', READY_LIMIT_MS);

    expect(await warned(api, /allkeys-lru/)).to.deep.include({
      status: 200,
      warnings: ['maxmemory-policy is allkeys-lru: a full Redis deletes jobs'],
    });
  });

  it('warns of a replica, and names no host to strangers', async () => {
    const primary = await startRedis();
    const replica = await startRedis();
    await command(replica, 'REPLICAOF', '127.0.0.1', String(primary.port));

    const [api = ''] = await start(replica);
    const { warnings, ...others } = await warned(api, /^this Redis is a replica/);

    expect(others.status).to.equal(503);
    expect(others.checks['redis']).to.equal('Redis cannot be reached or cannot serve now: READONLY');
    expect(JSON.stringify([warnings, others])).to.not.include('127.0.0.1');
    expect(await service?.waitForLine(/"check":"replication"/)).to.include(`127.0.0.1:${primary.port}`);
  });

  it('has no warnings where nothing is wrong, and tells of what goes wrong later and is mended', async () => {
    const redis = await startRedis();
    const [api = ''] = await start(redis);
    await until(async () => (await readiness(api)).status === 200, 'it is ready', READY_LIMIT_MS);
    expect(await readiness(api)).to.not.have.property('warnings');

    await command(redis, 'CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl');
    await command(redis, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await warned(api, /volatile-ttl/);
    await command(redis, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await command(redis, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

    await until(async () => !('warnings' in (await readiness(api))), 'it is mended', READY_LIMIT_MS);
  });
});
