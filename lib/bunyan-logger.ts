import { createRequire } from 'node:module';
import type bunyan from 'bunyan';
import { escapeJsonLine, formatText, type TextStyle } from './log-text.ts';
import { LOG_LEVELS, type LogFields, type Logger, type LogLevel, noteSound, withLevels } from './logger.ts';
import { redactFields, redactText } from './redact.ts';
import { requireObject } from './require-given.ts';

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

/** bunyan's numbers for the levels. */
const NUMBERS = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
} as const satisfies Record<LogLevel, number>;

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
  return bindFields(loadBunyan().createLogger({ name: 'apiary', streams }), {});
}

/** Loads it with the first logger: whoever logs through something else needs none of it. */
function loadBunyan(): typeof bunyan {
  // It is what its declarations say.
  return createRequire(import.meta.url)('bunyan') as typeof bunyan;
}

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
      const text = { time, level: nameOf(level), message: msg, fields };
      stream.write(`${formatText(text, style)}\n`);
    },
  };
}

// Fields are not bound by bunyan's own child: it would take `level`, `streams` and `serializers` for its options.
function bindFields(sink: bunyan, bound: LogFields): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (sink.level() > NUMBERS[level]) return;
      try {
        // A handler in plain JavaScript may pass anything.
        sink[level]({ ...bound, ...toFields(fields) }, redactText(String(message)));
      } catch {
        // What cannot be logged must not fail what it is about.
      }
    };
  return noteSound({
    ...withLevels(at),
    child: (fields) => bindFields(sink, { ...bound, ...toFields(fields) }),
    writes: (level) => sink.level() <= NUMBERS[level],
  });
}

function toFields(fields: LogFields): LogFields {
  try {
    const entries = Object.entries(redactFields(fields));
    return Object.fromEntries(entries.map(([name, value]) => [toFieldName(name), value]));
  } catch {
    return { fields: '[unreadable]' };
  }
}

function nameOf(number: number): string {
  return LOG_LEVELS.find((level) => NUMBERS[level] === number) ?? String(number);
}

function toFieldName(name: string): string {
  return RESERVED_NAMES.has(name) ? `${name}_` : name;
}
