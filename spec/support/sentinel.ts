import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../lib/redis/free-port.ts';
import { probe } from '../../lib/redis/probe.ts';
import { end } from './cluster.ts';
import { until } from './wait.ts';

/** How they are set up. */
export interface SpecSentinelOptions {
  /** Default 1. */
  replicas?: number;
  /** Of every server that holds data, as on its command line. */
  settings?: readonly string[];
  /** Twice as long must lie between two failovers; default 10 s. */
  failoverTimeoutMs?: number;
}

/** A primary with replicas, and three Sentinels who watch it. */
export interface SpecSentinels {
  readonly url: string;
  /** The server that was the primary at the start. */
  readonly primary: ChildProcess;
  readonly primaryPort: number;
  /** That of the first replica. */
  readonly replicaPort: number;
  /** The ports of all that hold data. */
  readonly ports: readonly number[];
  /** The server on a port. */
  server(port: number): ChildProcess;
  /** Starts the server of a port again, with the data it has kept; it must have ended. */
  restart(port: number): Promise<void>;
  /** The port of the primary that the Sentinels name. */
  named(): Promise<number>;
  /** Lets the Sentinels replace the primary though it is well. */
  failOver(): Promise<void>;
  /** Ends everything and removes the data. */
  stop(): Promise<void>;
}

const DOWN_AFTER_MS = 2_000;
const READY_LIMIT_MS = 20_000;

/** Starts them for the caller alone, who stops them; resolves when a failover is possible. */
export async function startSentinels(options: SpecSentinelOptions = {}): Promise<SpecSentinels> {
  const { replicas = 1, settings = [], failoverTimeoutMs = 10_000 } = options;
  const dir = await mkdtemp(join(tmpdir(), 'apiary-spec-sentinel-'));
  const servers = new Map<number, ChildProcess>();
  const serve = async (args: readonly string[], port: number): Promise<number> => {
    const home = join(dir, String(port));
    await mkdir(home, { recursive: true });
    const all = [...args, '--port', String(port), '--dir', home];
    servers.set(port, spawn('redis-server', all, { stdio: 'ignore' }));
    await until(async () => (await probe(port)).kind !== 'nobody', `a server was on port ${port}`);
    return port;
  };
  const ofData = ['--save', '', ...settings];
  const primaryPort = await serve(ofData, await freePort());
  const replicaPorts: number[] = [];
  for (let at = 0; at < replicas; at++) {
    const args = [...ofData, '--replicaof', '127.0.0.1', String(primaryPort)];
    replicaPorts.push(await serve(args, await freePort()));
  }
  const sentinels: number[] = [];
  for (let at = 0; at < 3; at++) {
    const file = join(dir, `sentinel-${at}.conf`);
    await writeFile(file, configuration(primaryPort, failoverTimeoutMs));
    sentinels.push(await serve([file, '--sentinel'], await freePort()));
  }
  const server = (port: number): ChildProcess => {
    const found = servers.get(port);
    if (found) return found;
    throw new Error(`no server was started on port ${port}`);
  };
  const knowsAll = async (sentinel: Redis): Promise<boolean> =>
    String(await sentinel.info('sentinel')).includes(`slaves=${replicas},sentinels=3`) &&
    /status=ok/.test(String(await sentinel.info('sentinel')));
  const ask = async <Answer>(question: (sentinel: Redis) => Promise<Answer>): Promise<Answer> => {
    const sentinel = new Redis(sentinels[0] ?? 0);
    return question(sentinel).finally(() => sentinel.disconnect());
  };
  await until(() => ask(knowsAll), 'the Sentinels knew each other and the replica', READY_LIMIT_MS);
  return {
    url: `redis-sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(',')}?master=main`,
    primary: server(primaryPort),
    primaryPort,
    replicaPort: replicaPorts[0] ?? 0,
    ports: [primaryPort, ...replicaPorts],
    server,
    restart: async (port) => void (await serve(ofData, port)),
    named: async () => {
      const address = await ask((sentinel) => sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main'));
      return Array.isArray(address) ? Number(address[1]) : 0;
    },
    failOver: async () => void (await ask((sentinel) => sentinel.call('SENTINEL', 'FAILOVER', 'main'))),
    stop: async () => {
      await Promise.all([...servers.values()].map(end));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function configuration(primaryPort: number, failoverTimeoutMs: number): string {
  return [
    `sentinel monitor main 127.0.0.1 ${primaryPort} 2`,
    `sentinel down-after-milliseconds main ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout main ${failoverTimeoutMs}`,
    '',
  ].join('\n');
}
