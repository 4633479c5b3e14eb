import { type Clock, NEVER } from '../clock.ts';
import { type PresenceDeps, readWorkers, type WorkerInfo } from '../engine/queries/presence.ts';
import { giveOrder, type PaceChange, requirePace } from '../engine/queries/worker-order.ts';
import { findWorkers } from './find-workers.ts';

/** A worker that was told how much to run, as it last spoke of itself. */
export interface PacedWorker {
  id: string;
  /** `host:pid`. */
  name: string;
  status: WorkerInfo['status'];
  /** Jobs in flight at most. */
  concurrency: number;
  /** Whether it is as it was told. One that is blocked for long, or of an older version, is not. */
  isHeeded: boolean;
}

/** What telling workers works with. */
export interface WorkerPaceDeps extends PresenceDeps {
  clock: Clock;
}

/** One that hears nothing at once speaks within five seconds, and learns it then. */
const HEED_LIMIT_MS = 6_000;
const LOOK_MS = 20;

/**
 * Tells live workers how much to run, `inspector.workerPace`: until they are told otherwise, or end. `which` is the id
 * of one, its `host:pid`, that of the parent of several, or a host.
 */
export class WorkerPace {
  readonly #deps: WorkerPaceDeps;

  constructor(deps: WorkerPaceDeps) {
    this.#deps = deps;
  }

  /**
   * Lets them take no jobs until they are resumed; what runs goes on. Resolves when they have heeded it, or after six
   * seconds. Rejects with WORKER_NOT_FOUND where no live worker is meant.
   */
  pause(which: string): Promise<PacedWorker[]> {
    return this.change(which, { paused: true });
  }

  /** Lets them take jobs again; as `pause`. */
  resume(which: string): Promise<PacedWorker[]> {
    return this.change(which, { paused: false });
  }

  /** Lets each run so many jobs at once, from 1 to 100,000; as `pause`. Throws CONFIG_INVALID for another number. */
  setConcurrency(which: string, concurrency: number): Promise<PacedWorker[]> {
    return this.change(which, { concurrency });
  }

  /** Changes both at once; as `pause`. */
  async change(which: string, change: PaceChange): Promise<PacedWorker[]> {
    requirePace('workerPace', change);
    const told = await this.find(which);
    await Promise.all(told.map(({ id }) => giveOrder(this.#deps, id, change)));
    const { clock } = this.#deps;
    const until = clock.elapsed() + HEED_LIMIT_MS;
    for (;;) {
      const now = await this.#read();
      const paced = told.map((worker) => toPaced(now.find(({ id }) => id === worker.id) ?? worker, change));
      if (paced.every(({ isHeeded }) => isHeeded) || clock.elapsed() >= until) return paced;
      await clock.sleep(LOOK_MS, NEVER);
    }
  }

  /** Reads the live workers that are meant. Rejects with WORKER_NOT_FOUND where none is. */
  find(which: string): Promise<WorkerInfo[]> {
    return findWorkers(this.#deps, which);
  }

  #read(): Promise<WorkerInfo[]> {
    return readWorkers(this.#deps);
  }
}

/** One that ends takes no jobs in any case. */
function toPaced({ id, host, pid, status, concurrency }: WorkerInfo, change: PaceChange): PacedWorker {
  const isAsPaused = change.paused === undefined || (status === 'paused') === change.paused;
  const isEnding = status === 'quiet' || status === 'stopping';
  const isAsMany = change.concurrency === undefined || concurrency === change.concurrency;
  const isHeeded = (isAsPaused || (isEnding && change.paused === true)) && isAsMany;
  return { id, name: `${host}:${pid}`, status, concurrency, isHeeded };
}
