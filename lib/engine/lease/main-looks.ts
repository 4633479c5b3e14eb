import type { Session } from 'node:inspector';
import type { Seen } from './block-looks.ts';

/**
 * Asks the main thread whose code blocks it, from another thread: by the inspector of Node, which interrupts
 * JavaScript for it, and native code never. Where Node has no inspector, nothing is seen.
 */
export class MainLooks {
  readonly #hook: string;
  #block: number | null = null;
  #isAsking = false;
  #seen: Seen | null = null;

  /** `hook` is the name of the symbol that a `LookHook` has opened there. */
  constructor(hook: string) {
    this.#hook = hook;
  }

  /** What was seen in this block, by the last answer. */
  get seen(): Seen | null {
    return this.#seen;
  }

  /** Asks for a look into this block, unless one has not been answered; waits for nothing. */
  ask(block: number): void {
    if (block !== this.#block) this.#seen = null;
    this.#block = block;
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#look(block).catch(() => undefined);
  }

  /** One that fails is the last: there is no inspector. */
  async #look(block: number): Promise<void> {
    // Not loaded before it is needed, and there are builds of Node without it.
    const { Session } = await import('node:inspector');
    const session = new Session();
    session.connectToMainThread();
    const expression = `globalThis[Symbol.for(${JSON.stringify(this.#hook)})]?.(${block})`;
    const seen = await evaluated(session, expression);
    // At once: a process that is to end waits for whoever is connected.
    session.disconnect();
    this.#isAsking = false;
    if (block === this.#block) this.#seen = isSeen(seen) ? seen : null;
  }
}

/** Resolves with what an expression comes to on the main thread, undefined where it throws. */
function evaluated(session: Session, expression: string): Promise<unknown> {
  return new Promise((resolve) => {
    session.post('Runtime.evaluate', { expression, returnByValue: true, silent: true }, (error, answer) =>
      resolve(error === null ? answer.result.value : undefined),
    );
  });
}

/** Where the hook is gone, or throws, there is nothing of that shape. */
function isSeen(value: unknown): value is Seen {
  return typeof value === 'object' && value !== null && 'job' in value && 'at' in value && 'forMs' in value;
}
