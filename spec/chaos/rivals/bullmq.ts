import { DelayedError, FlowProducer, type Job, type JobsOptions, Queue, Worker } from 'bullmq';
import { RetryLater } from '../../../lib/errors.ts';
import type { QueueFault } from '../engines.ts';
import type { Remains } from '../ledger.ts';
import type { Work } from '../mix.ts';
import type { AddHow, Flow, Place, Rival, RivalEngine, RivalWorker, RunWork } from './rival.ts';

/** So many that no fault of the plan can use them up, as those of ours. */
const ATTEMPTS = 26;
const STALLS = 25;
const OPTIONS: JobsOptions = { attempts: ATTEMPTS, backoff: { type: 'fixed', delay: 200 } };
const SCHEDULE = 'ticks';
const TICK: Work = { name: 'tick', forMs: 5 };
const EVERY_MS = 1_000;
const OTHER_CONCURRENCY = 2;
const PUT_OFF_MS = 150;
const STATES = {
  wait: 'waiting',
  prioritized: 'waiting',
  'waiting-children': 'waiting',
  active: 'active',
  delayed: 'delayed',
  failed: 'failed',
} as const satisfies Record<string, Remains['state']>;
const OPEN = ['wait', 'prioritized', 'waiting-children', 'active', 'delayed'] as const;

/** BullMQ: producers that fail fast, workers that wait for Redis for ever, and the locks that it has by default. */
export const bullMq: RivalEngine = {
  open: async (place) => {
    const rival = new BullMqQueue(place);
    await rival.ready();
    return rival;
  },
  work: openWorker,
};

class BullMqQueue implements Rival {
  // Besides those of all jobs, which it keeps, a hash each.
  readonly lasting =
    /:(?:id|meta|events|completed|failed|marker|repeat(?::.*)?|(?:producer|breaker|tick)-.*)$/;
  readonly #queue: Queue;
  readonly #flows: FlowProducer;
  readonly #place: Place;

  constructor(place: Place) {
    const { prefix, queue } = place;
    const connection = { ...addressOf(place), enableOfflineQueue: true, maxRetriesPerRequest: 1 };
    this.#place = place;
    this.#queue = new Queue(queue, { connection, prefix });
    this.#flows = new FlowProducer({ connection, prefix });
    this.#queue.on('error', () => undefined);
    this.#flows.on('error', () => undefined);
  }

  async ready(): Promise<void> {
    await Promise.all([this.#queue.waitUntilReady(), this.#flows.waitUntilReady()]);
  }

  async add(work: Work, { dueAt, unique }: AddHow = {}): Promise<string> {
    const job = await this.#queue.add('work', work, {
      ...OPTIONS,
      jobId: work.name,
      ...(dueAt === undefined ? {} : { delay: Math.max(0, dueAt - Date.now()) }),
      ...(unique === undefined ? {} : { deduplication: { id: unique } }),
    });
    return job.id ?? '';
  }

  async addFlow(flow: Flow): Promise<void> {
    await this.#flows.add(this.#nodeOf(flow, {}));
  }

  #nodeOf({ work, after, anyway }: Flow, more: JobsOptions): Parameters<FlowProducer['add']>[0] {
    const onFailure = anyway ? { ignoreDependencyOnFailure: true } : { failParentOnFailure: true };
    const node = { name: 'work', queueName: this.#place.queue, data: work };
    const opts = { ...OPTIONS, ...more, jobId: work.name };
    const children = after.map((one) => this.#nodeOf(one, onFailure));
    return children.length === 0 ? { ...node, opts } : { ...node, opts, children };
  }

  async change(what: QueueFault, isOn: boolean): Promise<void> {
    if (what === 'queuePaused') await (isOn ? this.#queue.pause() : this.#queue.resume());
    else if (isOn) await this.#queue.setGlobalConcurrency(OTHER_CONCURRENCY);
    else await this.#queue.removeGlobalConcurrency();
  }

  async startSchedule(): Promise<void> {
    const template = { name: 'tick', data: TICK, opts: OPTIONS };
    await this.#queue.upsertJobScheduler(SCHEDULE, { every: EVERY_MS }, template);
  }

  async nextFiring(): Promise<number | null> {
    return (await this.#queue.getJobScheduler(SCHEDULE))?.next ?? null;
  }

  async endSchedule(): Promise<void> {
    await this.#queue.removeJobScheduler(SCHEDULE);
  }

  async countOpen(): Promise<number> {
    const counts = await this.#queue.getJobCounts(...OPEN);
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async remains(): Promise<Remains[]> {
    const { queue } = this.#place;
    const found: Remains[] = [];
    for (const [name, state] of Object.entries(STATES)) {
      // The keys of the table are states of its own.
      const jobs: (Job | undefined)[] = await this.#queue.getJobs([name as keyof typeof STATES]);
      for (const job of jobs) {
        if (!job) continue;
        found.push({ name: nameOf(job), queue, id: job.id ?? '', state, outcome: job.failedReason ?? null });
      }
    }
    return found;
  }

  async close(): Promise<void> {
    await Promise.all([this.#queue.disconnect(), this.#flows.disconnect()]);
  }
}

function addressOf({ url }: Place): { host: string; port: number } {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}

/** The name of its work; all ticks have the same, and an id of their own. */
function nameOf({ id, data }: Job): string {
  const { name } = data as Work;
  return name === TICK.name ? `${name}/${id}` : name;
}

async function openWorker(place: Place, concurrency: number, run: RunWork): Promise<RivalWorker> {
  const { prefix, queue: name } = place;
  const connection = { ...addressOf(place), maxRetriesPerRequest: null };
  const process = async (job: Job, token: string | undefined): Promise<unknown> => {
    const work = { ...(job.data as Work), name: nameOf(job) };
    try {
      return await run(work, { id: job.id ?? '', attempt: job.attemptsMade + 1 });
    } catch (error) {
      if (!(error instanceof RetryLater)) throw error;
      await job.moveToDelayed(Date.now() + PUT_OFF_MS, token);
      throw new DelayedError();
    }
  };
  const worker = new Worker(name, process, { connection, prefix, concurrency, maxStalledCount: STALLS });
  // Its manual has its callers listen, lest it ends the process.
  worker.on('error', () => undefined);
  return { close: () => worker.close() };
}
