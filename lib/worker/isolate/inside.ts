import { AsyncLocalStorage } from 'node:async_hooks';
import { ApiaryError, coerceError } from '../../errors.ts';
import { loadIsolated } from '../../jobs/isolation.ts';
import type { LogLevel } from '../../logger.ts';
import { Calls } from './calls.ts';
import type { FromIsolate, ToIsolate } from './message.ts';
import { RemoteContext } from './remote-context.ts';
import { packError, unpackError } from './sent-error.ts';

type Handler = Awaited<ReturnType<typeof loadIsolated>>;

/** Runs a handler as a worker elsewhere says, one job at a time. */
export class Inside {
  readonly #tell: (message: FromIsolate) => void;
  readonly #calls: Calls;
  /** Which job it is that something comes from. */
  readonly #origin = new AsyncLocalStorage<number>();
  #handler: Handler | null = null;
  #silent: readonly LogLevel[] = [];
  #current: { run: number; context: RemoteContext } | null = null;

  constructor(tell: (message: FromIsolate) => void) {
    this.#tell = tell;
    this.#calls = new Calls(tell);
  }

  /** Does what the worker says. */
  hear(message: ToIsolate): void {
    switch (message.tell) {
      case 'load':
        this.#silent = message.silent;
        void this.#load(message.file);
        break;
      case 'run':
        void this.#origin.run(message.run, () => this.#run(message));
        break;
      case 'abort':
        if (this.#current?.run === message.run) this.#current.context.abort(unpackError(message.reason));
        break;
      case 'effect':
      case 'answer':
      case 'refusal':
        this.#calls.hear(message);
        break;
      case 'leave':
        process.exit(0);
        break;
      default:
        message satisfies never;
    }
  }

  /** Says that nobody handled an error, and from which job it comes. */
  uncaught(error: unknown): void {
    this.#tell({ tell: 'uncaught', run: this.#origin.getStore() ?? null, error: packError(error) });
  }

  async #load(file: string): Promise<void> {
    try {
      this.#handler = await loadIsolated(new URL(file));
      this.#tell({ tell: 'ready' });
    } catch (thrown) {
      this.#tell({ tell: 'unloadable', error: packError(thrown) });
    }
  }

  async #run({ run, data, job }: Extract<ToIsolate, { tell: 'run' }>): Promise<void> {
    const context = new RemoteContext(job, {
      run,
      silent: this.#silent,
      tell: this.#tell,
      calls: this.#calls,
    });
    this.#current = { run, context };
    let ending: FromIsolate;
    try {
      ending = { tell: 'returned', run, value: await this.#handler?.(data, context) };
    } catch (thrown) {
      ending = { tell: 'threw', run, error: packError(thrown) };
    }
    this.#current = null;
    context.end();
    try {
      this.#tell(ending);
    } catch (thrown) {
      this.#tell({ tell: 'threw', run, error: packError(unsendableResult(thrown)) });
    }
  }
}

function unsendableResult(cause: unknown): ApiaryError {
  const message = `what the handler returned cannot be sent to the worker: ${coerceError(cause).message}`;
  return new ApiaryError('RESULT_UNSERIALISABLE', message, { cause });
}
