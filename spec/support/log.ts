import { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from '../../lib/logger.ts';

/** One line of a log. */
export interface LogRecord {
  level: LogLevel;
  message: string;
  fields: LogFields;
}

/** A logger that keeps what it is given, for specs to look at. */
export function recordingLog(): { log: Logger; records: LogRecord[] } {
  const records: LogRecord[] = [];
  return { log: loggerInto(records, {}), records };
}

/** A logger that keeps nothing. */
export const silentLog: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  child: () => silentLog,
};

function loggerInto(records: LogRecord[], bound: LogFields): Logger {
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      records.push({ level, message, fields: { ...bound, ...fields } });
    };
  const methods = Object.fromEntries(LOG_LEVELS.map((level) => [level, write(level)]));
  return { ...silentLog, ...methods, child: (fields) => loggerInto(records, { ...bound, ...fields }) };
}
