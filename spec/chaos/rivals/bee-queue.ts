import { createRequire } from 'node:module';
import type { StockJob, StockQueue } from '../../support/queues.ts';
import type { Remains } from '../ledger.ts';
import type { Work } from '../mix.ts';
import type { Place, Rival, RivalEngine, RivalWorker, RunWork } from './rival.ts';

const Stock = createRequire(import.meta.url)('bee-queue') as new (
  name: string,
  settings: object,
) => StockQueue;

const RETRIES = 25;
const BACKOFF_MS = 200;
const RECONNECT_MS = 300;
/** Its default; its manual advises to look as often as that. */
const STALL_MS = 5_000;
const CLOSE_MS = 1_000;
const MOST = 1_000_000;
const PAGES = {
  waiting: { end: MOST },
  active: { end: MOST },
  delayed: { end: MOST },
  failed: { size: MOST },
} as const satisfies Record<Remains['state'], object>;

/** Stock bee-queue: what stalls is looked for, what is delayed is brought, and connections are tried again for ever. */
export const beeQueue: RivalEngine = {
  open: async (place) => {
    const { queue, end } = openQueue(place, { isWorker: false, getEvents: false, sendEvents: false });
    await queue.ready().catch((error: unknown) => {
      end();
      throw error;
    });
    return new BeeQueue(queue, place, end);
  },
  work: openWorker,
};

class BeeQueue implements Rival {
  readonly lasting = /:(?:id|jobs|succeeded|failed|stallBlock)$/;
  readonly #queue: StockQueue;
  readonly #place: Place;
  readonly #end: () => void;

  constructor(queue: StockQueue, place: Place, end: () => void) {
    this.#queue = queue;
    this.#place = place;
    this.#end = end;
  }

  async add(work: Work, { dueAt }: { dueAt?: number } = {}): Promise<string> {
    const job = this.#queue.createJob(work).setId(work.name).retries(RETRIES).backoff('fixed', BACKOFF_MS);
    await (dueAt === undefined ? job : job.delayUntil(dueAt)).save();
    return work.name;
  }

  addFlow = unknown;
  change = unknown;
  startSchedule = unknown;
  endSchedule = unknown;
  nextFiring = unknown;

  async countOpen(): Promise<number> {
    const { waiting = 0, active = 0, delayed = 0 } = await this.#queue.checkHealth();
    return waiting + active + delayed;
  }

  async remains(): Promise<Remains[]> {
    const { queue } = this.#place;
    const pages = Object.entries(PAGES).map(async ([state, page]) => {
      const jobs = await this.#queue.getJobs(state, page);
      // The keys of the pages are the states.
      return jobs.map((job) => ({ ...remainsOf(job, queue), state: state as Remains['state'] }));
    });
    return (await Promise.all(pages)).flat();
  }

  async close(): Promise<void> {
    this.#end();
    await this.#queue.close(CLOSE_MS);
  }
}

/** What it has not got, and is not asked for. */
function unknown(): Promise<never> {
  return Promise.reject(new Error('stock bee-queue has none of this'));
}

function remainsOf({ id, data, options }: StockJob, queue: string): Omit<Remains, 'state'> {
  const stacks = options['stacktraces'];
  const outcome = Array.isArray(stacks) ? String(stacks[0]).split('\n')[0] : null;
  return { name: (data as Work).name, queue, id: id ?? '', outcome: outcome ?? null };
}

function openQueue({ url, prefix, queue: name }: Place, more: object): { queue: StockQueue; end(): void } {
  const { hostname: host, port } = new URL(url);
  let isOver = false;
  const retry_strategy = () => (isOver ? new Error('closed') : RECONNECT_MS);
  const redis = { host, port: Number(port), retry_strategy };
  const queue = new Stock(name, { redis, prefix, storeJobs: false, stallInterval: STALL_MS, ...more });
  // It tells of every outage here; its manual has its callers listen.
  queue.on('error', () => undefined);
  const end = (): void => {
    isOver = true;
  };
  return { queue, end };
}

async function openWorker(place: Place, concurrency: number, run: RunWork): Promise<RivalWorker> {
  const { queue } = openQueue(place, { getEvents: false, activateDelayedJobs: true });
  await queue.ready();
  queue.process(concurrency, (job) => {
    // What is in the queue was added above.
    const work = job.data as Work;
    return run(work, { id: job.id ?? '', attempt: RETRIES + 1 - Number(job.options['retries']) });
  });
  // Each answer is waited for here; what goes wrong with one is told by the event above, or by this.
  queue.checkStalledJobs(STALL_MS).catch(() => undefined);
  return { close: (patienceMs) => queue.close(patienceMs) };
}
