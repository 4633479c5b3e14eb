import { systemClock } from '../../clock.ts';
import { coerceError } from '../../errors.ts';
import type { JobContext } from '../../jobs/define.ts';
import type { Isolation } from '../../jobs/isolation.ts';
import type { Logger, LogLevel } from '../../logger.ts';
import { every, type Loop } from '../../loop.ts';
import { askContext, sentJobOf } from './ask-context.ts';
import { crashed, outgrown, unsendable } from './crash.ts';
import type { Host, HostEnd } from './host.ts';
import type { FromIsolate } from './message.ts';
import { openHost } from './open-host.ts';
import type { TransactionStep } from './remote-transaction.ts';
import { packError, unpackError } from './sent-error.ts';

/** What an isolate works with. */
export interface IsolateDeps {
  isolation: Isolation;
  log: Logger;
  /** The levels of which no line is wanted. */
  silent: readonly LogLevel[];
  /** Called when it has no job any more, and can have another. */
  onFree: (isolate: Isolate) => void;
}

/** A job that runs there. */
interface Running {
  run: number;
  ctx: JobContext;
  resolve: (value: unknown) => void;
  reject: (thrown: unknown) => void;
  /** Lets nothing be waited for any more. */
  stopWaiting: () => void;
}

/** How long it has when the worker is shutting down, which gives handlers a second. */
const SHUTDOWN_GRACE_MS = 500;
/** How long one without a job has to end by itself. */
const LEAVE_MS = 500;
const MEMORY_INTERVAL_MS = 500;

/** A thread or process that runs a handler, one job at a time, from its start to its end. */
export class Isolate {
  /** Resolves when it can run jobs; rejects with why not. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly #deps: IsolateDeps;
  readonly #host: Host;
  readonly #watch: Loop | null;
  readonly #effects = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (thrown: unknown) => void }
  >();
  #settleReady: { resolve: () => void; reject: (thrown: unknown) => void } | null = null;
  #running: Running | null = null;
  #runs = 0;
  #lastEffect = 0;
  #hasEnded = false;
  #isSpent = false;
  /** With what its job fails when it has ended; null for how it ended. */
  #endedFor: unknown = null;

  /** Starts it. */
  constructor(deps: IsolateDeps) {
    this.#deps = deps;
    const { isolation, silent } = deps;
    this.#host = openHost(isolation, (message) => this.#hear(message));
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.ready.catch(() => undefined);
    this.ended = this.#host.ended.then((end) => this.#over(end));
    this.#watch = isolation.maxMemoryMb === null ? null : this.#watchMemory(isolation.maxMemoryMb);
    this.#host.send({ tell: 'load', file: isolation.file.href, silent });
  }

  /** How many jobs it has been given. */
  get runs(): number {
    return this.#runs;
  }

  /** Whether it has ended, or is not to have another job. */
  get isSpent(): boolean {
    return this.#hasEnded || this.#isSpent;
  }

