import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { RedisClient } from '../../lib/engine/scripts.ts';
import { Inspector, type WorkerInfo } from '../../lib/inspector/inspector.ts';
import { defineJob } from '../../lib/jobs/define.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from './log.ts';
import { untilNoneOpen } from './none-open.ts';
import { type ProcessExit, type SpecProcess, startCommand } from './process.ts';
import { moduleUrl, programArgs } from './program.ts';
import { redisUrl } from './redis.ts';
import { until } from './wait.ts';

/** What a chore is told. */
export interface ChoreData {
  forMs: number;
  /** What it holds of memory for ever. */
  keepMb?: number;
  /** Whether it blocks its process for that long. */
  blocks?: boolean;
  /** Whether it leaves an error that nobody handles, after that long. */
  spoils?: boolean;
}

/** The job that swarms do: it takes so long, and notes that it ran. */
export const chore = defineJob({
  type: 'spec.chore',
  queue: 'chores',
  schema: z.custom<ChoreData>(),
  retries: 0,
});

/** A run of a job that came to its end, in which process, by which of the handlers that were written. */
export interface Run {
  id: string;
  pid: number;
  version: string;
}

/** Worker processes of `apiary start` on a queue of their own, and what a spec sees of them. */
export class SpecSwarm {
  readonly client: RedisClient;
  readonly producer: Producer;
  readonly inspector: Inspector;
  readonly folder: string;
  readonly #prefix = `spec-${randomUUID()}`;
  readonly #started: SpecProcess[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.client = connect(parseRedisUrl(redisUrl()), 'commands', { log: silentLog });
    this.producer = new Producer({ client: this.client, prefix: this.#prefix });
    this.inspector = new Inspector({ client: this.client, prefix: this.#prefix });
  }

  static async open(): Promise<SpecSwarm> {
    const swarm = new SpecSwarm(await mkdtemp(join(tmpdir(), 'apiary-swarm-')));
    await swarm.writeHandler('1');
    await writeFile(swarm.#runs, '');
    return swarm;
  }

  /** Writes the handler that the processes started from now on run, or what stands first in its module. */
  async writeHandler(version: string, first = ''): Promise<void> {
    const module = `${first}
      import { appendFileSync } from 'node:fs';
      import { defineJob, handle } from '${moduleUrl('lib/index.ts')}';
      const kept = [];
      export default handle(defineJob({ type: 'spec.chore', queue: 'chores' }), async (data, ctx) => {
        if (data.spoils)
          return new Promise(() => setTimeout(() => { throw new Error('left behind'); }, data.forMs));
        if (data.keepMb) kept.push(Buffer.alloc(data.keepMb * 1_048_576, 1));
        const end = Date.now() + data.forMs;
        if (data.blocks) while (Date.now() < end);
        await new Promise((resolve) => setTimeout(resolve, end - Date.now()));
        if (ctx.signal.aborted) return;
        appendFileSync('${this.#runs}', ctx.id + ' ' + process.pid + ' ${version}\\n');
      });`;
    await writeFile(join(this.folder, 'chore.mjs'), module);
  }

  /** Runs `apiary start` in a process group of its own, by default with the worker alone. */
  start(env: Record<string, string>, args: readonly string[] = ['--worker']): Promise<SpecProcess> {
    return this.startBy([process.execPath, ...programArgs('lib/cli.ts'), 'start', ...args], env);
  }

  /** The same by a command that does so, in a folder; default that of the handlers. */
  async startBy(
    command: readonly string[],
    env: Record<string, string>,
    cwd = this.folder,
  ): Promise<SpecProcess> {
    const all = {
      ...{ NODE_ENV: 'test', REDIS_URL: redisUrl(), QUEUE_PREFIX: this.#prefix, WORKER_QUEUES: 'chores=1' },
      ...{ WORKER_HANDLERS: this.folder, HEALTH_PORT: '0', API_PORT: '0', MONITOR_PORT: '0', ...env },
    };
    // setsid makes the group, as a shell does for what it starts; the command is its only process then.
    const service = await startCommand('setsid', command, all, cwd);
    this.#started.push(service);
    return service;
  }

  /** Adds jobs; resolves with their ids. */
  async add(count: number, data: ChoreData): Promise<string[]> {
    const all: ChoreData[] = Array(count).fill(data);
    return (await this.producer.addMany(chore, all)).map(({ id }) => id);
  }

  /** What ran to its end so far. */
  async runs(): Promise<Run[]> {
    const lines = (await readFile(this.#runs, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.map((line) => {
      const [id = '', pid = '', version = ''] = line.split(' ');
      return { id, pid: Number(pid), version };
    });
  }

  /** The ids of what ran to its end, a job that ran twice twice, in order. */
  async ranIds(): Promise<string[]> {
    return (await this.runs()).map(({ id }) => id).sort();
  }

  /** The worker processes as they speak of themselves; those that take jobs. */
  async taking(): Promise<WorkerInfo[]> {
    return (await this.inspector.workers()).filter(({ status }) => status === 'running');
  }

  /** Resolves with them when there are so many. */
  async untilTaking(count: number): Promise<WorkerInfo[]> {
    await until(async () => (await this.taking()).length === count, `${count} processes take jobs`, 120_000);
    return this.taking();
  }

  async counts(): Promise<Record<string, number>> {
    return (await this.inspector.queue(chore.queue)).counts;
  }

  /** Resolves when so many jobs have succeeded, which are 1,000 at most: no more are kept. */
  async untilSucceeded(count: number): Promise<void> {
    const isSo = async (): Promise<boolean> => ((await this.counts())['succeeded'] ?? 0) >= count;
    await until(isSo, `${count} jobs have succeeded`, 90_000);
  }

  /** Resolves when nothing waits, runs or is to come. */
  async untilDrained(): Promise<void> {
    const open = async (): Promise<number> => {
      const { waiting = 0, active = 0, delayed = 0 } = await this.counts();
      return waiting + active + delayed;
    };
    await untilNoneOpen(open, 180_000);
  }

  /** What the parent answers there. */
  async fetch(service: SpecProcess, path: string): Promise<Response> {
    const line = await service.waitForLine(/health .*listening/);
    return fetch(`${/http:\/\/[\d.:]+/.exec(line)?.[0] ?? ''}${path}`);
  }

  /** Ends all that was started, and closes the connections. */
  async close(): Promise<void> {
    await Promise.all(this.#started.map((service) => endGroup(service)));
    await this.producer.close();
    await closeClient(this.client);
    await rm(this.folder, { recursive: true, force: true });
  }

  get #runs(): string {
    return join(this.folder, 'runs.txt');
  }
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Sends a signal to a process and all that it has started, as a terminal does. */
export function signalGroup({ pid }: SpecProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // All of them have ended.
  }
}

function endGroup(service: SpecProcess): Promise<ProcessExit> {
  signalGroup(service, 'SIGKILL');
  return service.exit;
}
