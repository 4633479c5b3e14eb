import { isatty } from 'node:tty';
import { createLogger } from './bunyan-logger.ts';
import { systemClock } from './clock.ts';
import { loadConfig, logWithoutConfig, type Role } from './config.ts';
import { requireSafeExposure } from './config-exposure.ts';
import { ApiaryError, coerceError } from './errors.ts';
import type { LogFields, Logger } from './logger.ts';
import { type Service, startService } from './main.ts';

/** What a process answers that was started with settings that cannot be (EX_CONFIG of sysexits.h). */
const EXIT_CONFIG = 78;
const EXIT_FAILURE = 1;
const STANDARD_INPUT = 0;
/** Under npm a Ctrl-C arrives twice, from the terminal and passed on by npm: so soon it is the same one. */
const ECHO_MS = 500;

/** Runs the roles that were chosen, all unless any was, until a signal or an error ends the process. */
export async function start(chosen: Partial<Record<Role, true>>): Promise<void> {
  const roles = chosenRoles(chosen);
  let log = createLogger(logWithoutConfig());
  try {
    const config = loadConfig();
    log = createLogger(config.log);
    const guarded = guardProcess(log);
    const starting = startService(config, roles, log).then(guarded);
    const hasTerminal = isatty(STANDARD_INPUT);
    quietOnSignal(starting, { log, isSuspended: config.env !== 'production' && hasTerminal });
    // Of a terminal it means that this is closed, and ends the process.
    if (!hasTerminal) readCredentialsOnSignal(starting, { log, roles });
    endOnSignals(starting, log);
  } catch (error) {
    leave(log, error);
  }
}

function chosenRoles(chosen: Partial<Record<Role, true>>): readonly Role[] {
  const roles: readonly Role[] = ['worker', 'monitor', 'api'];
  const named = roles.filter((role) => chosen[role]);
  return named.length > 0 ? named : roles;
}

/** SIGTERM and SIGINT end the service in order, also while it still starts; a second one ends the process at once. */
function endOnSignals(starting: Promise<Service>, log: Logger): void {
  let firstAt: number | null = null;
  const end = (signal: NodeJS.Signals): void => {
    if (firstAt !== null) {
      if (systemClock.elapsed() - firstAt > ECHO_MS) process.exit(EXIT_FAILURE);
      return;
    }
    firstAt = systemClock.elapsed();
    log.info('stopping', { signal });
    starting
      .then((service) => service.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => leave(log, error),
      );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  starting.catch((error: unknown) => leave(log, error));
}

/**
 * SIGTSTP lets the worker take no more jobs, as with Sidekiq and Asynq. Where it is Ctrl-Z in a terminal, it suspends
 * the process as any other, and `fg` goes on with it.
 */
function quietOnSignal(
  starting: Promise<Service>,
  { log, isSuspended }: { log: Logger; isSuspended: boolean },
): void {
  process.on('SIGTSTP', (signal) => {
    if (isSuspended) {
      log.info('suspended; fg goes on with it', { signal });
      process.kill(process.pid, 'SIGSTOP');
      return;
    }
    log.info('going quiet', { signal });
    starting.then((service) => service.quiet()).catch((error: unknown) => leave(log, error));
  });
}

/**
 * SIGHUP reads the keys of the API and the users of the monitor again, from API_KEYS_FILE and MONITOR_USERS_FILE; where
 * one of them cannot be read, those of before stay.
 */
function readCredentialsOnSignal(
  starting: Promise<Service>,
  { log, roles }: { log: Logger; roles: readonly Role[] },
): void {
  const refuse = (error: unknown): void =>
    log.error('keys and users cannot be read again; those of before stay', { signal: 'SIGHUP', err: error });
  process.on('SIGHUP', (signal) => {
    try {
      const config = loadConfig();
      requireSafeExposure(config, roles);
      const { keys } = config.api;
      const { users } = config.monitor;
      const facts = { signal, ofKeys: keys.length, ofUsers: users.length };
      starting
        .then((service) => service.useCredentials({ keys, users }))
        .then(() => log.info('keys and users were read again', facts), refuse);
    } catch (error) {
      refuse(error);
    }
  });
}

/**
 * What would print by itself goes through the log instead: in production every line of output is JSON. An error that
 * nobody handled ends the process, once the service it is told of has given back what it was at.
 */
function guardProcess(log: Logger): (service: Service) => Service {
  let running: Service | null = null;
  let isEnding = false;
  process.removeAllListeners('warning');
  process.on('warning', (warning) => log.warn('warning of the process', { err: warning }));
  process.on('uncaughtException', (error) => {
    if (isEnding) return log.error('another error that nobody handled', { err: error });
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

function leave(log: Logger, thrown: unknown, facts: LogFields = {}): void {
  const error = coerceError(thrown);
  // What is wrong with a setting, a port or a program is said in one line; anything else needs its stack.
  if (error instanceof ApiaryError) log.fatal(error.message, { ...facts, code: error.code });
  else log.fatal('ended by an error nobody handled', { ...facts, err: error });
  process.exit(error instanceof ApiaryError && error.code === 'CONFIG_INVALID' ? EXIT_CONFIG : EXIT_FAILURE);
}
