import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { probe } from '../../lib/redis/probe.ts';
import { end, freePort } from './cluster.ts';
import { until } from './wait.ts';

/** A primary with a replica, and three Sentinels who watch it. */
export interface SpecSentinels {
  readonly url: string;
  /** The server that was the primary at the start. */
  readonly primary: ChildProcess;
  readonly primaryPort: number;
  readonly replicaPort: number;
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
export async function startSentinels(): Promise<SpecSentinels> {
  const dir = await mkdtemp(join(tmpdir(), 'apiary-spec-sentinel-'));
  const servers: ChildProcess[] = [];
  const serve = async (args: readonly string[]): Promise<{ server: ChildProcess; port: number }> => {
    const port = await freePort();
    const home = join(dir, String(port));
    await mkdir(home);
    const server = spawn('redis-server', [...args, '--port', String(port), '--dir', home], {
      stdio: 'ignore',
    });
    servers.push(server);
    await until(async () => (await probe(port)).kind !== 'nobody', `a server was on port ${port}`);
    return { server, port };
  };
  const { server: primary, port: primaryPort } = await serve(['--save', '']);
  const { port: replicaPort } = await serve(['--save', '', '--replicaof', '127.0.0.1', String(primaryPort)]);
  const sentinels: number[] = [];
  for (let at = 0; at < 3; at++) {
    const file = join(dir, `sentinel-${at}.conf`);
    await writeFile(file, configuration(primaryPort));
    sentinels.push((await serve([file, '--sentinel'])).port);
  }
  const ask = async <Answer>(question: (sentinel: Redis) => Promise<Answer>): Promise<Answer> => {
    const sentinel = new Redis(sentinels[0] ?? 0);
    return question(sentinel).finally(() => sentinel.disconnect());
  };
  await until(() => ask(knowsAll), 'the Sentinels knew each other and the replica', READY_LIMIT_MS);
  return {
    url: `redis-sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(',')}?master=main`,
    ...{ primary, primaryPort, replicaPort },
    named: async () => {
      const address = await ask((sentinel) => sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main'));
      return Array.isArray(address) ? Number(address[1]) : 0;
    },
    failOver: async () => void (await ask((sentinel) => sentinel.call('SENTINEL', 'FAILOVER', 'main'))),
    stop: async () => {
      await Promise.all(servers.map(end));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function configuration(primaryPort: number): string {
  return [
    `sentinel monitor main 127.0.0.1 ${primaryPort} 2`,
    `sentinel down-after-milliseconds main ${DOWN_AFTER_MS}`,
    'sentinel failover-timeout main 10000',
    '',
  ].join('\n');
}

async function knowsAll(sentinel: Redis): Promise<boolean> {
  const facts = String(await sentinel.info('sentinel'));
  return /status=ok,.*slaves=1,sentinels=3/.test(facts);
}
