import type { Clock } from '../clock.ts';
import { DiscardJob } from '../errors.ts';
import type { ActiveJob } from './active-job.ts';
import type { RunningJob } from './job.ts';
import { decide, type Ending } from './outcome.ts';
import type { Outcome } from './settlement.ts';
import { timeoutOf, withinTimeout } from './timeout.ts';

/** The callback of a handler: an error, or none and the result. */
export type DoneCallback = (error?: unknown, result?: unknown) => void;

/** A handler as bee-queue's `process` takes it: async, or with a `done` callback, or plain. */
export type BeeHandler<Data = unknown> = (job: RunningJob<Data>, done: DoneCallback) => unknown;

/** What running a job with such a handler needs. */
export interface BeeRunDeps {
  job: RunningJob;
  clock: Clock;
  /** The queue's own back-off strategies, by name. */
  strategies: ReadonlyMap<string, (job: RunningJob) => number>;
  /** Told what went wrong beside the job itself. */
  onTrouble: (error: unknown) => void;
}

/** How long a handler may go on after its timeout before its slot is taken from it. */
const TIMEOUT_GRACE_MS = 30_000;

/** Runs a handler of bee-queue's kind and decides the outcome by our rules. Never rejects. */
export async function runBeeHandler(
  handler: BeeHandler,
  active: ActiveJob,
  deps: BeeRunDeps,
): Promise<Outcome> {
  const timeoutMs = timeoutOf(active);
  const ending = await perform(handler, active, { ...deps, timeoutMs }).then(
    (value): Ending => ({ kind: 'returned', value }),
    (thrown: unknown): Ending => ({ kind: 'threw', thrown }),
  );
  const { record, attempt, abortReason } = active;
  const ownStrategy = (name: string): number | undefined => ownDelay(name, deps);
  return decide(
    { options: record.options, attempt, abortReason, timeoutMs, ownStrategy },
    ending,
    deps.clock.random,
  );
}

function perform(
  handler: BeeHandler,
  active: ActiveJob,
  { job, onTrouble, timeoutMs }: BeeRunDeps & { timeoutMs: number | null },
): Promise<unknown> {
  if (!active.readable) return Promise.reject(unreadable());
  const running = call(handler, job);
  if (timeoutMs === null) return running;
  const onDeaf = (): void => onTrouble(new Error(`the handler of job ${job.id} goes on after its timeout`));
  return withinTimeout(active, running, { timeoutMs, graceMs: TIMEOUT_GRACE_MS, onDeaf });
}

/**
 * The first of promise and callback wins. A handler that takes no callback and returns no promise has ended when it
 * returns; bee-queue would wait for it for ever.
 */
function call(handler: BeeHandler, job: RunningJob): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done: DoneCallback = (error, value) => (error ? reject(error) : resolve(value));
    const returned = handler(job, done);
    if (isThenable(returned)) Promise.resolve(returned).then(resolve, reject);
    else if (handler.length < 2) resolve(returned);
  });
}

/** A strategy that throws or returns no number gives the job up, as one that returns a negative number does. */
function ownDelay(name: string, { job, strategies, onTrouble }: BeeRunDeps): number | undefined {
  try {
    const delayMs = strategies.get(name)?.(job);
    if (delayMs === undefined || Number.isFinite(delayMs)) return delayMs;
    throw new Error(`back-off strategy ${name} returned ${delayMs} for job ${job.id}`);
  } catch (thrown) {
    onTrouble(thrown);
    return -1;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function unreadable(): DiscardJob {
  return new DiscardJob('the stored record of the job is gone or is not a job that bee-queue wrote');
}