  /** Runs a job, which nothing else may be running; settles as the handler does, or fails with why it was ended. */
  run(data: unknown, ctx: JobContext): Promise<unknown> {
    const run = ++this.#runs;
    return new Promise((resolve, reject) => {
      const stopWaiting = this.#heedSignal(run, ctx.signal);
      this.#running = { run, ctx, resolve, reject, stopWaiting };
      if (this.#hasEnded)
        return this.#settle((running) => running.reject(crashed(this.#deps.isolation, null)));
      try {
        this.#host.send({ tell: 'run', run, data, job: sentJobOf(ctx) });
      } catch (thrown) {
        this.#settle((running) => running.reject(unsendable(ctx, thrown)));
      }
    });
  }

  /** Ends it at once; a job that runs there fails with this, or as a crash. */
  kill(endedFor: unknown = null): void {
    this.#isSpent = true;
    this.#endedFor ??= endedFor;
    this.#host.kill();
  }

  /** Ends it: by itself where it has no job, and at once where it has one. */
  leave(): void {
    if (this.#running) this.kill();
    else {
      this.#isSpent = true;
      this.#host.send({ tell: 'leave' });
      setTimeout(() => this.#host.kill(), LEAVE_MS).unref();
    }
  }

  #hear(message: FromIsolate): void {
    switch (message.tell) {
      case 'ready':
      case 'unloadable':
        this.#loaded(message);
        break;
      case 'returned':
      case 'threw':
        if (this.#isRunning(message.run)) this.#settle((running) => settleAs(message, running));
        break;
      case 'asks':
        void this.#answer(message);
        break;
      case 'effected':
      case 'ineffective':
        settleAs(message, this.#effects.get(message.effect));
        break;
      case 'logs':
        this.#log(message);
        break;
      case 'uncaught':
        this.#uncaught(message.run, unpackError(message.error));
        break;
      default:
        message satisfies never;
    }
  }

  #loaded(message: Extract<FromIsolate, { tell: 'ready' | 'unloadable' }>): void {
    if (message.tell === 'ready') this.#settleReady?.resolve();
    else {
      this.#settleReady?.reject(unpackError(message.error));
      this.kill();
    }
  }

  #isRunning(run: number | null): boolean {
    return this.#running !== null && this.#running.run === run;
  }

  async #answer({ run, call, asked }: Extract<FromIsolate, { tell: 'asks' }>): Promise<void> {
    // What asks after its end has been told so where it is.
    if (!this.#running || !this.#isRunning(run)) return;
    const effect = (step: TransactionStep | null = null): Promise<unknown> => this.#effect(call, step);
    try {
      const value = await askContext(this.#running.ctx, asked, effect);
      this.#host.send({ tell: 'answer', call, value });
    } catch (thrown) {
      this.#host.send({ tell: 'refusal', call, error: packError(thrown) });
    }
  }

  /** Has something done there that a call has asked for. */
  #effect(call: number, step: TransactionStep | null): Promise<unknown> {
    const effect = ++this.#lastEffect;
    const doing = new Promise((resolve, reject) => {
      if (this.#hasEnded) return reject(crashed(this.#deps.isolation, null));
      this.#effects.set(effect, { resolve, reject });
      this.#host.send({ tell: 'effect', call, effect, step });
    });
    return doing.finally(() => this.#effects.delete(effect));
  }

  #log({ run, line }: Extract<FromIsolate, { tell: 'logs' }>): void {
    if (!this.#running || !this.#isRunning(run)) return;
    const { level, message, fields, bound } = line;
    const { log } = this.#running.ctx;
    (Object.keys(bound).length > 0 ? log.child(bound) : log)[level](message, fields);
  }

  /** One that comes from another job than that which runs here does not harm that; nobody knows what else it left. */
  #uncaught(run: number | null, error: Error): void {
    const { isolation, log } = this.#deps;
    if (run !== null && this.#isRunning(run)) {
      this.kill(crashed(isolation, { how: '', error }));
      return;
    }
    log.error('an isolated handler left an error that nobody handled; its thread or process is replaced', {
      file: isolation.file.href,
      err: error,
    });
    this.#isSpent = true;
    if (!this.#running) this.kill();
  }

  /** Passes on that a job is to stop, and ends everything when that has not helped within the grace. */
  #heedSignal(run: number, signal: AbortSignal): () => void {
    let timer: NodeJS.Timeout | undefined;
    const abort = (): void => {
      const reason: unknown = signal.reason;
      this.#host.send({ tell: 'abort', run, reason: packError(reason) });
      timer = setTimeout(() => this.#endHard(run, reason), this.#graceMs(reason)).unref();
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    return () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
  }

  #graceMs(reason: unknown): number {
    const { graceMs } = this.#deps.isolation;
    const isShutdown = Reflect.get(coerceError(reason), 'code') === 'QUEUE_CLOSED';
    return isShutdown ? Math.min(graceMs, SHUTDOWN_GRACE_MS) : graceMs;
  }

  #endHard(run: number, reason: unknown): void {
    if (!this.#running || !this.#isRunning(run)) return;
    const { queue, type, id, attempt } = this.#running.ctx;
    const facts = { queue, type, id, attempt, isolate: this.#deps.isolation.isolate };
    this.#deps.log.warn('an isolated handler did not stop when it was told to, and was ended', facts);
    this.kill(reason);
  }

  #watchMemory(maxMemoryMb: number): Loop {
    const look = async (): Promise<void> => {
      const memoryMb = await this.#host.memoryMb();
      if (memoryMb !== null && memoryMb > maxMemoryMb) this.kill(outgrown(this.#deps.isolation, memoryMb));
    };
    return every({
      intervalMs: MEMORY_INTERVAL_MS,
      runOnce: look,
      onError: () => undefined,
      clock: systemClock,
    });
  }

  #over(end: HostEnd): void {
    this.#hasEnded = true;
    void this.#watch?.stop();
    const { isolation, log } = this.#deps;
    const why = this.#endedFor ?? crashed(isolation, end);
    this.#settleReady?.reject(why);
    for (const { reject } of this.#effects.values()) reject(why);
    if (this.#running) this.#settle(({ reject }) => reject(why));
    else if (!this.#isSpent)
      log.warn('the thread or process of an isolated handler ended while it had no job', { err: why });
  }

  #settle(by: (running: Running) => void): void {
    const running = this.#running;
    if (!running) return;
    this.#running = null;
    running.stopWaiting();
    by(running);
    this.#deps.onFree(this);
  }
}

function settleAs(
  message: Extract<FromIsolate, { tell: 'returned' | 'threw' | 'effected' | 'ineffective' }>,
  waiting: Pick<Running, 'resolve' | 'reject'> | undefined,
): void {
  if ('value' in message) waiting?.resolve(message.value);
  else waiting?.reject(unpackError(message.error));
}
