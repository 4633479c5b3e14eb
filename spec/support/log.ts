import { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from '../../lib/logger.ts';

/** One line of a log. */
export interface LogRecord {
  level: LogLevel;
  message: string;
  fields: LogFields;
}

/** So many records that only a debugger reads are kept. */
const MOST_OF_DEBUG = 1_000;
const OF_DEBUG: readonly LogLevel[] = ['trace', 'debug'];

/** A logger that keeps what it is given, for specs to look at: all of it but for the older of what is at debug. */
export function recordingLog(): { log: Logger; records: LogRecord[] } {
  const records: LogRecord[] = [];
  let ofDebug = 0;
  const keep = (record: LogRecord): void => {
    letGo(record.fields['err']);
    records.push(record);
    if (!OF_DEBUG.includes(record.level) || ++ofDebug <= MOST_OF_DEBUG) return;
    ofDebug--;
    records.splice(
      records.findIndex(({ level }) => OF_DEBUG.includes(level)),
      1,
    );
  };
  return { log: loggerInto(keep, {}), records };
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

/**
 * Until its stack is read, an error holds on to all that was called on its way: in the API the request, and what was
 * parsed of its body.
 */
function letGo(error: unknown): void {
  for (let one = error; one instanceof Error; one = one.cause) void one.stack;
}

function loggerInto(keep: (record: LogRecord) => void, bound: LogFields): Logger {
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      keep({ level, message, fields: { ...bound, ...fields } });
    };
  const methods = Object.fromEntries(LOG_LEVELS.map((level) => [level, write(level)]));
  return { ...silentLog, ...methods, child: (fields) => loggerInto(keep, { ...bound, ...fields }) };
}
