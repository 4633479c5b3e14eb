import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { checkRedis } from '../../lib/doctor/redis-checks.ts';
import { freePort } from '../../lib/redis/free-port.ts';
import { apiary } from '../support/command-line.ts';
import { type BareRedis, startBareRedis } from '../support/redis-server.ts';
import { until } from '../support/wait.ts';
import { openWorkers } from '../support/worker.ts';

const reportSchema = z.strictObject({
  isWell: z.boolean(),
  findings: z.array(
    z.strictObject({
      check: z.string(),
      kind: z.enum(['wrong', 'note']),
      what: z.string(),
      means: z.string(),
      mend: z.string(),
    }),
  ),
});

const KEPT = { appendonly: 'yes' };
const MIB = 1_048_576;

describe('apiary doctor', function () {
  this.timeout(120_000);
  const servers: BareRedis[] = [];

  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

  async function start(settings: Record<string, string> = KEPT, folder?: string): Promise<BareRedis> {
    const server = await startBareRedis(await freePort(), settings, folder);
    servers.push(server);
    return server;
  }

  /** Sends commands to a server as its administrator. */
  async function command({ port }: BareRedis, ...calls: [string, ...string[]][]): Promise<void> {
    const client = new Redis(port);
    for (const [name, ...args] of calls) await client.call(name, ...args);
    await client.quit();
  }

  /** What is wrong with a Redis, each with its check before it; and the exit code. */
  async function wrongWith(url: string): Promise<{ code: number; wrong: string[]; notes: string[] }> {
    const { code, out, err } = await apiary(['doctor', '--json'], { env: { REDIS_URL: url } });
    expect(err).to.equal('');
    const report = reportSchema.parse(JSON.parse(out));
    // A machine under load is slow, which is no fault of the server.
    const [findings, isWell] = [report.findings.filter(({ check }) => check !== 'latency'), report.isWell];
    const told = (kind: string): string[] =>
      findings.filter((one) => one.kind === kind).map(({ check, what }) => `${check}: ${what}`);
    expect(isWell).to.equal(told('wrong').length === 0);
    return { code, wrong: told('wrong'), notes: told('note') };
  }

  it('finds nothing where nothing is wrong', async () => {
    const { url } = await start();

    expect(await wrongWith(url)).to.deep.equal({ code: 0, wrong: [], notes: [] });
    expect((await apiary(['doctor'], { env: { REDIS_URL: url } })).out).to.match(
      /^nothing is wrong: reach, /,
    );
  });

  it('says what a finding means, and what mends it', async () => {
    const { url } = await start({});

    const { out } = await apiary(['doctor'], { env: { REDIS_URL: url } });

    expect(out).to.match(/^WRONG {2}persistence: .*\n {2}means: .*\n {2}mend: {2}.*appendonly yes/);
  });

  for (const [what, settings, expected] of [
    ['keeps nothing', {}, /^persistence: nothing is persisted/],
    ['deletes when it is full', { ...KEPT, 'maxmemory-policy': 'allkeys-lru' }, /^eviction: .*allkeys-lru/],
    ['asks for a password', { ...KEPT, requirepass: 'secret' }, /^reach: .*NOAUTH/],
    ['is a node of a cluster', { ...KEPT, 'cluster-enabled': 'yes' }, /^cluster: this Redis is a node/],
  ] as const) {
    it(`names a Redis that ${what}`, async () => {
      const { code, wrong } = await wrongWith((await start(settings)).url);

      expect([code, wrong.length]).to.deep.equal([1, 1], wrong.join('\n'));
      expect(wrong[0]).to.match(expected);
    });
  }

  it('names one whose memory is nearly full', async () => {
    const server = await start();
    const client = new Redis(server.port);
    const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    await client.config('SET', 'maxmemory', Math.round(used * 1.05 + MIB / 16));
    await client.quit();

    const { code, wrong } = await wrongWith(server.url);

    expect(code).to.equal(1);
    expect(wrong[0]).to.match(/^memory: .* are used \(maxmemory\)$/);
  });

  it('names a replica, which takes no changes', async () => {
    const primary = await start();
    const replica = await start();
    await command(replica, ['REPLICAOF', '127.0.0.1', String(primary.port)]);

    const { code, wrong } = await wrongWith(replica.url);

    const { out } = await apiary(['doctor'], { env: { REDIS_URL: replica.url } });
    expect(code).to.equal(1);
    expect(wrong[0]).to.match(/^replication: this Redis is a replica/);
    expect(out).to.include(`mend:  use the address of its primary, 127.0.0.1:${primary.port}, or`);
  });

  it('names one whose snapshots fail', async () => {
    const server = await start({ save: '3600 1' });
    const client = new Redis(server.port);
    // Once it has looked for data of before: with the folder in their place it would not start.
    await client.ping();
    await mkdir(join(server.folder, 'dump.rdb', 'in-the-way'), { recursive: true });
    await client.call('BGSAVE');
    await until(async () => (await client.info('persistence')).includes('bgsave_status:err'), 'it failed');
    await client.quit();

    const { code, wrong } = await wrongWith(server.url);

    expect(code).to.equal(1);
    expect(wrong.join('\n')).to.match(/rdb_last_bgsave_status|MISCONF/);
  });

  it('names one that loads its data', async () => {
    const first = await start({});
    const sets = Array.from({ length: 4_000 }, (_, at): [string, ...string[]] => ['SET', `k${at}`, 'x']);
    await command(first, ...sets, ['SAVE']);
    await first.end();
    const slow = { 'key-load-delay': '5000', 'loading-process-events-interval-bytes': '1024' };
    const { url } = await start(slow, first.folder);

    const { code, wrong } = await wrongWith(url);

    expect(code).to.equal(1);
    expect(wrong).to.have.length(1);
    expect(wrong[0]).to.match(/^reach: .*LOADING/);
  });

  it('names each command that the user may not call', async () => {
    const server = await start();
    await command(server, [
      'ACL',
      'SETUSER',
      'worker',
      'on',
      '>secret',
      '~*',
      '&*',
      '+@all',
      '-blmove',
      '-zadd',
      '-client|list',
    ]);

    const { code, wrong, notes } = await wrongWith(`redis://worker:secret@127.0.0.1:${server.port}`);

    expect(code).to.equal(1);
    expect(wrong).to.deep.equal(['rights: the user may not call zadd, blmove']);
    expect(notes).to.deep.equal(['rights: the user may not call client|list']);
  });

  it('names the keys that it may not touch, and what it may not look at', async () => {
    const server = await start();
    await command(
      server,
      ['ACL', 'SETUSER', 'stranger', 'on', '>secret', '~other:*', '&*', '+@all'],
      ['ACL', 'SETUSER', 'blind', 'on', '>secret', '~*', '&*', '+@all', '-info'],
    );

    const stranger = await wrongWith(`redis://stranger:secret@127.0.0.1:${server.port}`);
    const blind = await wrongWith(`redis://blind:secret@127.0.0.1:${server.port}`);

    expect(stranger.code).to.equal(1);
    expect(stranger.wrong).to.include('rights: the user may not touch keys or channels that begin with bq:');
    expect(blind).to.deep.equal({ code: 0, wrong: [], notes: ['rights: INFO may not be read'] });
  });

  it('names a user that Redis does not know', async () => {
    const { port } = await start();

    const { code, wrong } = await wrongWith(`redis://nobody:secret@127.0.0.1:${port}`);

    expect(code).to.equal(1);
    expect(wrong[0])
      .to.match(/^reach: .*WRONGPASS/)
      .and.not.include('secret');
  });

  it('names a cluster whose slots nobody serves', async () => {
    const { port } = await start({ ...KEPT, 'cluster-enabled': 'yes' });

    const { code, wrong } = await wrongWith(`redis-cluster://127.0.0.1:${port}`);

    expect(code).to.equal(1);
    expect(wrong[0]).to.match(/^cluster: the state of the cluster is fail: 0 of 16,384 slots/);
  });

  it('says that nobody is there, and ends with 69', async () => {
    const { code, wrong } = await wrongWith(`redis://127.0.0.1:${await freePort()}`);

    expect(code).to.equal(69);
    expect(wrong[0]).to.match(/^reach: .*ECONNREFUSED/);
  });

  it('names queues that nobody serves, that are late and that are paused', async () => {
    const { url } = await start();
    const rig = openWorkers(url);
    try {
      await rig.add(1, 2);
      await rig.producer.addRaw({
        type: 'job',
        queue: 'late',
        data: 1,
        options: { runAt: Date.now() - 120_000 },
      });
      await rig.client.zadd('bq:late:delayed', Date.now() - 120_000, 'x');
      await rig.store('idle').pause('ada', Date.now());

      const { code, wrong, notes } = await wrongWith(url);

      expect(code).to.equal(1);
      expect(wrong.join('\n')).to.include(`workers: no live worker serves queue ${rig.queue}: 2 jobs wait`);
      expect(wrong.join('\n')).to.match(/^queues: what is due in queue late is 2 min( \d s)? late$/m);
      expect(notes.join('\n')).to.match(/^queues: queue idle is paused by ada for /m);
    } finally {
      await rig.close();
    }
  });

  it('names a setting that cannot be', async () => {
    const { url } = await start();

    const { code, out } = await apiary(['doctor'], { env: { REDIS_URL: url, WORKER_CONCURRENCY: 'many' } });

    expect(code).to.equal(1);
    expect(out).to.match(/^WRONG {2}settings: WORKER_CONCURRENCY is "many"; allowed: /);
  });
});

describe('what no server here can be made to say', () => {
  const FACTS = { info: new Map<string, string>(), save: '', isLoneNode: false, pingMs: 1, clockAheadMs: 0 };
  const checked = (facts: Partial<typeof FACTS>): string[] =>
    checkRedis({ ...FACTS, ...facts }).map(({ check, what }) => `${check}: ${what}`);

  it('is found all the same: an old version, a clock that is off, a slow line', () => {
    expect(checked({ info: new Map([['redis_version', '6.0.16']]) })).to.deep.equal([
      'version: Redis is version 6.0.16',
    ]);
    expect(checked({ clockAheadMs: -90_000 })[0]).to.match(
      /^clock: .* 1 min 30 s behind that of this machine$/,
    );
    expect(checked({ pingMs: 250 })).to.deep.equal(['latency: a PING takes 250 ms']);
  });
});
