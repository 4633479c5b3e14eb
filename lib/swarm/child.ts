import { type ChildProcess, fork } from 'node:child_process';
import type { Clock } from '../clock.ts';
import { ApiaryError } from '../errors.ts';
import { type Asked, type FromChild, type FromParent, isFromChild, toSent } from './message.ts';
import { type Life, START_LIMIT_MS } from './restart-rule.ts';

/** How long what a process has said last is waited for after its end. */
const LAST_WORDS_MS = 1_000;

/** Why a process asks to be replaced: it has grown past its memory, or a job has left an error there. */
export type Spent = Extract<FromChild, { kind: 'outgrown' | 'spoiled' }>;

/** What a worker process is started by. */
export interface ChildOptions {
  /** The program that it runs. */
  program: URL;
  /** What it is to be; goes by structured clone. */
  orders: unknown;
  clock: Clock;
  /** How long it may take to end in order before it is killed. */
  stopLimitMs: number;
  /** Called each time that it says why it is to be replaced. */
  onSpent: (spent: Spent) => void;
}

/** How a process has ended. */
export interface ChildEnd extends Life {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Why it could not be started; null when it was, or did not say. */
  failure: ApiaryError | null;
}

/** A worker process, as its parent sees it, from its start on. */
export class Child {
  /** Resolves when it runs jobs; rejects with an ApiaryError when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcess;
  readonly #options: ChildOptions;
  readonly #asked = new Map<number, (value: unknown) => void>();
  readonly #over = new AbortController();
  /** Whether it was killed because it took too long. */
  wasKilled = false;
  #lastAsk = 0;
  #readyAt: number | null = null;
  #isReady: () => void = () => undefined;
  #failure: ApiaryError | null = null;
  #metrics: unknown = null;

  constructor(options: ChildOptions) {
    this.#options = options;
    // By advanced serialization, as metrics and settings have more in them than JSON.
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    this.#process = fork(options.program, { stdio: [...stdio], serialization: 'advanced' });
    this.ended = this.#untilEnded();
    const ready = new Promise<void>((resolve) => {
      this.#isReady = resolve;
    });
    this.ready = Promise.race([ready, this.ended.then((end): never => neverReady(end))]);
    this.ready.catch(() => undefined);
    this.#process.on('message', this.#hear);
    this.#tell({ kind: 'start', orders: options.orders });
    this.#killAfter(START_LIMIT_MS, () => this.#readyAt === null);
  }

  /** 0 when there is no process, as the system had none to give. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Whether it has said that it runs jobs, and has not ended. */
  get isReady(): boolean {
    return this.#readyAt !== null && !this.#over.signal.aborted;
  }

  /** For how long it has been ready; null when it never was. */
  get readyMs(): number | null {
    return this.#readyAt === null ? null : this.#options.clock.elapsed() - this.#readyAt;
  }

  /** What its metrics were when they were last told; null when they never were. */
  get lastMetrics(): unknown {
    return this.#metrics;
  }

  /** Lets it take no more jobs. */
  quiet(): void {
    this.#tell({ kind: 'quiet' });
  }

  /** Lets it take no more jobs, and end when none runs there any more. */
  retire(): void {
    this.#tell({ kind: 'retire' });
  }

  /** Lets it end in order, as a service ends; kills it when that takes too long. Harmless twice. */
  stop(): void {
    this.#tell({ kind: 'stop' });
    this.#killAfter(this.#options.stopLimitMs, () => true);
  }

  /** Ends it at once. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Asks it for something; resolves with undefined when it has not answered in time, or has ended. */
  async ask(what: Asked, limitMs: number): Promise<unknown> {
    const id = ++this.#lastAsk;
    const answered = new AbortController();
    const answer = new Promise<unknown>((resolve) => this.#asked.set(id, resolve));
    this.#tell({ kind: 'ask', id, what });
    const late = this.#options.clock.sleep(limitMs, answered.signal);
    const value = await Promise.race([answer, late, this.ended.then(() => undefined)]);
    answered.abort();
    this.#asked.delete(id);
    if (what === 'metrics' && value !== undefined) this.#metrics = value;
    return value;
  }

  /** A process that is gone, or going, hears nothing any more. */
  #tell(message: FromParent): void {
    if (this.#process.connected) this.#process.send(toSent(message), () => undefined);
  }

  readonly #hear = (sent: unknown): void => {
    if (!isFromChild(sent)) return;
    const { message } = sent;
    switch (message.kind) {
      case 'ready':
        this.#readyAt = this.#options.clock.elapsed();
        this.#isReady();
        break;
      case 'failed':
        this.#failure = new ApiaryError(message.code, message.message);
        break;
      case 'outgrown':
      case 'spoiled':
        this.#options.onSpent(message);
        break;
      case 'answer':
        this.#asked.get(message.id)?.(message.value);
        break;
      case 'leaving':
        this.#metrics = message.metrics;
        break;
      default:
        message satisfies never;
    }
  };

  #untilEnded(): Promise<ChildEnd> {
    return new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#over.abort();
        const { readyMs } = this;
        const resolveWithAll = (): void => resolve({ code, signal, readyMs, failure: this.#failure });
        // What it said last may still be on its way.
        if (this.#process.connected) {
          this.#process.once('disconnect', resolveWithAll);
          setTimeout(resolveWithAll, LAST_WORDS_MS).unref();
        } else resolveWithAll();
      };
      // `exit` and not `close`: what the process has started itself may hold its output open.
      this.#process.once('exit', end);
      this.#process.on('error', () => {
        if (this.#process.pid === undefined) end(null, null);
      });
    });
  }

  #killAfter(limitMs: number, isDue: () => boolean): void {
    this.#options.clock.sleep(limitMs, this.#over.signal).then(() => {
      if (this.#over.signal.aborted || !isDue()) return;
      this.wasKilled = true;
      this.kill();
    });
  }
}

/** What a process says that ends, in words. */
export function endText({ code, signal }: Pick<ChildEnd, 'code' | 'signal'>): string {
  if (signal !== null) return `by ${signal}`;
  return code === null ? 'as the system could not start it' : `with code ${code}`;
}

function neverReady(end: ChildEnd): never {
  const message = `a worker process ended ${endText(end)} before it was ready; its log may say why`;
  throw end.failure ?? new ApiaryError('HANDLER_INVALID', message);
}
