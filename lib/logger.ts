import bunyan from 'bunyan';
import { escapeJsonLine, formatText, type TextStyle } from './log-text.ts';
import { hush } from './promises.ts';
import { redactFields, redactText } from './redact.ts';
import { requireObject } from './require-given.ts';

/** Named values logged beside a message; never job data, never a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The levels, most talkative first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What everything logs through: one method per level, taking a constant message and named fields. */
export type Logger = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>> & {
  /** A logger that adds these fields to each record. */
  child(fields: LogFields): Logger;
  /** Whether a record of this level would be written, for where putting its fields together costs; default yes. */
  writes?(level: LogLevel): boolean;
};

/** How and where a logger writes. */
export interface LoggerOptions {
  /** The least level that is written; at debug and trace, text shows the stacks of errors. */
  level: LogLevel;
  /** `text`: one readable line a record, stacks below. `json`: bunyan's records, one line of JSON each. */
  format: 'text' | 'json';
  /** Default standard output. Its errors are ignored unless somebody listens for them. */
  stream?: NodeJS.WritableStream;
  /** Whether text is coloured; by default when the stream is a terminal with colours and NO_COLOR is not set. */
  colour?: boolean;
}

/** A record as bunyan hands it to a raw stream. */
interface BunyanRecord extends Record<string, unknown> {
  readonly level: number;
  readonly msg: string;
  readonly time: Date;
}

/** What bunyan puts into each record itself; a field of such a name is written with an underscore behind it. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(['name', 'hostname', 'pid', 'level', 'msg', 'time', 'v']);

/**
 * Makes a logger over bunyan. Every record is redacted: no user info in URLs, nothing under a name that looks like a
 * secret's, nothing longer than 2,000 characters. Logging never throws.
 */
export function createLogger(options: LoggerOptions): Logger {
  requireObject('createLogger', 'level and format', options);
  const { level, format, stream = process.stdout, colour = isTerminal(stream) } = options;
  // A closed pipe must not end the process that logs into it.
  if (stream.listenerCount('error') === 0) stream.on('error', () => {});
  const style = { colour, stacks: level === 'debug' || level === 'trace' };
  const output = format === 'json' ? jsonStream(stream) : textStream(stream, style);
  const streams = [{ level, type: 'raw', stream: output }];
  return bindFields(bunyan.createLogger({ name: 'apiary', streams }), {});
}

/** Loggers of ours, which never throw. */
const SOUND = new WeakSet<Logger>();
/** What is called on a logger that has no such method. */
const NEXT_BEST: Readonly<Partial<Record<string, string>>> = {
  trace: 'debug',
  debug: 'info',
  info: 'log',
  warn: 'info',
  error: 'warn',
  fatal: 'error',
} satisfies Record<LogLevel, string>;

/**
 * Makes a logger of whatever the caller logs through: nothing that it does, throws, returns or lacks gets
 * any further. One of ours is returned as it is.
 */
export function soundLogger(given: Logger): Logger {
  if (SOUND.has(given)) return given;
  const at = (level: LogLevel): Logger[LogLevel] => {
    return (message, fields) => {
      try {
        hush(
          fields === undefined ? methodOf(given, level)(message) : methodOf(given, level)(message, fields),
        );
      } catch {
        // What cannot be logged must not fail what it is about.
      }
    };
  };
  const sound: Logger = {
    ...withLevels(at),
    child: (fields) => childOf(given, fields) ?? boundTo(sound, fields),
    writes: (level) => writesOf(given, level),
  };
  SOUND.add(sound);
  return sound;
}

function withLevels(at: (level: LogLevel) => Logger[LogLevel]): Record<LogLevel, Logger[LogLevel]> {
  const [trace, debug, info] = [at('trace'), at('debug'), at('info')];
  return { trace, debug, info, warn: at('warn'), error: at('error'), fatal: at('fatal') };
}

function methodOf(given: object, level: LogLevel): (...said: unknown[]) => unknown {
  for (let name: string | undefined = level; name; name = NEXT_BEST[name]) {
    const method: unknown = Reflect.get(given, name);
    if (typeof method === 'function') return (...said) => Reflect.apply(method, given, said);
  }
  return () => undefined;
}

function childOf(given: Logger, fields: LogFields): Logger | null {
  try {
    const child: unknown = given.child(fields);
    return isLogger(child) ? soundLogger(child) : null;
  } catch {
    return null;
  }
}

function isLogger(value: unknown): value is Logger {
  return typeof value === 'object' && value !== null && 'info' in value && 'child' in value;
}

/** For a logger that has no children, or whose child is none. */
function boundTo(log: Logger, bound: LogFields): Logger {
  const at = (level: LogLevel): Logger[LogLevel] => {
    return (message, fields) => log[level](message, { ...bound, ...fields });
  };
  const child = (fields: LogFields): Logger => boundTo(log, { ...bound, ...fields });
  const made: Logger = { ...log, ...withLevels(at), child };
  SOUND.add(made);
  return made;
}

function writesOf(given: Logger, level: LogLevel): boolean {
  try {
    return given.writes?.(level) !== false;
  } catch {
    return true;
  }
}

/** A logger that keeps nothing: for specs, and for a library whose user gave it none. */
export const nullLogger: Logger = Object.freeze({
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  child: () => nullLogger,
  writes: () => false,
});
SOUND.add(nullLogger);

function isTerminal(stream: NodeJS.WritableStream): boolean {
  if (!('isTTY' in stream) || stream.isTTY !== true) return false;
  // A terminal of Node's says no where NO_COLOR is set, or TERM is dumb.
  return !('hasColors' in stream) || typeof stream.hasColors !== 'function' || stream.hasColors() === true;
}

function jsonStream(stream: NodeJS.WritableStream): { write(record: object): void } {
  // By itself JSON escapes nothing but what is below U+0020.
  return { write: (record) => void stream.write(`${escapeJsonLine(JSON.stringify(record))}\n`) };
}

function textStream(stream: NodeJS.WritableStream, style: TextStyle): { write(record: object): void } {
  return {
    write(record: BunyanRecord) {
      const { name, hostname, pid, level, msg, time, v, ...fields } = record;
      const text = { time, level: bunyan.nameFromLevel[level] ?? String(level), message: msg, fields };
      stream.write(`${formatText(text, style)}\n`);
    },
  };
}

// Fields are not bound by bunyan's own child: it would take `level`, `streams` and `serializers` for its options.
function bindFields(sink: bunyan, bound: LogFields): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (sink.level() > bunyan.levelFromName[level]) return;
      try {
        // A handler in plain JavaScript may pass anything.
        sink[level]({ ...bound, ...toFields(fields) }, redactText(String(message)));
      } catch {
        // What cannot be logged must not fail what it is about.
      }
    };
  const logger: Logger = {
    ...withLevels(at),
    child: (fields) => bindFields(sink, { ...bound, ...toFields(fields) }),
    writes: (level) => sink.level() <= bunyan.levelFromName[level],
  };
  SOUND.add(logger);
  return logger;
}

function toFields(fields: LogFields): LogFields {
  try {
    const entries = Object.entries(redactFields(fields));
    return Object.fromEntries(entries.map(([name, value]) => [toFieldName(name), value]));
  } catch {
    return { fields: '[unreadable]' };
  }
}

function toFieldName(name: string): string {
  return RESERVED_NAMES.has(name) ? `${name}_` : name;
}
