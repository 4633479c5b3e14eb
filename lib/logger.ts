import { hush } from './promises.ts';

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

/** Notes that a logger never throws; returns it. */
export function noteSound(log: Logger): Logger {
  SOUND.add(log);
  return log;
}

/** Makes a method for each level. */
export function withLevels(at: (level: LogLevel) => Logger[LogLevel]): Record<LogLevel, Logger[LogLevel]> {
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
