import type { Clock } from '../clock.ts';
import type { TimeLimits } from '../engine/pump/timeout.ts';
import type { BoundHandler, Middleware } from '../jobs/define.ts';
import type { Logger } from '../logger.ts';
import { Failures } from './failures.ts';
import { handlersByType } from './handlers-by-type.ts';
import type { Isolates } from './isolate/isolates.ts';
import type { GroupDeps } from './run-group.ts';
import type { RunDeps } from './run-job.ts';
import type { WorkerOptions } from './worker-options.ts';

/** What running the jobs of a worker is put together of. */
export interface RunParts extends GroupDeps {
  handlers: readonly BoundHandler[];
  log: Logger;
  clock: Clock;
  isolates: Isolates;
  limits: TimeLimits;
  /** Wrapped around the middleware of the worker; each returns or awaits what `next` returns. */
  outermost: readonly Middleware[];
}

/** Puts together what running the jobs of a worker needs; throws as {@link handlersByType} and {@link Failures} do. */
export function runDeps(options: WorkerOptions, parts: RunParts): RunDeps {
  const { handlers, log, clock, isolates, limits, outermost, onSplit } = parts;
  const bound = handlers.map((handler) => isolates.bind(handler));
  return {
    handlers: handlersByType(bound, options.middleware ?? [], outermost),
    ...{ log, clock, limits, isolates, onSplit, maxDataBytes: options.maxDataBytes },
    failures: new Failures(options, { log, random: clock.random }),
  };
}
