import type { Worker } from 'node:worker_threads';
import type { Isolation } from '../../jobs/isolation.ts';
import { startLoadingThread } from '../../start-thread.ts';
import type { Host, HostEnd } from './host.ts';
import { type FromIsolate, isFromIsolate, type ToIsolate, toSent } from './message.ts';

const PROGRAM = new URL('./program', import.meta.url);

/** A thread that runs handlers. */
export class ThreadHost implements Host {
  readonly ended: Promise<HostEnd>;
  readonly #thread: Worker;

  /** Starts it. */
  constructor({ maxMemoryMb }: Isolation, hear: (message: FromIsolate) => void) {
    const resourceLimits = maxMemoryMb === null ? {} : { maxOldGenerationSizeMb: maxMemoryMb };
    const thread = startLoadingThread(PROGRAM, { name: 'apiary-isolate', resourceLimits });
    this.#thread = thread;
    thread.on('message', (sent) => {
      if (isFromIsolate(sent)) hear(sent.message);
    });
    let error: unknown = null;
    thread.on('error', (thrown) => {
      error = thrown;
    });
    this.ended = new Promise((resolve) => {
      thread.on('exit', (code) => resolve({ how: `with code ${code}`, error }));
    });
  }

  /** See {@link Host}. */
  send(message: ToIsolate): void {
    this.#thread.postMessage(toSent(message));
  }

  /** See {@link Host}. */
  kill(): void {
    void this.#thread.terminate();
  }

  /** Node ends a thread that needs more than its limit. */
  async memoryMb(): Promise<null> {
    return null;
  }
}
