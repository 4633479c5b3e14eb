import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { systemClock } from '../../lib/clock.ts';
import { type QueueKeys, queueKeys } from '../../lib/engine/keys.ts';
import { defineScripts, type RedisClient } from '../../lib/engine/scripts.ts';
import { Session } from '../../lib/engine/session/session.ts';
import { Store } from '../../lib/engine/store/store.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { freePort } from '../../lib/redis/free-port.ts';
import { probe } from '../../lib/redis/probe.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from './log.ts';
import { until } from './wait.ts';

/** A private Redis Cluster. */
export interface SpecCluster {
  readonly url: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Three masters, the first of which can fail: it has a replica, and the others are most. */
export interface SpecFailoverCluster extends SpecCluster {
  /** The server of the slots of `key`. */
  masterOf(key: string): Promise<ChildProcess>;
  /** The ports of all nodes, the masters of the beginning first. */
  readonly ports: readonly number[];
  /** The server on a port. */
  server(port: number): ChildProcess;
  /** Starts a server on a port: again, with the data it has kept, or one that is in no cluster yet. */
  serve(port: number): Promise<void>;
}

const SESSION = { leaseMs: 60_000, keepSucceeded: -1, keepFailed: -1, publish: 'always' } as const;
const LAST_SLOT = 16_383;
const NODE_TIMEOUT_MS = 2_000;

/** Starts a cluster of two masters, or more, that belongs to the caller alone, who stops it; resolves when it serves. */
export async function startCluster(masters = 2): Promise<SpecCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'apiary-spec-cluster-'));
  const ports: number[] = [];
  for (let at = 0; at < masters; at++) ports.push(await freePort());
  const servers = await Promise.all(ports.map((port) => serve(port, dir)));
  const nodes = ports.map((port) => new Redis(port));
  const share = Math.ceil((LAST_SLOT + 1) / masters);
  for (const [at, node] of nodes.entries())
    await node.cluster('ADDSLOTSRANGE', at * share, Math.min(LAST_SLOT, (at + 1) * share - 1));
  for (const port of ports.slice(1)) await nodes[0]?.cluster('MEET', '127.0.0.1', port);
  for (const node of nodes) await until(() => serves(node, masters), 'the cluster served', 15_000);
  await Promise.all(nodes.map((node) => node.quit()));
  return {
    url: `redis-cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`,
    stop: async () => {
      await Promise.all(servers.map(end));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A cluster with the engine on it, for queues that no other spec has. */
export interface ClusterEngine {
  readonly client: RedisClient;
  /** Opens a queue, in one of the slots. */
  openQueue(): { client: RedisClient; keys: QueueKeys; store: Store; session: Session };
  /** Ends the cluster. */
  close(): Promise<void>;
}

/** Starts a cluster, and opens the engine on it; leases do not end within a spec. */
export async function openClusterEngine(): Promise<ClusterEngine> {
  const cluster = await startCluster();
  const client = connect(parseRedisUrl(cluster.url), 'commands', { log: silentLog });
  defineScripts(client);
  return {
    client,
    openQueue: () => {
      const keys = queueKeys('bq', testQueueName(), true);
      const session = new Session({ client, keys, clock: systemClock }, SESSION);
      return { client, keys, store: new Store(client, keys), session };
    },
    close: async () => {
      await closeClient(client);
      await cluster.stop();
    },
  };
}

/** Starts a cluster in which each of three masters has a replica; resolves when a failover is possible. */
export async function startFailoverCluster(settings: readonly string[] = []): Promise<SpecFailoverCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'apiary-spec-cluster-'));
  const ports: number[] = [];
  for (let at = 0; at < 6; at++) ports.push(await freePort());
  const servers = new Map<number, ChildProcess>();
  for (const port of ports) servers.set(port, await serve(port, dir, settings));
  const server = (port: number): ChildProcess => {
    const found = servers.get(port);
    if (found) return found;
    throw new Error(`no node was started on port ${port}`);
  };
  const nodes = ports.map((port) => new Redis(port));
  // Nodes that a spec ends are connected to again and again.
  for (const node of nodes) node.on('error', () => undefined);
  const [first = new Redis(), ...others] = nodes;
  const share = Math.ceil((LAST_SLOT + 1) / 3);
  for (const [at, node] of nodes.slice(0, 3).entries()) {
    await node.cluster('ADDSLOTSRANGE', at * share, Math.min(LAST_SLOT, (at + 1) * share - 1));
  }
  for (const { options } of others) await first.cluster('MEET', '127.0.0.1', options.port ?? 0);
  const knowsAll = async (node: Redis): Promise<boolean> => {
    const info = String(await node.cluster('INFO'));
    return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:6');
  };
  for (const node of nodes) await until(() => knowsAll(node), 'all knew all', 15_000);
  for (const [at, replica] of nodes.slice(3).entries()) {
    const master = String(await nodes[at]?.cluster('MYID'));
    await replica.cluster('REPLICATE', master);
  }
  const isSynced = async (node: Redis): Promise<boolean> =>
    String(await node.info('replication')).includes('master_link_status:up');
  for (const node of nodes.slice(3)) await until(() => isSynced(node), 'a replica was in step', 15_000);
  await until(
    async () => (await slotsOf(first)).every(([, , ...held]) => held.length === 2),
    'all were replicated',
    15_000,
  );
  return {
    url: `redis-cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`,
    masterOf: async (key) => {
      const slot = Number(await first.cluster('KEYSLOT', key));
      const [, , master] = (await slotsOf(first)).find(([from, to]) => from <= slot && slot <= to) ?? [];
      return server(Number(master?.[1]));
    },
    ports,
    server,
    serve: async (port) => void servers.set(port, await serve(port, dir, settings)),
    stop: async () => {
      for (const node of nodes) node.disconnect();
      await Promise.all([...servers.values()].map(end));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Slots as a node tells of them: the master first, then its replicas. */
export type Slots = [from: number, to: number, ...nodes: [host: string, port: number][]];

/** Asks a node who has which slots. */
export async function slotsOf(node: Redis): Promise<Slots[]> {
  // The shape of the reply is that of Redis.
  return (await node.cluster('SLOTS')) as unknown as Slots[];
}

async function serve(port: number, dir: string, settings: readonly string[] = []): Promise<ChildProcess> {
  const home = join(dir, String(port));
  await mkdir(home, { recursive: true });
  const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'];
  const place = ['--port', String(port), '--dir', home, '--cluster-announce-ip', '127.0.0.1'];
  const timeout = [
    '--cluster-node-timeout',
    String(NODE_TIMEOUT_MS),
    '--cluster-replica-validity-factor',
    '0',
  ];
  const args = [...cluster, ...place, ...timeout, '--save', '', ...settings];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  await until(() => isThere(port), `a node was on port ${port}`);
  return server;
}

async function isThere(port: number): Promise<boolean> {
  return (await probe(port)).kind !== 'nobody';
}

async function serves(node: Redis, masters: number): Promise<boolean> {
  const info = String(await node.cluster('INFO'));
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${masters}`);
}

/** Kills a server; resolves when it is gone. */
export function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  server.kill('SIGKILL');
  return ended;
}
