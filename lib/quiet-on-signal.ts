import { leave } from './guard-process.ts';
import type { Logger } from './logger.ts';
import type { Service } from './main.ts';

/**
 * SIGTSTP lets the worker take no more jobs, as with Sidekiq and Asynq. Where it is Ctrl-Z in a terminal, it suspends
 * the process as any other, and `fg` goes on with it.
 */
export function quietOnSignal(
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
