import { RetryLater } from '../../lib/errors.ts';
import type { EvidenceFile } from './evidence.ts';
import { trueNow } from './true-time.ts';

/** Which attempt it is. */
interface Attempt {
  id: string;
  attempt: number;
}

/** One call of a handler, as it is told of. */
export interface ToldRun {
  /** Does what the handler does, and tells how it ended before the worker learns of it. */
  through<T>(work: () => Promise<T>): Promise<T>;
  /** Tells that the effect was done. */
  effect(name: string): void;
}

/** Writes down the calls of the handlers of this process. */
export class RunTeller {
  readonly #file: EvidenceFile;
  readonly #isStock: boolean;
  #count = 0;

  constructor(file: EvidenceFile, isStock = false) {
    this.#file = file;
    this.#isStock = isStock;
  }

  begin(names: string[], { id, attempt }: Attempt): ToldRun {
    const { pid } = process;
    const run = `${pid}-${++this.#count}`;
    const isStock = this.#isStock ? { isStock: true } : {};
    this.#file.write({ fact: 'began', at: trueNow(), run, names, id, attempt, pid, ...isStock });
    const end = (how: 'succeeded' | 'threw' | 'snoozed'): void =>
      this.#file.write({ fact: 'ended', at: trueNow(), run, how });
    return {
      through: async (work) => {
        try {
          const result = await work();
          end('succeeded');
          return result;
        } catch (error) {
          end(error instanceof RetryLater ? 'snoozed' : 'threw');
          throw error;
        }
      },
      effect: (name) => this.#file.write({ fact: 'effect', at: trueNow(), run, name }),
    };
  }
}
