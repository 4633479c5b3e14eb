import { ApiaryError, coerceError } from './errors.ts';
import type { LogFields, Logger } from './logger.ts';
import type { Service } from './main.ts';

/** What a process answers that was started with settings that cannot be (EX_CONFIG of sysexits.h). */
const EXIT_CONFIG = 78;

/** What a process answers that ends by an error, or by force. */
export const EXIT_FAILURE = 1;

/**
 * What would print by itself goes through the log instead: in production every line of output is JSON. An error that
 * nobody handled ends the process, once the service it is told of has given back what it was at. Where `onSpoiled` sees
 * to it that another process takes its place, one that a job has left fails that job, and the process goes on.
 */
export function guardProcess(log: Logger, onSpoiled?: () => void): (service: Service) => Service {
  let running: Service | null = null;
  let isEnding = false;
  process.removeAllListeners('warning');
  process.on('warning', (warning) => log.warn('warning of the process', { err: warning }));
  process.on('uncaughtException', (error) => {
    if (isEnding) return log.error('another error that nobody handled', { err: error });
    if (onSpoiled && running?.blame(error)) return onSpoiled();
    isEnding = true;
    if (!running) return leave(log, error);
    return void running.abandon(error).then(
      (job) => leave(log, error, { ...job }),
      () => leave(log, error),
    );
  });
  return (service) => {
    running = service;
    return service;
  };
}

/** Says why the process ends, and ends it; with 78 where a setting is at fault. */
export function leave(log: Logger, thrown: unknown, facts: LogFields = {}): void {
  const error = coerceError(thrown);
  // What is wrong with a setting, a port or a program is said in one line; anything else needs its stack.
  if (error instanceof ApiaryError) log.fatal(error.message, { ...facts, code: error.code });
  else log.fatal('ended by an error nobody handled', { ...facts, err: error });
  process.exit(exitCodeOf(error));
}

/** What a process answers that an error has ended. */
export function exitCodeOf(error: Error): number {
  return error instanceof ApiaryError && error.code === 'CONFIG_INVALID' ? EXIT_CONFIG : EXIT_FAILURE;
}
