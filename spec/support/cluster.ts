import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { probe } from '../../lib/redis/probe.ts';
import { until } from './wait.ts';

/** A private Redis Cluster of two masters. */
export interface SpecCluster {
  readonly url: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const LAST_SLOT = 16_383;

/** Starts a cluster that belongs to the caller alone, who stops it; resolves when it serves. */
export async function startCluster(): Promise<SpecCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'apiary-spec-cluster-'));
  const ports = [await freePort(), await freePort()] as const;
  const servers = ports.map((port) => serve(port, dir));
  await Promise.all(ports.map((port) => until(() => isThere(port), `a node was on port ${port}`)));
  const nodes = [new Redis(ports[0]), new Redis(ports[1])] as const;
  const middle = Math.floor(LAST_SLOT / 2);
  await nodes[0].cluster('ADDSLOTSRANGE', 0, middle);
  await nodes[1].cluster('ADDSLOTSRANGE', middle + 1, LAST_SLOT);
  await nodes[0].cluster('MEET', '127.0.0.1', ports[1]);
  for (const node of nodes) await until(() => serves(node), 'the cluster served', 15_000);
  await Promise.all(nodes.map((node) => node.quit()));
  return {
    url: `redis-cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`,
    stop: async () => {
      await Promise.all(servers.map(end));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function serve(port: number, dir: string): ChildProcess {
  const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`];
  const place = ['--port', String(port), '--dir', dir, '--cluster-announce-ip', '127.0.0.1'];
  return spawn('redis-server', [...cluster, ...place, '--save', ''], { stdio: 'ignore' });
}

async function isThere(port: number): Promise<boolean> {
  return (await probe(port)).kind !== 'nobody';
}

async function serves(node: Redis): Promise<boolean> {
  const info = String(await node.cluster('INFO'));
  return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:2');
}

/** Kills a server; resolves when it is gone. */
export function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  server.kill('SIGKILL');
  return ended;
}

/** Finds a free port, below 55,000, for a node of a cluster takes the port 10,000 above its own as well. */
export async function freePort(): Promise<number> {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
  return port < 55_000 ? port : freePort();
}
