import { formatMessage } from './log-text.ts';
import type { LogFields, Logger } from './logger.ts';
import { redactFields, redactText } from './redact.ts';

/** What `console` and much that is like it has of a logger. */
export type ConsoleLike = Pick<Console, 'info' | 'warn' | 'error'>;

/**
 * Makes a logger of what may be one already. `console`, and whatever has its methods and no `child`, gets a line of
 * text per record from `info` up, its fields behind the message as `name=value`, redacted as all records are; `fatal`
 * goes to its `error`.
 */
export function toLogger(given: Logger | ConsoleLike): Logger {
  return 'child' in given && typeof given.child === 'function' ? given : overConsole(given, {});
}

function overConsole(sink: ConsoleLike, bound: LogFields): Logger {
  const at =
    (method: keyof ConsoleLike) =>
    (message: string, fields: LogFields = {}): void => {
      try {
        sink[method](formatMessage(redactText(String(message)), redactFields({ ...bound, ...fields })));
      } catch {
        // What cannot be logged must not fail what it is about.
      }
    };
  return {
    trace: () => {},
    debug: () => {},
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('error'),
    child: (fields) => overConsole(sink, { ...bound, ...fields }),
    writes: (level) => level !== 'trace' && level !== 'debug',
  };
}
