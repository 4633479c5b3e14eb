import { ApiaryError, coerceError, type ErrorCode } from '../../errors.ts';
import type { Asked, FromIsolate, ToIsolate } from './message.ts';
import type { TransactionStep } from './remote-transaction.ts';
import { packError, unpackError } from './sent-error.ts';

/** What is to be done here for a call; of a transaction, part by part. */
export type Effect = (step: TransactionStep | null) => unknown;

/** What was asked for and is not answered. */
interface Call {
  /** A method, so that it may be that of a promise of whatever is waited for: what that is, who asks says. */
  resolve(value: unknown): void;
  reject: (thrown: unknown) => void;
  /** What is to be done here for it, and what that threw. */
  effect: Effect | null;
  thrown: { error: unknown } | null;
}

type Heard = Extract<ToIsolate, { tell: 'effect' | 'answer' | 'refusal' }>;

/** With what each is refused that cannot be sent: as where handlers are not isolated. */
const REFUSED: Readonly<Record<Asked['ask'], ErrorCode>> = {
  progress: 'JOB_INVALID',
  updateData: 'JOB_INVALID',
  once: 'RESULT_UNSERIALISABLE',
  waitFor: 'JOB_INVALID',
  fencingNumber: 'JOB_INVALID',
  transaction: 'RESULT_UNSERIALISABLE',
  follow: 'JOB_INVALID',
  spawn: 'JOB_INVALID',
  spawnWorkflow: 'JOB_INVALID',
};

/** What handlers ask of the worker, and its answers. */
export class Calls {
  readonly #tell: (message: FromIsolate) => void;
  readonly #open = new Map<number, Call>();
  #last = 0;

  constructor(tell: (message: FromIsolate) => void) {
    this.#tell = tell;
  }

  /** Asks for something in the name of a job; resolves with the answer, rejects as it would there. */
  ask<Answer>(run: number, asked: Asked, effect: Effect | null = null): Promise<Answer> {
    const call = ++this.#last;
    return new Promise((resolve, reject) => {
      try {
        this.#tell({ tell: 'asks', run, call, asked });
        this.#open.set(call, { resolve, reject, effect, thrown: null });
      } catch (thrown) {
        reject(unsendable(asked.ask, thrown));
      }
    });
  }

  /** Takes in what the worker says to it. */
  hear(answer: Heard): void {
    const call = this.#open.get(answer.call);
    if (!call) return;
    if (answer.tell === 'effect') return void this.#effect(answer, call);
    this.#open.delete(answer.call);
    if (answer.tell === 'answer') call.resolve(answer.value);
    // What was thrown here comes back as it was.
    else call.reject(call.thrown ? call.thrown.error : unpackError(answer.error));
  }

  async #effect({ effect, step }: Extract<Heard, { tell: 'effect' }>, call: Call): Promise<void> {
    try {
      this.#effected(effect, await call.effect?.(step));
    } catch (error) {
      call.thrown ??= { error };
      this.#tell({ tell: 'ineffective', effect, error: packError(error) });
    }
  }

  #effected(effect: number, value: unknown): void {
    try {
      this.#tell({ tell: 'effected', effect, value });
    } catch (thrown) {
      throw unsendable('once', thrown);
    }
  }
}

function unsendable(what: Asked['ask'], cause: unknown): ApiaryError {
  const message = `${what}: the value cannot be sent to the worker: ${coerceError(cause).message}`;
  return new ApiaryError(REFUSED[what], message, { cause });
}
