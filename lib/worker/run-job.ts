import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { Ending } from '../engine/pump/outcome.ts';
import { refuseStart } from '../engine/pump/time-bounds.ts';
import { afterEnd, type TimeLimits } from '../engine/pump/timeout.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import { ApiaryError, DiscardJob } from '../errors.ts';
import { parseData } from '../jobs/check-data.ts';
import type { BoundHandler } from '../jobs/define.ts';
import type { Logger } from '../logger.ts';
import { isThenable } from '../promises.ts';
import { Attempt, type AttemptDeps } from './attempt.ts';
import { HandlerContext } from './context.ts';
import { type GroupDeps, openGroup, requireGroupHandler } from './run-group.ts';

/** What running a job needs. */
export interface RunDeps extends AttemptDeps, GroupDeps {
  handlers: ReadonlyMap<string, BoundHandler>;
  log: Logger;
  limits: TimeLimits;
  /** How long the data of what follows may be, as JSON in bytes; default a mebibyte. */
  maxDataBytes?: number | undefined;
}

/**
 * Runs one job as a column of steps: resolve the handler, parse the data, perform within the timeout, decide. Whatever
 * goes wrong is an outcome. A step that has its answer at once does not wait a turn for it.
 */
export function runJob(job: ActiveJob, deps: RunDeps): Outcome | Promise<Outcome> {
  const refused = refuseStart(job);
  if (refused) return refused;
  const attempt = new Attempt(job, deps);
  const end = (ending: Ending): Outcome => attempt.end(ending);
  const fail = (thrown: unknown): Outcome => end({ kind: 'threw', thrown });
  try {
    const handler = resolveHandler(job, deps.handlers);
    attempt.handler = handler;
    const perform = (data: unknown): Outcome | Promise<Outcome> => {
      attempt.context = new HandlerContext(job, deps.log, deps.maxDataBytes);
      const value = handler.run(data, attempt.context);
      if (!isThenable(value)) return end({ kind: 'returned', value });
      const { bound } = attempt;
      if (bound === null) return afterEnd(value, end);
      const { retryAfterEnd: waitsForEnd = false } = handler.definition;
      return deps.limits.within({ job, running: value, bound, waitsForEnd }, end);
    };
    const data = handler.takesGroups ? openGroup(job, handler, deps) : parseOrDiscard(job, handler);
    return data instanceof Promise ? data.then(perform).catch(fail) : perform(data);
  } catch (thrown) {
    return fail(thrown);
  }
}

function resolveHandler(job: ActiveJob, handlers: RunDeps['handlers']): BoundHandler {
  if (!job.readable) {
    throw new DiscardJob('the stored record of the job is gone or is not a job that bee-queue wrote');
  }
  const handler = findHandler(job, handlers);
  if (handler) return handler;
  const { type } = job.record.options;
  const which = type === undefined ? `without a type in queue ${job.queue}` : `of type ${type}`;
  const known = [...handlers.keys()].join(', ') || 'none';
  throw new DiscardJob(`no handler for a job ${which}; this worker has handlers for: ${known}`);
}

/** What tells which handler a job is for. */
type TypedJob = Pick<ActiveJob, 'queue' | 'type' | 'record'>;

/** Finds the handler for a job; undefined where there is none. */
export function findHandler(job: TypedJob, handlers: RunDeps['handlers']): BoundHandler | undefined {
  return handlers.get(job.type) ?? soleHandlerOf(job, handlers);
}

/** A stock producer names no type: where a queue has one handler only, there is no doubt which is meant. */
function soleHandlerOf(job: TypedJob, handlers: RunDeps['handlers']): BoundHandler | undefined {
  if (job.record.options.type !== undefined) return undefined;
  const [sole, ...others] = [...handlers.values()].filter(({ definition }) => definition.queue === job.queue);
  return others.length === 0 ? sole : undefined;
}

/** Data that does not parse is never retried: another attempt cannot mend it. */
function parseOrDiscard(job: ActiveJob, handler: BoundHandler): unknown {
  const { definition } = handler;
  if (job.record.options.group !== undefined) requireGroupHandler(job, handler);
  try {
    const parsing = parseData(definition, job.record.data);
    return parsing instanceof Promise ? parsing.catch((error) => discard(definition.type, error)) : parsing;
  } catch (error) {
    return discard(definition.type, error);
  }
}

function discard(type: string, error: unknown): never {
  if (!(error instanceof ApiaryError)) throw error;
  const problems = error.problems.map(({ path, message }) => `${path || 'data'}: ${message}`).join('; ');
  throw new DiscardJob(`data of ${type} is not valid: ${problems}`);
}
