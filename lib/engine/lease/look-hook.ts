import { randomUUID } from 'node:crypto';
import { isMainThread } from 'node:worker_threads';
import type { BlockLooks, Seen } from './block-looks.ts';

/** Lets looks be asked for by code that the inspector runs here, which finds nothing but what is global. */
export class LookHook {
  /** The name of the symbol; a process may have several copies of this package. */
  readonly name = `apiary.look.${randomUUID()}`;
  readonly #look: (block: number) => Seen | null;

  constructor(looks: BlockLooks) {
    this.#look = (block) => looks.look(block);
  }

  /** Harmless twice. Does nothing in a thread other than the main one, which the inspector would not find. */
  open(): void {
    if (!isMainThread) return;
    const value = this.#look;
    Object.defineProperty(globalThis, Symbol.for(this.name), { value, configurable: true });
  }

  /** Harmless twice. */
  close(): void {
    Reflect.deleteProperty(globalThis, Symbol.for(this.name));
  }
}
