import { randomUUID } from 'node:crypto';
import { type QueueKeys, queueKeys } from '../../lib/engine/keys.ts';
import { defineScripts, type RedisClient } from '../../lib/engine/scripts.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { Producer } from '../../lib/jobs/producer.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { buryWorkers, workersOf } from './burial.ts';
import { type Deed, toil } from './crew-job.ts';
import { silentLog } from './log.ts';
import { untilNoneOpen } from './none-open.ts';
import { type SpecProcess, startProgram } from './process.ts';
import { until } from './wait.ts';

/** How a worker of a crew is started. */
export interface HireOptions {
  deed?: Deed;
  /** Default 1. */
  concurrency?: number;
  /** Whether a thread keeps its leases; default true. */
  leaseThread?: boolean;
  /** Whether it follows from which job its code comes; default true. */
  attributesErrors?: boolean;
  /** Whether it prints its log; default not. */
  logs?: boolean;
  /** Whether it runs jobs in threads of their own too; default not. */
  isolates?: boolean;
  /** What Node is told beside; default nothing. */
  nodeOptions?: string;
  /** Default the crew's own Redis; a proxy in front of it, for example. */
  redis?: string;
}

/** More than die on purpose, one after the other. */
const MOST_DEATHS = 20;

/** Worker processes on one queue of their own, and what a spec sees of it. */
export class Crew {
  readonly prefix = `spec-${randomUUID()}`;
  readonly keys: QueueKeys;
  readonly client: RedisClient;
  readonly producer: Producer;
  readonly inspector: Inspector;
  /** Everyone who was ever hired. */
  readonly workers: SpecProcess[] = [];
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
    this.client = connect(parseRedisUrl(url), 'commands', { log: silentLog });
    this.keys = queueKeys(this.prefix, toil.queue, this.client.isCluster);
    defineScripts(this.client);
    this.producer = new Producer({ client: this.client, prefix: this.prefix });
    this.inspector = new Inspector({ client: this.client, prefix: this.prefix });
  }

  /** Starts a worker process; resolves when it takes jobs. */
  async hire(options: HireOptions = {}): Promise<SpecProcess> {
    const worker = await this.#start(options);
    await worker.waitForLine(/^ready$/);
    return worker;
  }

  async #start(options: HireOptions): Promise<SpecProcess> {
    const {
      deed = 'work',
      concurrency = 1,
      redis = this.#url,
      leaseThread = true,
      attributesErrors = true,
      logs = false,
      isolates = false,
      nodeOptions = '',
    } = options;
    const worker = await startProgram('spec/support/crew-worker.ts', {
      REDIS_URL: redis,
      QUEUE_PREFIX: this.prefix,
      CONCURRENCY: String(concurrency),
      DEED: deed,
      LEASE_THREAD: String(leaseThread),
      ATTRIBUTES_ERRORS: String(attributesErrors),
      LOGS: String(logs),
      ISOLATES: String(isolates),
      NODE_OPTIONS: nodeOptions,
    });
    this.workers.push(worker);
    return worker;
  }

  /** Adds jobs that take this long, and do what they say or else what their worker was told; resolves with their ids. */
  async add(count: number, forMs: number, deed?: Deed): Promise<string[]> {
    const added = await this.producer.addMany(toil, Array(count).fill({ forMs, ...(deed && { deed }) }));
    return added.map(({ id }) => id);
  }

  /**
   * Keeps a worker there as a supervisor does: each time that one has died, what it held goes back as soon as it is
   * known, and the next is started. Resolves with how many died, when the queue is drained.
   */
  async superviseUntilDrained(options: HireOptions): Promise<number> {
    let deaths = 0;
    // Not hired: what it takes may end it before it has said that it is ready.
    let worker = await this.#start(options);
    // What goes back is in neither list for one who reads one after the other.
    const isDrained = async (): Promise<boolean> => {
      const { client, keys } = this;
      // Asked for again and again while workers are busy, so no more of Redis than it takes.
      const [succeeded, failed] = await Promise.all([
        client.scard(keys.succeeded),
        client.scard(keys.failed),
      ]);
      return succeeded + failed === (await client.hlen(keys.jobs));
    };
    for (;;) {
      const drained = new AbortController();
      const died = worker.exit.then(() => drained.abort());
      await until(async () => drained.signal.aborted || (await isDrained()), 'it is drained or died', 60_000);
      if (!drained.signal.aborted) return deaths;
      await died;
      deaths++;
      if (deaths > MOST_DEATHS)
        throw new Error(`${deaths} workers died: ${worker.stderr.slice(-5).join('\n')}`);
      await this.bury();
      worker = await this.#start(options);
    }
  }

  /** How often the workers have run a job, all together. */
  runsOf(id: string): number {
    return this.workers.flatMap(({ stdout }) => stdout).filter((line) => line === `ran ${id}`).length;
  }

  /** Resolves when nothing waits, runs or is to come, and no dead worker is on the list. */
  async untilDrained(alive: number, limitMs = 60_000): Promise<void> {
    const open = async (): Promise<number> => {
      const { waiting, active, delayed } = (await this.inspector.queue(toil.queue)).counts;
      return waiting + active + delayed + Math.max(0, (await this.client.zcard(this.keys.workers)) - alive);
    };
    await untilNoneOpen(open, limitMs);
  }

  /** The incarnations of all workers, as {@link bury} takes them. */
  incarnations(): Promise<string[]> {
    return workersOf(this.client, this.keys);
  }

  /** Does as if workers had died some time ago, by default all, those too that live; see {@link buryWorkers}. */
  bury(workers?: readonly string[]): Promise<void> {
    return buryWorkers(this.client, this.keys, workers);
  }

  /** Ends every worker, also one that is stopped, and closes the connections. */
  async close(): Promise<void> {
    for (const worker of this.workers) worker.kill('SIGKILL');
    await Promise.all(this.workers.map(({ exit }) => exit));
    await this.producer.close();
    await closeClient(this.client);
  }
}
