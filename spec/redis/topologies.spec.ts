import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { companionClient } from '../../lib/engine/connections.ts';
import { closeClient, connect, type RedisClient, type RedisRole } from '../../lib/redis/connect.ts';
import { freePort } from '../../lib/redis/free-port.ts';
import { probe } from '../../lib/redis/probe.ts';
import { toUnavailable } from '../../lib/redis/unavailable.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { end } from '../support/cluster.ts';
import { silentLog } from '../support/log.ts';
import { startSentinels } from '../support/sentinel.ts';
import { until } from '../support/wait.ts';

describe('connect, to Sentinel and Cluster', () => {
  let dir: string;
  let servers: ChildProcess[];
  let clients: RedisClient[];

  const open = (url: string, role: RedisRole): RedisClient => {
    const client = connect(parseRedisUrl(url), role, { log: silentLog });
    clients.push(client);
    return client;
  };
  const serve = async (port: number, args: readonly string[]): Promise<ChildProcess> => {
    const server = spawn('redis-server', [...args, '--port', String(port), '--dir', dir], {
      stdio: 'ignore',
    });
    servers.push(server);
    await until(async () => (await probe(port)).kind !== 'nobody', `a server was on port ${port}`);
    return server;
  };
  const startCluster = async (port: number): Promise<ChildProcess> => {
    const args = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--save', ''];
    const server = await serve(port, args);
    const node = new Redis(port);
    await node.cluster('ADDSLOTSRANGE', 0, 16383).catch(() => 'it has them from before');
    await until(
      async () => String(await node.cluster('INFO')).includes('cluster_state:ok'),
      'the cluster served',
    );
    await node.quit();
    return server;
  };
  const failureOf = (answer: Promise<unknown>): Promise<unknown> =>
    answer.then(
      () => null,
      (error) => error,
    );

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'apiary-spec-'));
    servers = [];
    clients = [];
  });

  afterEach(async () => {
    await Promise.all(clients.map(closeClient));
    await Promise.all(servers.map(end));
    await rm(dir, { recursive: true, force: true });
  });

  it('finds the master that the Sentinels name, and the db there', async () => {
    const port = await freePort();
    const sentinelPort = await freePort();
    await serve(port, ['--save', '']);
    await writeFile(join(dir, 'sentinel.conf'), `sentinel monitor main 127.0.0.1 ${port} 1\n`);
    await serve(sentinelPort, [join(dir, 'sentinel.conf'), '--sentinel']);

    await open(`redis-sentinel://127.0.0.1:${sentinelPort}/3?master=main`, 'requests').set('key', 'value');

    expect(await open(`redis://127.0.0.1:${port}/3`, 'commands').get('key')).to.equal('value');
  });

  it('rejects no request of a connection that holds when another like it finds no Sentinel', async () => {
    const port = await freePort();
    const sentinelPort = await freePort();
    await serve(port, ['--save', '']);
    await writeFile(join(dir, 'sentinel.conf'), `sentinel monitor main 127.0.0.1 ${port} 1\n`);
    const sentinel = await serve(sentinelPort, [join(dir, 'sentinel.conf'), '--sentinel']);
    const client = open(`redis-sentinel://127.0.0.1:${sentinelPort}?master=main`, 'requests');
    await client.ping();
    await end(sentinel);
    const answer = client.blpop('nothing', 1);

    const { client: companion } = companionClient(client, 'subscriber');
    clients.push(companion);
    companion.on('error', () => {});

    expect(await answer).to.equal(null);
  });

  it('leaves a primary when the Sentinels name another, on whatever is open, and finds the new one', async () => {
    const sentinels = await startSentinels();
    try {
      const roles = ['commands', 'blocking', 'subscriber', 'requests'] as const;
      const opened = roles.map((role) => open(sentinels.url, role));
      const companion = companionClient(opened[0] as RedisClient, 'blocking').client;
      companion.on('error', () => {});
      clients.push(companion);
      const all = [...opened, companion] as Redis[];
      await Promise.all(all.map((client) => client.ping()));

      await sentinels.failOver();

      const isOnNew = ({ status, stream }: Redis) =>
        status === 'ready' && stream.remotePort === sentinels.replicaPort;
      await until(() => all.every(isOnNew), 'all were connected to the new primary');
    } finally {
      await Promise.all(clients.map(closeClient));
      await sentinels.stop();
    }
  }).timeout(120_000);

  it('rejects a request while no Sentinel answers', async () => {
    const url = `redis-sentinel://127.0.0.1:${await freePort()}?master=main`;

    const error = await failureOf(open(url, 'requests').get('key'));

    expect(error).to.have.property('message', 'All sentinels are unreachable');
    expect(toUnavailable(error)).to.include({ code: 'REDIS_UNAVAILABLE' });
  });

  it('rejects a request while the cluster is away, and lets a command wait for it', async () => {
    const port = await freePort();
    const url = `redis-cluster://127.0.0.1:${port}`;
    const server = await startCluster(port);
    const requests = open(url, 'requests');
    const commands = open(url, 'commands');
    await Promise.all([requests.set('key', 'value'), commands.get('key')]);

    await end(server);
    const waiting = commands.set('waited', 'yes');
    const error = await failureOf(requests.get('key'));
    await startCluster(port);

    expect(toUnavailable(error)).to.include({ code: 'REDIS_UNAVAILABLE', cause: error });
    expect(await waiting).to.equal('OK');
  });

  it('outlives a node that is gone while a slot is moved to it', async () => {
    const [port, other] = [await freePort(), await freePort()];
    await startCluster(port);
    const args = ['--cluster-enabled', 'yes', '--cluster-config-file', 'other.conf', '--save', ''];
    const newcomer = await serve(other, args);
    const [node, added] = [new Redis(port), new Redis(other)];
    const id = String(await added.cluster('MYID'));
    await node.cluster('MEET', '127.0.0.1', other);
    const isMet = async (): Promise<boolean> => String(await node.cluster('NODES')).includes(id);
    await until(isMet, 'the nodes knew each other');
    await node.cluster('SETSLOT', Number(await node.cluster('KEYSLOT', 'moved')), 'MIGRATING', id);
    await Promise.all([node.quit(), added.quit()]);
    await end(newcomer);

    const client = open(`redis-cluster://127.0.0.1:${port}`, 'requests');

    // A rejection that nobody hears would fail the run.
    expect(toUnavailable(await failureOf(client.get('moved')))).to.include({ code: 'REDIS_UNAVAILABLE' });
  });

  it('closes a cluster between two tries, rejecting what waits', async () => {
    const client = open(`redis-cluster://127.0.0.1:${await freePort()}`, 'commands');
    const failure = failureOf(client.get('key'));
    await until(() => client.status === 'reconnecting', 'it was between two tries');

    await closeClient(client);

    expect(client.status).to.equal('end');
    expect(toUnavailable(await failure)).to.include({ code: 'REDIS_UNAVAILABLE' });
  });
});
