import { coerceError } from '../../errors.ts';
import type { JobContext } from '../../jobs/define.ts';
import { Isolate, type IsolateDeps } from './isolate.ts';

/** What a pool works with. */
export interface PoolDeps extends Omit<IsolateDeps, 'onFree'> {
  /** How many threads or processes there are at most. */
  size: number;
}

/** Who waits for one. */
interface Waiter {
  take: (isolate: Isolate) => void;
  refuse: (thrown: unknown) => void;
}

/** Whose turn it is, until it ends. */
export interface Turn {
  /** Lets another have what was kept and not used. */
  end(): void;
}

/** The threads or processes that run one handler: started as they are needed, kept, and replaced when they end. */
export class Pool {
  readonly #deps: PoolDeps;
  readonly #all = new Set<Isolate>();
  readonly #idle: Isolate[] = [];
  readonly #waiting = new Set<Waiter>();
  /** Kept for attempts whose turn it is, until their handlers are called. */
  readonly #kept = new Map<string, Isolate[]>();
  #starting = 0;
  #isClosed = false;

  constructor(deps: PoolDeps) {
    this.#deps = deps;
  }

  /** Starts the first, and resolves when it can run jobs; rejects with why it cannot. */
  open(): Promise<void> {
    return this.#start().ready;
  }

  /**
   * Resolves when there is one for an attempt, which is kept for it then; rejects with the reason of its signal when it
   * is told to stop before, and with why where none can be started.
   */
  async turn(ctx: JobContext): Promise<Turn> {
    const isolate = await this.#next(ctx.signal);
    const key = keyOf(ctx);
    this.#kept.set(key, [...(this.#kept.get(key) ?? []), isolate]);
    return {
      end: () => {
        if (this.#takeKept(key, isolate)) this.#free(isolate);
      },
    };
  }

  /** Runs the handler in one of them, by preference in that which was kept for the attempt. */
  async run(data: unknown, ctx: JobContext): Promise<unknown> {
    const kept = this.#takeKept(keyOf(ctx));
    const isolate = kept && !kept.isSpent ? kept : await this.#next(ctx.signal);
    return isolate.run(data, ctx);
  }

  /** Ends all of them; resolves when they have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ended = [...this.#all].map((isolate) => isolate.ended);
    for (const isolate of this.#all) isolate.leave();
    await Promise.all(ended);
  }

  /** Takes back what is kept under a key, or just this one; undefined where it is not. */
  #takeKept(key: string, wanted?: Isolate): Isolate | undefined {
    const kept = this.#kept.get(key) ?? [];
    const taken = wanted ? kept.find((one) => one === wanted) : kept[0];
    const rest = kept.filter((one) => one !== taken);
    if (rest.length > 0) this.#kept.set(key, rest);
    else this.#kept.delete(key);
    return taken;
  }

  #next(signal: AbortSignal): Promise<Isolate> {
    const idle = this.#idle.pop();
    if (idle) return Promise.resolve(idle);
    if (signal.aborted) return Promise.reject(coerceError(signal.reason));
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', abort);
      };
      const abort = (): void => waiter.refuse(signal.reason);
      const waiter: Waiter = {
        take: (isolate) => {
          over();
          resolve(isolate);
        },
        refuse: (thrown) => {
          over();
          reject(coerceError(thrown));
        },
      };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', abort, { once: true });
      this.#grow();
    });
  }

  #grow(): void {
    while (!this.#isClosed && this.#starting < this.#waiting.size && this.#all.size < this.#deps.size)
      this.#start();
  }

  #start(): Isolate {
    const isolate = new Isolate({ ...this.#deps, onFree: (free) => this.#free(free) });
    this.#all.add(isolate);
    this.#starting++;
    isolate.ready.then(
      () => {
        this.#starting--;
        this.#free(isolate);
      },
      (error: unknown) => {
        this.#starting--;
        this.#refuseOne(error);
      },
    );
    void isolate.ended.then(() => this.#ended(isolate));
    return isolate;
  }

  /** Who waits gives one try each, so that what cannot be started is not started without end. */
  #refuseOne(error: unknown): void {
    const [first] = this.#waiting;
    first?.refuse(error);
  }

  #free(isolate: Isolate): void {
    const [first] = this.#waiting;
    if (isolate.isSpent) isolate.kill();
    else if (first) first.take(isolate);
    else this.#idle.push(isolate);
  }

  #ended(isolate: Isolate): void {
    this.#all.delete(isolate);
    const place = this.#idle.indexOf(isolate);
    if (place !== -1) this.#idle.splice(place, 1);
    // One that ended before it ran anything might do so for ever.
    if (!this.#isClosed && isolate.runs > 0 && this.#all.size < this.#deps.size) this.#start();
    else this.#grow();
  }
}

/** What every `ctx` of the attempt has, also one that middleware has made. */
function keyOf({ queue, id, attempt }: JobContext): string {
  return `${queue} ${id} ${attempt}`;
}
