import { randomUUID } from 'node:crypto';
import { queueKeys } from '../../lib/engine/keys.ts';
import { defineScripts, type RedisClient } from '../../lib/engine/scripts.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { buryWorkers } from './burial.ts';
import { APART_QUEUES, LINKED_QUEUES } from './linked-jobs.ts';
import { silentLog } from './log.ts';
import { untilNoneOpen } from './none-open.ts';
import { type SpecProcess, startProgram } from './process.ts';

/** Worker processes that run jobs which are tied together, and what a spec sees of them. */
export class LinkedCrew {
  readonly prefix = `spec-${randomUUID()}`;
  readonly client: RedisClient;
  readonly producer: Producer;
  readonly inspector: Inspector;
  /** Everyone who was ever hired. */
  readonly workers: SpecProcess[] = [];
  /** Those that took jobs and were not killed yet, in the order in which they began to. */
  readonly #taking: SpecProcess[] = [];
  readonly #url: string;
  readonly #queues: readonly string[];

  /** With `apart` it works in the queues of the three nodes of a cluster. */
  constructor(url: string, { apart = false }: { apart?: boolean } = {}) {
    this.#url = url;
    this.#queues = apart ? APART_QUEUES : LINKED_QUEUES;
    this.client = connect(parseRedisUrl(url), 'commands', { log: silentLog });
    defineScripts(this.client);
    this.producer = new Producer({ client: this.client, prefix: this.prefix });
    this.inspector = new Inspector({ client: this.client, prefix: this.prefix });
  }

  /** Starts a worker process, by default on the crew's own Redis; resolves when it takes jobs. */
  async hire(redis = this.#url): Promise<SpecProcess> {
    const apart = this.#queues === APART_QUEUES ? { APART: 'yes' } : {};
    const env = { REDIS_URL: redis, QUEUE_PREFIX: this.prefix, ...apart };
    const worker = await startProgram('spec/support/linked-worker.ts', env);
    this.workers.push(worker);
    await worker.waitForLine(/^ready$/);
    this.#taking.push(worker);
    return worker;
  }

  /** Kills the worker that has taken jobs for longest, unless as few as that take any; says whether it has. */
  killOldest({ leaving = 0 }: { leaving?: number } = {}): boolean {
    if (this.#taking.length <= leaving) return false;
    this.#taking.shift()?.kill('SIGKILL');
    return true;
  }

  /** How many jobs are in a state, in all queues. */
  async count(...states: ('waiting' | 'active' | 'delayed' | 'succeeded' | 'failed')[]): Promise<number> {
    const queues = await Promise.all(this.#queues.map((queue) => this.inspector.queue(queue)));
    return queues
      .flatMap(({ counts }) => states.map((state) => counts[state]))
      .reduce((sum, one) => sum + one);
  }

  /** How many successes were counted, in all queues. */
  async countedSuccesses(): Promise<number> {
    const days = await Promise.all(this.#queues.map((queue) => this.inspector.history(queue, 2)));
    return days.flat().reduce((sum, { succeeded }) => sum + succeeded, 0);
  }

  /** Resolves when nothing waits, runs or is to come. */
  async untilDrained(limitMs = 60_000): Promise<void> {
    await untilNoneOpen(() => this.count('waiting', 'active', 'delayed'), limitMs);
  }

  /** Does as if all workers had died some time ago, those too that live; see {@link buryWorkers}. */
  async bury(): Promise<void> {
    for (const queue of this.#queues)
      await buryWorkers(this.client, queueKeys(this.prefix, queue, this.client.isCluster));
  }

  /** Ends every worker, also one that is stopped, and closes the connections. */
  async close(): Promise<void> {
    for (const worker of this.workers) worker.kill('SIGKILL');
    await Promise.all(this.workers.map(({ exit }) => exit));
    await this.producer.close();
    await closeClient(this.client);
  }
}
