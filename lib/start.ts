import { isatty } from 'node:tty';
import { createLogger } from './bunyan-logger.ts';
import { systemClock } from './clock.ts';
import { type Config, loadConfig, logWithoutConfig, type Role } from './config.ts';
import { requireSafeExposure } from './config-exposure.ts';
import { requireKnownServers } from './config-known-servers.ts';
import { rejectSettings } from './config-problems.ts';
import { coerceError } from './errors.ts';
import { EXIT_FAILURE, guardProcess, leave } from './guard-process.ts';
import type { Logger } from './logger.ts';
import { type Service, startService } from './main.ts';
import { quietOnSignal } from './quiet-on-signal.ts';
import { isSuspended, needsSwarm } from './start-swarm.ts';
import { watchFiles } from './swarm/file-watch.ts';

const STANDARD_INPUT = 0;
/** Those that run unless others are chosen: the relay needs a database that most have not. */
const ROLES: readonly Role[] = ['worker', 'monitor', 'api'];
/** Under npm a Ctrl-C arrives twice, from the terminal and passed on by npm: so soon it is the same one. */
const ECHO_MS = 500;

/** What `apiary start` is told by its options: which roles, and whether to look at the handlers for changes. */
export type Chosen = Partial<Record<Role | 'watch', true>>;

/** Runs the roles that were chosen, all unless any was, until a signal or an error ends the process. */
export async function start(chosen: Chosen): Promise<void> {
  const roles = chosenRoles(chosen);
  let log = createLogger(logWithoutConfig());
  try {
    const config = loadConfig();
    log = createLogger(config.log);
    const isWatched = chosen.watch === true;
    if (isWatched) requireWatchable(config, roles);
    const guarded = guardProcess(log);
    const starting = startService(config, roles, log, { isWatched }).then(guarded);
    quietOnSignal(starting, { log, isSuspended: isSuspended(config) });
    // Of a terminal it means that this is closed, and ends the process.
    if (!isatty(STANDARD_INPUT)) readCredentialsOnSignal(starting, { log, roles });
    if (needsSwarm({ config, roles, isWatched })) tendSwarm(starting, log);
    if (isWatched) replaceOnChange(starting, config, log);
    endOnSignals(starting, log);
  } catch (error) {
    leave(log, error);
  }
}

function requireWatchable({ env, worker }: Config, roles: readonly Role[]): void {
  const path = 'start --watch';
  const refuse = (why: string): void => rejectSettings([{ path, message: `${path} ${why}` }]);
  if (env === 'production') refuse('is for development; in production SIGUSR2 replaces the workers');
  if (worker.handlersPath === null) refuse('needs WORKER_HANDLERS, which says what to watch');
  if (!roles.includes('worker')) refuse('needs the role worker');
}

function chosenRoles(chosen: Chosen): readonly Role[] {
  const named = ([...ROLES, 'relay'] as const).filter((role) => chosen[role]);
  return named.length > 0 ? named : ROLES;
}

/** SIGTERM and SIGINT end the service in order, also while it still starts; a second one ends the process at once. */
function endOnSignals(starting: Promise<Service>, log: Logger): void {
  let firstAt: number | null = null;
  let running: Service | null = null;
  const end = (signal: NodeJS.Signals): void => {
    if (firstAt !== null) {
      if (systemClock.elapsed() - firstAt > ECHO_MS) endAtOnce(running);
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
  starting.then(
    (service) => {
      running = service;
    },
    (error: unknown) => leave(log, error),
  );
}

function endAtOnce(service: Service | null): void {
  service?.swarm?.kill();
  process.exit(EXIT_FAILURE);
}

/** SIGUSR2 replaces the worker processes one after the other; that none can be started any more ends this one. */
function tendSwarm(starting: Promise<Service>, log: Logger): void {
  // Why a start fails is said by who ends the process by it.
  starting.then(({ swarm }) => swarm?.hopeless.then((error) => leave(log, error))).catch(() => undefined);
  process.on('SIGUSR2', (signal) => {
    const refuse = (error: unknown): void =>
      log.error('the worker processes are not replaced', { signal, err: coerceError(error) });
    starting.then((service) => service.swarm?.replaceAll(signal)).catch(refuse);
  });
}

/** A change of a handler file replaces them too, also one that comes while they start. */
function replaceOnChange(
  starting: Promise<Service>,
  { worker: { handlersPath } }: Config,
  log: Logger,
): void {
  if (handlersPath === null) return;
  // Whoever ends the process by a failed start says why.
  const started = (then: (service: Service) => void): void => void starting.then(then, () => undefined);
  const onChange = (file: string): void =>
    started(({ swarm }) => void swarm?.replaceAll(`${file} has changed`));
  try {
    watchFiles({ path: handlersPath, onChange });
  } catch (error) {
    // Where there is nothing, the start fails by it.
    started(() => log.error('the handlers are not watched', { err: coerceError(error) }));
  }
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
      requireKnownServers(config);
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
