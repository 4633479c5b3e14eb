import type { Clock } from '../../clock.ts';
import { describeValue } from '../../error-facts.ts';
import { ApiaryError, DiscardJob } from '../../errors.ts';
import { afterSettled, hush, isThenable } from '../../promises.ts';
import type { ActiveJob } from '../pump/active-job.ts';
import { decide, type Ending } from '../pump/outcome.ts';
import { boundOf, refuseStart } from '../pump/time-bounds.ts';
import { afterEnd, type TimeLimits, type TimeoutRule } from '../pump/timeout.ts';
import { TIMEOUT_GRACE_MS } from '../queue/worker-defaults.ts';
import type { Outcome } from '../record/settlement.ts';
import type { RunningJob } from './job.ts';

/** The callback of a handler: an error, or none and the result. */
export type DoneCallback = (error?: unknown, result?: unknown) => void;

/** A handler as bee-queue's `process` takes it: async, or with a `done` callback, or plain. */
export type BeeHandler<Data = unknown> = (job: RunningJob<Data>, done: DoneCallback) => unknown;

/** Reads what `process` is given: a handler, alone or behind a concurrency, which bee-queue takes as text too. */
export function readProcessArgs<Data>(
  first: number | string | BeeHandler<Data>,
  second: BeeHandler<Data> | undefined,
): [concurrency: number, handler: BeeHandler] {
  const [given, handler] = typeof first === 'function' ? [1, first] : [first, second];
  if (typeof handler !== 'function') throw new Error('Queue#process needs a handler function');
  const concurrency = Number(given);
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new Error(`Queue#process needs a concurrency from 1 up, not ${given}`);
  }
  // What is in the jobs of a queue is the word of its owner.
  return [concurrency, handler as BeeHandler];
}

/** What running a job with such a handler needs. */
export interface BeeRunDeps {
  job: RunningJob;
  clock: Clock;
  limits: TimeLimits;
  /** The queue's own back-off strategies, by name. */
  strategies: ReadonlyMap<string, (job: RunningJob) => number>;
  /** Told what the handler threw, where that is what its job failed of. */
  onThrown: (thrown: unknown) => void;
  /** Told what went wrong beside the job itself. */
  onTrouble: (error: unknown) => void;
}

/** Runs a handler of bee-queue's kind and decides the outcome by our rules. */
export function runBeeHandler(
  handler: BeeHandler,
  active: ActiveJob,
  deps: BeeRunDeps,
): Outcome | Promise<Outcome> {
  const { job, clock, limits } = deps;
  const refused = refuseStart(active);
  if (refused) return refused;
  const bound = boundOf(active);
  const ownStrategy = (name: string): number | undefined => ownDelay(name, deps);
  const end = (ending: Ending): Outcome => {
    const { record, attempt, abortReason } = active;
    if (ending.kind === 'threw' && abortReason === null) deps.onThrown(ending.thrown);
    const facts = { options: record.options, attempt, abortReason, bound, now: active.now(), ownStrategy };
    return decide(facts, ending, clock.random);
  };
  if (!active.readable) return end({ kind: 'threw', thrown: unreadable() });
  const running = call(handler, job);
  if (bound === null) return afterEnd(running, end);
  return limits.within({ job: active, running, bound, waitsForEnd: false }, end);
}

/** What is told of handlers whose time is over. */
export function beeTimeouts(report: (error: unknown) => void): TimeoutRule {
  return {
    graceMs: TIMEOUT_GRACE_MS,
    onOverdue: ({ job, bound: { limitMs } }) => {
      const message = `the handler of job ${job.id} has not ended within ${limitMs} ms, and keeps its slot until it does`;
      report(new ApiaryError('JOB_TIMED_OUT', message));
    },
    onLate: () => undefined,
    onDeaf: ({ job }) => report(new Error(`the handler of job ${job.id} goes on after its timeout`)),
  };
}

/**
 * The first of promise and callback wins. A handler that takes no callback and returns no promise has ended when it
 * returns; bee-queue would wait for it for ever.
 */
function call(handler: BeeHandler, job: RunningJob): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done: DoneCallback = (error, value) => (error ? reject(error) : resolve(value));
    const returned = handler(job, done);
    if (isThenable(returned)) void afterSettled(returned, resolve, reject);
    else if (handler.length < 2) resolve(returned);
  });
}

/** A strategy that throws or returns no number gives the job up, as one that returns a negative number does. */
function ownDelay(name: string, { job, strategies, onTrouble }: BeeRunDeps): number | undefined {
  try {
    const delayMs: unknown = strategies.get(name)?.(job);
    hush(delayMs);
    if (delayMs === undefined || (typeof delayMs === 'number' && Number.isFinite(delayMs))) return delayMs;
    throw new Error(`back-off strategy ${name} returned ${describeValue(delayMs)} for job ${job.id}`);
  } catch (thrown) {
    onTrouble(thrown);
    return -1;
  }
}

function unreadable(): DiscardJob {
  return new DiscardJob('the stored record of the job is gone or is not a job that bee-queue wrote');
}
