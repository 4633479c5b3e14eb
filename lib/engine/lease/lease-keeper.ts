import type { Worker } from 'node:worker_threads';
import { coerceError } from '../../errors.ts';
import { startThread } from '../../start-thread.ts';
import type { BlockingJob, WorkerInfo } from '../queries/presence.ts';
import type { RedisClient } from '../scripts.ts';
import { type Blocker, BlockLooks, UNKNOWN_BLOCKER } from './block-looks.ts';
import { type ConnectionFacts, connectionFacts } from './connection-facts.ts';
import { Heartbeat } from './heartbeat.ts';
import { LookHook } from './look-hook.ts';
import type { KeptLease, RunningFacts, ThreadData, ThreadMessage } from './thread-message.ts';

/** Who has leases kept, and for how long it may block the main thread. */
export interface KeptWorker {
  client: RedisClient;
  /** For how long what it runs may block the main thread, in ms; asked twice a second. */
  mayBlockMs: () => number;
  /** Whose code runs at this moment, null where that is no job's; left out where nobody follows it. */
  current?: (() => BlockingJob | null) | undefined;
  /** Told why its leases are not kept any more, if they are not. */
  onTrouble: (error: Error) => void;
}

/** Has the leases of one worker kept while the main thread is blocked, and what it says of itself. */
export interface LeaseKeeper {
  /** A lease begins. */
  held(lease: Omit<KeptLease, 'place'>): void;
  /** It has ended. */
  left(incarnation: string): void;
  /** The worker says this of itself from now on. */
  said(prefix: string, info: WorkerInfo): void;
  /** It has begun this since. */
  began(job: RunningFacts): void;
  /** The worker begins something that may block the main thread for so long. */
  mayBlock(ms: number): void;
  /** Who blocked the main thread in the last `forMs`, as far as it is known. */
  blockerWithin(forMs: number): Blocker;
  /** Nothing of the worker is kept any more. Harmless twice. */
  close(): void;
}

const BEAT_MS = 500;
/** A thread costs tens of milliseconds of CPU to start, so it stays for a while for the next worker. */
const REST_MS = 10_000;
const THREAD = new URL('./lease-thread', import.meta.url);

/**
 * Keeps leases by a thread with connections of its own, one for all workers of the process. It runs as long as a worker
 * has leases to keep and ten seconds longer, does nothing until the main thread is blocked, and keeps no process alive.
 */
export class LeaseThread {
  readonly #heartbeat = new Heartbeat();
  readonly #workers = new Map<number, KeptWorker>();
  readonly #looks = new BlockLooks(() => this.#current);
  readonly #hook = new LookHook(this.#looks);
  #thread: Worker | null = null;
  #beating: NodeJS.Timeout | null = null;
  #resting: NodeJS.Timeout | null = null;
  #places = 0;

  /** Begins to keep what a worker has to be kept; where that cannot be, `onTrouble` is told, and nothing is. */
  open(worker: KeptWorker): LeaseKeeper {
    try {
      return this.#keeper(worker, connectionFacts(worker.client) ?? untold());
    } catch (thrown) {
      worker.onTrouble(coerceError(thrown));
      return NO_KEEPER;
    }
  }

  #keeper(worker: KeptWorker, connection: ConnectionFacts): LeaseKeeper {
    this.#thread ??= this.#start();
    const place = ++this.#places;
    this.#workers.set(place, worker);
    this.#wake();
    this.#tell({ tell: 'opened', place, connection });
    return {
      held: (lease) => this.#tell({ tell: 'held', lease: { ...lease, place } }),
      left: (incarnation) => this.#tell({ tell: 'left', incarnation }),
      said: (prefix, info) => this.#tell({ tell: 'said', place, prefix, info }),
      began: (job) => this.#tell({ tell: 'began', place, job }),
      mayBlock: (ms) => {
        if (ms > this.#heartbeat.allowedMs) this.#heartbeat.allow(ms);
      },
      blockerWithin: (forMs) => this.#looks.blockerWithin(forMs),
      close: () => this.#close(place),
    };
  }

  get #current(): BlockingJob | null {
    for (const { current } of this.#workers.values()) {
      const job = current?.() ?? null;
      if (job !== null) return job;
    }
    return null;
  }

  #start(): Worker {
    const workerData: ThreadData = { memory: this.#heartbeat.memory, hook: this.#hook.name };
    const thread = startThread(THREAD, { workerData, name: 'apiary-leases' });
    this.#hook.open();
    thread.unref();
    thread.on('error', (error) => this.#failed(thread, error));
    thread.on('exit', () => this.#failed(thread, new Error('the thread that keeps the leases has ended')));
    return thread;
  }

  #wake(): void {
    if (this.#resting) clearTimeout(this.#resting);
    this.#resting = null;
    this.#beating ??= setInterval(() => this.#beat(), BEAT_MS).unref();
    this.#beat();
  }

  /** Nothing is kept: the thread has nothing to look at, and ends if that remains so. */
  #rest(): void {
    if (this.#beating) clearInterval(this.#beating);
    this.#beating = null;
    this.#resting ??= setTimeout(() => this.#end(), REST_MS).unref();
  }

  #beat(): void {
    this.#heartbeat.allow(Math.max(...[...this.#workers.values()].map(({ mayBlockMs }) => mayBlockMs())));
    this.#heartbeat.beat();
  }

  #tell(message: ThreadMessage): void {
    this.#thread?.postMessage(message);
  }

  #failed(thread: Worker, error: Error): void {
    if (thread !== this.#thread) return;
    for (const { onTrouble } of this.#workers.values()) onTrouble(error);
    this.#end();
  }

  #close(place: number): void {
    if (!this.#workers.delete(place)) return;
    this.#tell({ tell: 'closed', place });
    if (this.#workers.size === 0) this.#rest();
  }

  #end(): void {
    const thread = this.#thread;
    this.#thread = null;
    this.#hook.close();
    for (const timer of [this.#beating, this.#resting]) if (timer) clearTimeout(timer);
    [this.#beating, this.#resting] = [null, null];
    void thread?.terminate();
  }
}

function untold(): never {
  throw new Error('the connection to Redis is made by functions, which no other thread can be told');
}

const NO_KEEPER: LeaseKeeper = {
  held: () => undefined,
  left: () => undefined,
  said: () => undefined,
  began: () => undefined,
  mayBlock: () => undefined,
  blockerWithin: () => UNKNOWN_BLOCKER,
  close: () => undefined,
};

/** That of this process. */
export const processLeases = new LeaseThread();
