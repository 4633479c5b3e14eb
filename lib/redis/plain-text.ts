import { format } from 'node:util';
import type { Logger } from '../logger.ts';

/** How the lines begin that ioredis writes to the console by itself. */
const OF_IOREDIS = /^(\[ioredis\]|\[WARN\]|\[ERROR\] The server returned|Skipping the ready check|ioredis )/;

/**
 * Puts into the log what ioredis writes to the console, so that a log of JSON holds nothing else; returns what undoes
 * it. What others write passes through.
 */
export function takeOverPlainText(log: Logger): () => void {
  const undo = (['warn', 'error'] as const).map((name) => {
    const original = console[name];
    const instead = (...args: unknown[]): void => {
      const text = format(...args);
      if (OF_IOREDIS.test(text)) log.warn('the client of Redis says', { text });
      else original(...args);
    };
    console[name] = instead;
    return () => {
      if (console[name] === instead) console[name] = original;
    };
  });
  return () => {
    for (const one of undo) one();
  };
}
