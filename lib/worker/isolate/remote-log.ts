import { type LogFields, type Logger, type LogLevel, noteSound, withLevels } from '../../logger.ts';
import { redactFields } from '../../redact.ts';
import type { SentLine } from './message.ts';

/** What a logger works with whose lines are written elsewhere. */
export interface RemoteLogDeps {
  /** The levels of which no line is wanted. */
  silent: readonly LogLevel[];
  say: (line: SentLine) => void;
  /** What it adds to each line; default nothing. */
  bound?: LogFields;
}

/** A logger whose lines are written elsewhere, with plain fields. It never throws. */
export function remoteLog({ silent, say, bound = {} }: RemoteLogDeps): Logger {
  const at = (level: LogLevel): Logger[LogLevel] => {
    if (silent.includes(level)) return () => undefined;
    return (message, fields = {}) => {
      try {
        say({ level, message: String(message), fields: redactFields(fields), bound });
      } catch {
        // What cannot be logged must not fail what it is about.
      }
    };
  };
  return noteSound({
    ...withLevels(at),
    child: (fields) => remoteLog({ silent, say, bound: { ...bound, ...redactFields(fields) } }),
    writes: (level) => !silent.includes(level),
  });
}
