import type { EventEmitter } from 'node:events';
import { hush } from './promises.ts';

/**
 * Calls the listeners of an event one after the other. What one throws, or its promise is rejected with, goes to
 * `onThrown` and no further; the others are called all the same.
 */
export function tellListeners(
  emitter: EventEmitter,
  event: string,
  facts: readonly unknown[],
  onThrown: (thrown: unknown) => void,
): void {
  for (const listener of emitter.rawListeners(event)) {
    try {
      hush(Reflect.apply(listener, emitter, facts), onThrown);
    } catch (thrown) {
      onThrown(thrown);
    }
  }
}
