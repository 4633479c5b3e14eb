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
import type { Isolates } from './isolate/isolates.ts';
import type { Turn } from './isolate/pool.ts';
import { type GroupDeps, openGroup, requireGroupHandler } from './run-group.ts';
import { checkResults } from './step-results.ts';

/** What running a job needs. */
export interface RunDeps extends AttemptDeps, GroupDeps {
  handlers: ReadonlyMap<string, BoundHandler>;
  log: Logger;
  limits: TimeLimits;
  /** Where those of its handlers run that are isolated; default in this process. */
  isolates?: Pick<Isolates, 'poolOf'>;
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
  try {
    const handler = resolveHandler(job, deps.handlers);
    attempt.handler = handler;
    const performance = { job, attempt, handler, deps };
    const data = dataOf(job, handler, deps);
    if (!(data instanceof Promise)) return perform(performance, data);
    return data.then((later) => perform(performance, later)).catch((thrown) => attempt.threw(thrown));
  } catch (thrown) {
    return attempt.threw(thrown);
  }
}

/** What an attempt needs whose handler is to be called. */
interface Performance {
  job: ActiveJob;
  attempt: Attempt;
  handler: BoundHandler;
  deps: RunDeps;
}

function perform(performance: Performance, data: unknown): Outcome | Promise<Outcome> {
  const { job, attempt, handler, deps } = performance;
  const context = new HandlerContext(job, deps, handler.definition);
  attempt.context = context;
  const pool = deps.isolates?.poolOf(handler);
  if (!pool) return callHandler(performance, data, context);
  return inTurn(attempt, pool.turn(context), () => callHandler(performance, data, context));
}

function callHandler(
  { job, attempt, handler, deps }: Performance,
  data: unknown,
  context: HandlerContext,
): Outcome | Promise<Outcome> {
  const value = handler.run(data, context);
  if (!isThenable(value)) return attempt.end({ kind: 'returned', value });
  const end = (ending: Ending): Outcome | Promise<Outcome> => attempt.end(ending);
  const { bound } = attempt;
  if (bound === null) return afterEnd(value, end);
  const { retryAfterEnd: waitsForEnd = false } = handler.definition;
  return deps.limits.within({ job, running: value, bound, waitsForEnd }, end);
}

/** Until there is a thread or process for it, an attempt does not spend its time; it may begin too late then. */
async function inTurn(
  attempt: Attempt,
  coming: Promise<Turn>,
  call: () => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  try {
    const turn = await coming;
    try {
      return attempt.refuseLate() ?? (await call());
    } finally {
      turn.end();
    }
  } catch (thrown) {
    return attempt.threw(thrown);
  }
}

function dataOf(job: ActiveJob, handler: BoundHandler, deps: RunDeps): unknown {
  const { definition } = handler;
  const reading = definition.reads === undefined ? null : checkResults(definition, job);
  return reading ? reading.then(() => openData(job, handler, deps)) : openData(job, handler, deps);
}

function openData(job: ActiveJob, handler: BoundHandler, deps: RunDeps): unknown {
  return handler.takesGroups ? openGroup(job, handler, deps) : parseOrDiscard(job, handler);
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
