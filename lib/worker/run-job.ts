import type { Clock } from '../clock.ts';
import type { ActiveJob } from '../engine/active-job.ts';
import { decide, type Ending } from '../engine/outcome.ts';
import type { Outcome } from '../engine/settlement.ts';
import { timeoutOf, withinTimeout } from '../engine/timeout.ts';
import { ApiaryError, DiscardJob } from '../errors.ts';
import { type BoundHandler, parseData } from '../jobs/define.ts';
import type { Logger } from '../logger.ts';
import { factsOf, HandlerContext, typeOf } from './context.ts';

/** What running a job needs. */
export interface RunDeps {
  handlers: ReadonlyMap<string, BoundHandler>;
  log: Logger;
  clock: Clock;
  /** How long a handler may go on after its timeout before its slot is taken from it. */
  timeoutGraceMs: number;
}

/**
 * Runs one job as a column of steps: resolve the handler, parse the data, perform within the timeout, decide. Never
 * rejects; whatever goes wrong is an outcome. A step that has its answer at once does not wait a turn for it.
 */
export async function runJob(job: ActiveJob, deps: RunDeps): Promise<Outcome> {
  const timeoutMs = timeoutOf(job);
  let ending: Ending;
  try {
    const handler = resolveHandler(job, deps.handlers);
    const parsing = parseOrDiscard(job, handler);
    const data = parsing instanceof Promise ? await parsing : parsing;
    const returned = handler.run(data, new HandlerContext(job, deps.log));
    const value = isThenable(returned) ? await withinLimits(job, returned, timeoutMs, deps) : returned;
    ending = { kind: 'returned', value };
  } catch (thrown) {
    ending = { kind: 'threw', thrown };
  }
  const { record, attempt, abortReason } = job;
  return decide({ options: record.options, attempt, abortReason, timeoutMs }, ending, deps.clock.random);
}

function withinLimits(
  job: ActiveJob,
  returned: PromiseLike<unknown>,
  timeoutMs: number | null,
  { log, timeoutGraceMs: graceMs }: RunDeps,
): PromiseLike<unknown> {
  if (timeoutMs === null) return returned;
  const onDeaf = (): void => log.error('handler ignores its signal; its slot was freed', { ...factsOf(job) });
  return withinTimeout(job, returned, { timeoutMs, graceMs, onDeaf });
}

function resolveHandler(job: ActiveJob, handlers: RunDeps['handlers']): BoundHandler {
  if (!job.readable) {
    throw new DiscardJob('the stored record of the job is gone or is not a job that bee-queue wrote');
  }
  const handler = handlers.get(typeOf(job)) ?? soleHandlerOf(job, handlers);
  if (handler) return handler;
  const { type } = job.record.options;
  const which = type === undefined ? `without a type in queue ${job.queue}` : `of type ${type}`;
  const known = [...handlers.keys()].join(', ') || 'none';
  throw new DiscardJob(`no handler for a job ${which}; this worker has handlers for: ${known}`);
}

/** A stock producer names no type: where a queue has one handler only, there is no doubt which is meant. */
function soleHandlerOf(job: ActiveJob, handlers: RunDeps['handlers']): BoundHandler | undefined {
  if (job.record.options.type !== undefined) return undefined;
  const [sole, ...others] = [...handlers.values()].filter(({ definition }) => definition.queue === job.queue);
  return others.length === 0 ? sole : undefined;
}

/** Data that does not parse is never retried: another attempt cannot mend it. */
function parseOrDiscard(job: ActiveJob, { definition }: BoundHandler): unknown {
  const discard = (error: unknown): never => {
    if (!(error instanceof ApiaryError)) throw error;
    const problems = error.problems.map(({ path, message }) => `${path || 'data'}: ${message}`).join('; ');
    throw new DiscardJob(`data of ${definition.type} is not valid: ${problems}`);
  };
  try {
    const parsing = parseData(definition, job.record.data);
    return parsing instanceof Promise ? parsing.catch(discard) : parsing;
  } catch (error) {
    return discard(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
