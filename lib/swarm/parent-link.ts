import type { ErrorCode } from '../errors.ts';
import { type Asked, type FromChild, type FromParent, isFromParent, toSent } from './message.ts';

/** What a worker process does when its parent says so. */
export interface Obedience {
  quiet: () => void;
  retire: () => void;
  /** Also when the parent is gone: nobody would look after this process. */
  stop: () => void;
  answer: (what: Asked) => Promise<unknown>;
}

/** The channel to the parent, as a worker process sees it. */
export class ParentLink {
  /** Resolves with what this process is to be; never, when the parent does not say. */
  readonly orders: Promise<unknown>;
  #begin: (orders: unknown) => void = () => undefined;
  #obedience: Obedience | null = null;
  #isOrphan = false;

  constructor() {
    this.orders = new Promise((resolve) => {
      this.#begin = resolve;
    });
    process.on('message', this.#hear);
    process.on('disconnect', () => {
      this.#isOrphan = true;
      // Before it is anything there is nothing to end.
      if (this.#obedience) this.#obedience.stop();
      else process.exit();
    });
  }

  /** Does what the parent says, from the start on. */
  obey(obedience: Obedience): void {
    this.#obedience = obedience;
    if (this.#isOrphan) obedience.stop();
  }

  /** Says that this process runs jobs. */
  ready(): void {
    void this.#tell({ kind: 'ready' });
  }

  /** Says that the process has grown past its memory. */
  outgrown(rssMb: number): void {
    void this.#tell({ kind: 'outgrown', rssMb });
  }

  /** Says that a job has left an error that nobody handled. */
  spoiled(): void {
    void this.#tell({ kind: 'spoiled' });
  }

  /** Says why it cannot be started; resolves when that is on its way. */
  failed(code: ErrorCode, message: string): Promise<void> {
    return this.#tell({ kind: 'failed', code, message });
  }

  /** Tells the last metrics; resolves when they are on their way. */
  leaving(metrics: unknown): Promise<void> {
    return this.#tell({ kind: 'leaving', metrics });
  }

  readonly #hear = (sent: unknown): void => {
    if (isFromParent(sent)) this.#obey(sent.message);
  };

  #obey(message: FromParent): void {
    switch (message.kind) {
      case 'start':
        this.#begin(message.orders);
        break;
      case 'quiet':
      case 'retire':
      case 'stop':
        this.#obedience?.[message.kind]();
        break;
      case 'ask':
        this.#answer(message.id, message.what);
        break;
      default:
        message satisfies never;
    }
  }

  #answer(id: number, what: Asked): void {
    this.#obedience?.answer(what).then(
      (value) => this.#tell({ kind: 'answer', id, value }),
      // Who asks goes on without.
      () => undefined,
    );
  }

  #tell(message: FromChild): Promise<void> {
    return new Promise((resolve) => {
      if (process.send === undefined || !process.connected) return resolve();
      process.send(toSent(message), () => resolve());
    });
  }
}
