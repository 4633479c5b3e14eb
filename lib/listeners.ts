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
  onThrown: (thrown: unknown, event: string) => void,
): void {
  for (const listener of emitter.rawListeners(event)) {
    try {
      const returned: unknown = Reflect.apply(listener, emitter, facts);
      if (returned !== undefined) hush(returned, (thrown) => onThrown(thrown, event));
    } catch (thrown) {
      onThrown(thrown, event);
    }
  }
}
