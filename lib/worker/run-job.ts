import type { Clock } from '../clock.ts';
import type { ActiveJob } from '../engine/active-job.ts';
import { decide, type Ending } from '../engine/outcome.ts';
import type { Outcome } from '../engine/settlement.ts';
import { timeoutOf, withinTimeout } from '../engine/timeout.ts';
import { ApiaryError, DiscardJob } from '../errors.ts';
import type { BoundHandler, JobContext } from '../jobs/define.ts';
import { parseData } from '../jobs/define.ts';
import type { Logger } from '../logger.ts';

/** What running a job needs. */
export interface RunDeps {
  handlers: ReadonlyMap<string, BoundHandler>;
  log: Logger;
  clock: Clock;
  /** How long a handler may go on after its timeout before its slot is taken from it. */
  timeoutGraceMs: number;
}

/**
 * Runs one job as a column of steps: read, resolve, parse, perform within the timeout, decide. Never rejects;
 * whatever goes wrong is an outcome.
 */
export async function runJob(job: ActiveJob, deps: RunDeps): Promise<Outcome> {
  const timeoutMs = timeoutOf(job);
  const ending = await perform(job, deps, timeoutMs).then(
    (value): Ending => ({ kind: 'returned', value }),
    (thrown: unknown): Ending => ({ kind: 'threw', thrown }),
  );
  const { record, attempt, abortReason } = job;
  return decide({ options: record.options, attempt, abortReason, timeoutMs }, ending, deps.clock.random);
}

/** The name of a job's type: a job without one belongs to the handler named like its queue. */
export function typeOf(job: ActiveJob): string {
  return job.record.options.type ?? job.queue;
}

async function perform(job: ActiveJob, deps: RunDeps, timeoutMs: number | null): Promise<unknown> {
  const handler = resolveHandler(job, deps.handlers);
  const data = await parseOrDiscard(job, handler);
  const running = Promise.resolve(handler.run(data, contextOf(job, deps.log)));
  if (timeoutMs === null) return running;
  const onDeaf = (): void => deps.log.error('handler ignores its signal; its slot was freed', fieldsOf(job));
  return withinTimeout(job, running, { timeoutMs, graceMs: deps.timeoutGraceMs, onDeaf });
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
async function parseOrDiscard(job: ActiveJob, { definition }: BoundHandler): Promise<unknown> {
  try {
    return await parseData(definition, job.record.data);
  } catch (error) {
    if (!(error instanceof ApiaryError)) throw error;
    const problems = error.problems.map(({ path, message }) => `${path || 'data'}: ${message}`).join('; ');
    throw new DiscardJob(`data of ${definition.type} is not valid: ${problems}`);
  }
}

function contextOf(job: ActiveJob, log: Logger): JobContext {
  let own: Logger | undefined;
  return {
    id: job.id,
    type: typeOf(job),
    queue: job.queue,
    attempt: job.attempt,
    headers: job.record.options.headers ?? {},
    get signal() {
      return job.signal;
    },
    get log() {
      own ??= log.child(fieldsOf(job));
      return own;
    },
    progress: async (value) => {
      await job.progress(value);
    },
  };
}

/** The fields that every log record about a job carries. */
export function fieldsOf(job: ActiveJob): { queue: string; type: string; job: string; attempt: number } {
  return { queue: job.queue, type: typeOf(job), job: job.id, attempt: job.attempt };
}
