import type { LeaseKeeper, LeaseThread } from '../engine/lease/lease-keeper.ts';
import type { ActiveJob } from '../engine/pump/active-job.ts';
import { timeoutMsOf } from '../engine/pump/time-bounds.ts';
import type { BlockingJob, WorkerInfo } from '../engine/queries/presence.ts';
import type { RedisClient } from '../engine/scripts.ts';

/** What keeping the leases of a worker works with. */
export interface KeptLeasesDeps {
  thread: LeaseThread;
  client: RedisClient;
  /** What runs here. */
  running: () => readonly ActiveJob[];
  /** How long a handler may go on after its timeout, in ms. */
  graceMs: number;
  /** What the worker says of itself now, if it does. */
  said: () => { prefix: string; info: WorkerInfo | undefined };
  /** Whose code runs at this moment, null where that is no job's; left out where nobody follows it. */
  current?: (() => BlockingJob | null) | undefined;
  onTrouble: (error: Error) => void;
}

/**
 * Of so many jobs that begin the thread is told in half a second, of the first together with all that runs. A message
 * costs as much as a job that runs alone.
 */
const MOST_TOLD = 5;
/** For how long a job without a timeout may block the event loop, and whatever else runs in the process, in ms. */
const WITHOUT_TIMEOUT_MS = 300_000;

/**
 * Has the leases of a worker kept while the event loop is blocked: for as long as what it runs may take by its timeout
 * and the grace after that. A process that is blocked for longer is taken to hang.
 */
export class KeptLeases {
  readonly keeper: LeaseKeeper;
  readonly #deps: KeptLeasesDeps;
  /** How many jobs that begin the thread is still told of. */
  #toTell = MOST_TOLD;

  constructor(deps: KeptLeasesDeps) {
    this.#deps = deps;
    const { thread, client, current, onTrouble } = deps;
    const mayBlockMs = (): number => {
      this.#toTell = MOST_TOLD;
      const jobs = deps.running();
      return jobs.length === 0 ? WITHOUT_TIMEOUT_MS : Math.max(...jobs.map((job) => this.#mayBlockMs(job)));
    };
    this.keeper = thread.open({ client, mayBlockMs, current, onTrouble });
  }

  /** Takes note of a job that begins. */
  begins(job: ActiveJob): void {
    this.keeper.mayBlock(this.#mayBlockMs(job));
    if (this.#toTell > 0) this.#tell(job);
  }

  /** It may be this one that blocks, so the thread hears of it before. */
  #tell(job: ActiveJob): void {
    const isFirst = this.#toTell-- === MOST_TOLD;
    const { queue, id, type, startedAt } = job;
    if (!isFirst) this.keeper.began({ queue, id, type, startedAt });
    else this.#tellAll();
  }

  #tellAll(): void {
    const { prefix, info } = this.#deps.said();
    if (info) this.keeper.said(prefix, info);
  }

  #mayBlockMs(job: ActiveJob): number {
    const timeoutMs = timeoutMsOf(job);
    return timeoutMs === null ? WITHOUT_TIMEOUT_MS : timeoutMs + this.#deps.graceMs;
  }
}
